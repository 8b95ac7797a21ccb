"""A contract of our own words, of a city that no release knows, and people of both sides who bring it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from lvyue.accounts.actions import create_account
from lvyue.accounts.choices import ContractRole
from lvyue.accounts.models import Account
from lvyue.evidence.vault import path_of
from lvyue.intake import read_file
from lvyue.obligations.queries import forget as forget_statements
from lvyue.reading.source import Source
from lvyue.readings import queries
from lvyue.readings.actions import bringing, jobs
from lvyue.readings.actions.bringing import Brought
from lvyue.readings.actions.jobs import Job
from lvyue.readings.choices import Side
from lvyue.readings.models import Draft
from lvyue.readings.review import Review, Row

PAPER = """\
湖州市图书馆业务系统运维服务合同

合同编号：HZLIB-2027-018

甲方：湖州市图书馆
地址：苕溪路 20 号
联系人：林小舟
联系电话：05722345678

乙方：湖州清远信息技术有限公司
地址：太湖路 8 号
联系人：周一帆
联系电话：13900001111

根据《中华人民共和国民法典》，双方就图书馆业务系统运维服务订立本合同。

一、服务内容

1.1 乙方应当对图书馆业务系统提供日常运维服务。
1.2 乙方应当每月向甲方提交一份运维月报。
1.3 乙方接到故障通知后，应在2小时内到达现场。
1.4 乙方不得将本合同项下的服务转包给第三方。

二、合同价款与期限

2.1 本合同总价为人民币480000.00元（大写：肆拾捌万元整）。
2.2 服务期限自2027年1月1日起至2027年12月31日止。

三、付款

3.1 合同签订生效后，甲方收到乙方开具的发票后10个工作日内，支付合同金额的60%。
3.2 服务期满并经甲方验收合格后，甲方收到发票后10个工作日内，支付合同金额的40%。

四、验收与考核

4.1 甲方应在收到乙方验收申请后15个工作日内组织验收。
4.2 考核等级为优秀的，按合同金额的100%支付；考核等级为合格的，以合同金额的95%为上限支付。

五、违约责任

5.1 甲方逾期付款的，每逾期一日，按逾期金额的万分之三向乙方支付违约金。
5.2 乙方违反本合同约定转包的，应当向甲方支付合同金额10%的违约金，并赔偿甲方的损失。

六、其他

6.1 乙方应当对履行合同中知悉的读者信息保密，保密义务在合同终止后继续有效。
6.2 本合同一式四份，双方各执两份，自双方签字盖章之日起生效。

甲方（盖章）：湖州市图书馆
日期：2026年12月20日

乙方（盖章）：湖州清远信息技术有限公司
日期：2026年12月22日
"""

PHONE = "13900001111"

People = Callable[[str], Account]
Begin = Callable[..., Draft]


@pytest.fixture(autouse=True)
def _cold(settings: object, tmp_path: Path) -> Iterator[None]:
    """Every test reads for itself, into a vault of its own, when it says so."""
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    queries.forget()
    forget_statements()
    yield
    queries.forget()
    forget_statements()


@pytest.fixture
def people(db: None) -> People:  # noqa: ARG001  people are in the database
    """`people("anna")`: somebody with an account and nothing else; the same one when asked again."""

    def of(username: str) -> Account:
        known = Account.objects.filter(username=username).first()
        return known or create_account(
            username, f"测试{username}", "a-long-test-password", by="测试"
        )

    return of


def quickly(job: Job) -> Source:
    """Read in this process: what the child process adds is tested once, where it is the matter."""
    return read_file(path_of(job.paper.sha256), name=job.paper.name)


@pytest.fixture
def begin(people: People) -> Begin:
    """`begin()`: a draft that anna of the buyer has brought and that is read, with bert of the supplier invited."""

    def begun(text: str = PAPER, *, invite: bool = True, read: bool = True) -> Draft:
        brought = [Brought("合同.txt", [text.encode()])]
        draft = bringing.open_draft(people("anna"), Side.BUYER, brought)
        if invite:
            bringing.invite(
                draft.pk, people("bert").username, ContractRole.SUPPLIER_MANAGER, by=people("anna")
            )
        if read:
            jobs.read_waiting(quickly)
        draft.refresh_from_db()
        return draft

    return begun


def review(draft: Draft) -> Review:
    found = queries.review_for(draft, queries.papers_of(draft))
    assert found is not None
    return found


def row(draft: Draft, stage: str, words: str = "") -> Row:
    """The first thing of a kind that says these words."""
    return next(
        one
        for one in review(draft).rows
        if one.item.stage.name == stage and words in f"{one.item.raw}{one.item.values}"
    )


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client
