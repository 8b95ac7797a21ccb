"""看守: what comes round every night and concerns the platform itself: whether the audit trail still holds."""

from __future__ import annotations

import logging

from django_tasks import task

from lvyue import clock
from lvyue.accounts.actions.trail import seal
from lvyue.accounts.queries import accounts, verify_trail
from lvyue.notices.actions import tell
from lvyue.notices.choices import Topic

log = logging.getLogger(__name__)


@task()
def verify_audit_trail() -> None:
    """核对留痕链: seal what was left, reckon the whole chain anew, and tell every administrator where it breaks, if it does."""
    seal()
    found = verify_trail()
    if found.broken is None:
        log.info("留痕链完好：%s 条，链头 %s", found.last, found.head)
        return
    at = found.broken
    entry = f"（编号 {at.entry}）" if at.entry else ""
    log.error("留痕链在第 %s 条%s断开：%s", at.sequence, entry, at.says)
    tell(
        list(accounts().filter(is_administrator=True, is_active=True)),
        topic=Topic.SECURITY,
        subject="留痕链断开，可能有人改过留痕",
        body=f"夜间核对发现：第 {at.sequence} 条{entry}：{at.says}"
        "请保护好数据库和备份，与以前导出的链头散列比对，查明是谁在什么时候改的。",
        address="/audit/chain/",
        key=f"audit-chain-{clock.today()}",
        urgent=True,
        by="系统",
    )
