"""年度留痕包: what was done in a year on one contract, or in the administration, packed so that it proves itself."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

from django.db import transaction

from lvyue import clock
from lvyue.accounts import packs
from lvyue.accounts.actions.trail import audit, seal
from lvyue.accounts.choices import PackState
from lvyue.accounts.models import Account, AuditPack
from lvyue.accounts.permissions import Seat
from lvyue.accounts.queries import (
    AuditFilter,
    AuditRow,
    administration_trail,
    audit_page,
    audit_trail,
    head,
    records,
)
from lvyue.core.doubts import Refused, malformed

#: The most entries of one pack.
MOST = 200_000

#: The first year that anybody could ask for.
FIRST_YEAR = 2000


def ask_pack(contract_id: str, year: int, *, by: Seat | Account | str) -> AuditPack:
    """要年度留痕包: a row that waits to be made. ``contract_id`` is empty for the administration."""
    now = clock.now()
    if not FIRST_YEAR <= year <= now.year:
        says = f"{year} 年没有留痕。"
        raise Refused([malformed("年份", says, f"请取 {FIRST_YEAR} 至 {now.year} 之间的一年。")])
    with transaction.atomic():
        entry = audit("audit_pack.asked", by=by, contract_id=contract_id, about=f"{year}")
        return AuditPack.objects.create(
            contract_id=contract_id, year=year, asked_by=entry.who, asked_at=now
        )


def make_pack(pack_id: int, fonts: Path | None) -> AuditPack:
    """做年度留痕包: once; a pack that is ready stays as it is. What stands in the way is kept with the row."""
    pack = AuditPack.objects.defer("content").get(pk=pack_id)
    if pack.state == PackState.READY:
        return pack
    seal()
    trail = audit_trail(pack.contract_id) if pack.contract_id else administration_trail()
    asked = AuditFilter(first=date(pack.year, 1, 1), last=date(pack.year, 12, 31))
    last = head()
    found = audit_page(trail.order_by("id"), asked, at_once=MOST)
    now = clock.now()
    contents = packs.Contents(
        title=f"年度留痕 {pack.year}（{pack.contract_id or '系统管理'}）",
        made=f"{now:%Y-%m-%d %H:%M} 制作",
        notes=(
            f"共 {len(found.rows)} 条，按发生的先后。"
            + ("只含最早的部分，其余请按日期另行导出。" if found.before is not None else ""),
            "留痕只增不改，逐条用散列相接；附带的 check_trail.py 不用平台即可核对。",
        ),
        lines=[_line(row) for row in found.rows],
        records=[*records(trail, replace(asked, upto=last.sequence))],
        head_sequence=last.sequence,
        head_digest=last.digest,
    )
    try:
        content = packs.pack(contents, fonts)
    except Refused as refused:
        pack.state, pack.trouble = PackState.FAILED, "\n".join(str(one) for one in refused.doubts)
        pack.save(update_fields=["state", "trouble"])
        return pack
    pack.state, pack.made_at, pack.content, pack.trouble = PackState.READY, now, content, ""
    pack.entries, pack.sha256 = len(found.rows), hashlib.sha256(content).hexdigest()
    pack.head_sequence, pack.head_digest = last.sequence, last.digest
    pack.save()
    return pack


def _line(row: AuditRow) -> tuple[str, ...]:
    """One entry as the pack prints it; the place in the chain is what orders and proves it."""
    changes = "\n".join(f"{one.what}：{one.before} → {one.after}" for one in row.changes)
    return (
        str(row.sequence or ""),
        f"{row.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M:%S}",
        row.who,
        row.name,
        row.roles,
        row.act,
        row.contract_id,
        row.about,
        changes,
        row.reason,
        row.via,
        row.address,
        row.request_id,
        str(row.id),
        row.digest,
    )
