"""试通渠道: of each kind what can be tried is tried, by the way that matters come in, and no ticket comes of it."""

from __future__ import annotations

import http.client
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from django.test import Client, override_settings
from pytest_django.live_server_helper import LiveServer

from lvyue.accounts.permissions import Seat
from lvyue.cli.main import main
from lvyue.core.doubts import Refused
from lvyue.helpdesk.actions.channels import set_up_channel, switch_channel
from lvyue.helpdesk.actions.trying import Trial, can_try, try_channel
from lvyue.helpdesk.choices import DeskKind
from lvyue.helpdesk.models import Call, DeskChannel, Incoming, Ticket
from tests.helpdesk.conftest import LEASE, Browse, TakeSeat, at
from tests.helpdesk.mailboxes import PASSWORD, Box, dovecot
from tests.helpdesk.test_desk_commands import Caller

Now = Callable[[str], None]

SECRET = "a-secret-of-24-characters"  # noqa: S105  of tests
WECHAT_KEY = "A" * 42 + "E"
NUMBER = "010-12345678"

#: Kinds to which others post, with their secrets, addresses and settings.
POSTED: dict[DeskKind, tuple[str, str, dict[str, str]]] = {
    DeskKind.WEBHOOK: (SECRET, "", {}),
    DeskKind.FAX: (SECRET, NUMBER, {}),
    DeskKind.PHONE: (SECRET, NUMBER, {}),
    DeskKind.SMS: (SECRET, "", {"id": "data.id", "sender": "data.from.tel", "text": "words"}),
    DeskKind.WECHAT: (WECHAT_KEY, "", {"corp_id": "ww1", "token": "tok"}),
    DeskKind.DINGTALK: (SECRET, "", {}),
    DeskKind.FEISHU: (SECRET, "", {"token": "tok"}),
}


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(HOME=tmp_path, PRIVATE_TARGETS=["127.0.0.1"]):
        yield


def made(kind: DeskKind, by: Seat, secret: str | None = None, **settings: str) -> DeskChannel:
    key, address, more = POSTED.get(kind, ("", "", {}))
    return set_up_channel(
        kind,
        f"{kind.label}来件",
        address,
        more | settings,
        key if secret is None else secret,
        by=by,
    )


def nothing_came() -> bool:
    return not (Ticket.objects.exists() or Incoming.objects.exists() or Call.objects.exists())


@pytest.mark.parametrize("kind", POSTED)
def test_a_sample_goes_the_whole_way_and_nothing_comes_of_it(
    seat: TakeSeat, now: Now, kind: DeskKind
) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")
    channel = made(kind, buyer)

    found = try_channel(channel.pk, by=buyer)
    again = try_channel(
        channel.pk, by=buyer
    )  # within the same second, under a signature of its own

    assert (found.ok, again.ok) == (True, True), (found.says, again.says)
    assert "没有开工单" in found.says
    assert nothing_came()
    channel.refresh_from_db()
    assert channel.checked_at == at("2026-03-02 10:00:00")
    words = dict(found.read)
    assert ("试通" in words["内容"]) if kind is not DeskKind.PHONE else words["振铃"]


@pytest.mark.parametrize("kind", [DeskKind.WECHAT, DeskKind.FEISHU, DeskKind.DINGTALK])
def test_of_what_only_the_vendor_sends_it_is_said_how_to_make_sure(
    seat: TakeSeat, now: Now, kind: DeskKind
) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")

    found = try_channel(made(kind, buyer).pk, by=buyer)

    assert found.sample is None
    assert "最近的来件" in found.how


def test_settings_that_do_not_fit_are_found_out(seat: TakeSeat, now: Now) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")
    broken = made(DeskKind.WEBHOOK, buyer)
    DeskChannel.objects.filter(pk=broken.pk).update(secret="sealed by another key")  # noqa: S106
    one_place = made(DeskKind.SMS, buyer, sender="data", text="data.text", id="id")

    for channel, says in ((broken, "解不开"), (one_place, "请核对渠道里填的位置")):
        found = try_channel(channel.pk, by=buyer)
        assert not found.ok
        assert says in found.says
    assert nothing_came()


def sent(told: Trial, hook: str, **instead: str) -> tuple[int, dict[str, object]]:
    """Run the command that is shown, over a real connection, word for word; ``instead`` are headers put right."""
    assert told.sample is not None
    words = shlex.split(told.sample.command(hook).replace("\\\n", " "))
    headers = dict(
        words[place + 1].split(": ", 1) for place, one in enumerate(words) if one == "-H"
    )
    body = words[words.index("--data-binary") + 1].encode()
    address = urlsplit(words[3])
    line = http.client.HTTPConnection(address.netloc, timeout=20)
    line.request("POST", address.path, body, headers | instead)
    answer = line.getresponse()
    found = answer.status, json.loads(answer.read())
    line.close()
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [DeskKind.WEBHOOK, DeskKind.FAX, DeskKind.PHONE, DeskKind.SMS])
def test_the_request_that_is_shown_reaches_a_real_server_and_opens_no_ticket(
    live_server: LiveServer, seat: TakeSeat, kind: DeskKind
) -> None:
    buyer = seat("buyer")
    channel = made(kind, buyer)
    hook = f"{live_server}/api/v1/desk/hooks/{channel.pk}"
    found = try_channel(channel.pk, by=buyer)
    key = {"Authorization": f"Bearer {SECRET}"} if kind is DeskKind.SMS else {}

    assert found.sample is not None
    assert SECRET not in found.sample.command(hook)
    status, told = sent(found, hook, **key)
    assert (status, told["state"], told["ticket"]) == (202, "trial", "")
    assert nothing_came()
    if kind is not DeskKind.SMS:  # a key proves whoever brings it as often as they like
        assert sent(found, hook)[0] == 409
        assert sent(found, hook, **{"Lvyue-Signature": "v1=0"})[0] == 401
        real = try_channel(channel.pk, by=buyer)
        status, told = sent(real, hook, **{"Lvyue-Trial": "0"})
        assert (status, told["state"]) == (202, "trial")  # its number is signed and says so too
        assert nothing_came()


@pytest.mark.parametrize("kind", [DeskKind.PORTAL, DeskKind.QR, DeskKind.PHONE, DeskKind.FAX])
def test_where_there_is_nothing_to_try_the_page_says_how_to_make_sure(
    seat: TakeSeat, browse: Browse, now: Now, kind: DeskKind
) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")
    channel = made(kind, buyer, secret="")
    here = f"/contracts/{LEASE}/desk/channels/{channel.pk}/"

    assert not can_try(channel)
    with pytest.raises(Refused, match="没有可以自动试的"):
        try_channel(channel.pk, by=buyer)
    page = browse("buyer").get(here).content.decode()
    by_secret = kind in (DeskKind.PHONE, DeskKind.FAX)
    assert f"{'没有填签名密钥，' if by_secret else '这种渠道'}没有可以自动试的" in page
    assert "怎样核对" in page
    assert "现在试一试" not in page
    told = browse("buyer").post(f"{here}try/", follow=True).content.decode()
    assert "没有可以自动试的" in told


def test_a_rule_for_alerts_says_what_it_would_make_of_one(seat: TakeSeat, now: Now) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")
    rule = set_up_channel(
        DeskKind.ALERT, "告警", "", {"source": "7", "severities": "high，critical"}, "", by=buyer
    )

    found = try_channel(rule.pk, by=buyer)

    read = dict(found.read)
    assert (read["开成"], read["标题"], read["级别"]) == ("故障（GZ）", "告警：样例告警", "high")
    assert (read["级别 critical"], read["级别 info"]) == ("收", "不收")
    assert read["来源"] == "只收 7 号告警来源的"
    assert nothing_came()


@pytest.fixture(scope="module")
def server() -> Iterator[Box]:
    with dovecot() as box:
        yield box


def test_a_mailbox_is_read_and_one_that_cannot_be_says_why(
    server: Box, seat: TakeSeat, now: Now
) -> None:
    buyer = seat("buyer")
    now("2026-03-02 10:00:00")
    settings = {"host": "127.0.0.1", "port": str(server.plain), "security": "none"}
    settings["username"] = "trial"
    box = set_up_channel(DeskKind.MAIL, "邮箱", "desk@lvyue.example", settings, PASSWORD, by=buyer)
    wrong = set_up_channel(DeskKind.MAIL, "错", "desk@lvyue.example", settings, "wrong", by=buyer)

    good, bad = (try_channel(one.pk, by=buyer) for one in (box, wrong))

    assert (good.ok, good.says) == (True, "读得到：新收 0 封，已有 0 封。")
    assert not bad.ok
    assert bad.says.startswith("读不到：")


def test_by_the_page_the_interface_and_the_terminal_and_by_nobody_else(
    seat: TakeSeat, browse: Browse, now: Now
) -> None:
    buyer, engineer = seat("buyer"), seat("engineer")
    now("2026-03-02 10:00:00")
    channel = made(DeskKind.WEBHOOK, buyer)
    here = f"/contracts/{LEASE}/desk/channels/{channel.pk}/try/"

    page = browse("buyer").post(here).content.decode()
    assert "本机这一半是通的" in page
    assert re.search(r"Lvyue-Signature: v1=[0-9a-f]{64}", page)
    assert SECRET not in page
    status, told = Caller(buyer.username)("POST", f"channels/{channel.pk}/trial")
    assert (status, told["ok"]) == (200, True)
    assert "Lvyue-Trial" in told["request"]
    run = ["desk", "try", LEASE, str(channel.pk), "--as"]
    done = CliRunner().invoke(main, [*run, buyer.username])
    assert done.exit_code == 0, done.output
    assert "curl -X POST" in done.output

    assert browse("engineer").post(here).status_code == 403
    assert Caller(engineer.username)("POST", f"channels/{channel.pk}/trial")[0] == 403
    assert CliRunner().invoke(main, [*run, engineer.username]).exit_code != 0
    stranger = Client().post(here)
    assert stranger.status_code == 302
    switch_channel(channel.pk, on=False, reason="换号", by=buyer)
    with pytest.raises(Refused, match="停用"):
        try_channel(channel.pk, by=buyer)
    assert nothing_came()
