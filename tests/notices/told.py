"""Who is told, and through what: people with an address of their own, and channels as an administrator sets them up."""

from __future__ import annotations

from lvyue import clock
from lvyue.accounts.models import Account, ContactWay
from lvyue.notices.actions.configuring import set_up
from lvyue.notices.choices import ChannelKind
from lvyue.notices.models import Channel, Leg

S0, S1 = "security-support-2026", "cloud-rental-2025"

BY = "测试"


def reachable(account: Account, *, mail: str = "", phone: str = "") -> Account:
    """Somebody who has shown that this is their address."""
    for kind, value in (("mail", mail), ("phone", phone)):
        if value:
            ContactWay.objects.create(
                account=account, kind=kind, value=value, verified_at=clock.now()
            )
    return account


def mail_channel(port: int = 9, **more: str) -> Channel:
    given = {
        "host": "127.0.0.1",
        "port": str(port),
        "security": "none",
        "sender": "lvyue@office.example",
        **more,
    }
    secret = given.pop("secret", "")
    return set_up(ChannelKind.MAIL, "邮件", given, secret, by=BY)


def sms_channel(server: str, **more: str) -> Channel:
    given = {
        "url": f"{server}/send",
        "template": '{"to": "{phone}", "text": "{text}", "auth": {"key": "{secret}"}}',
        "ok_path": "code",
        "ok_value": "0",
        "id_path": "data.msgid",
        "report_id": "msgid",
        "report_phone": "mobile",
        "report_state": "status",
        "report_ok": "DELIVRD",
        **more,
    }
    return set_up(ChannelKind.SMS, "短信", given, "sms-secret", by=BY)


def legs_in_words(channel: Channel) -> list[tuple[str, str]]:
    """Each leg of a channel, by what it is about, and how far it came."""
    found = Leg.objects.filter(channel=channel).order_by("id")
    return [(one.subject, one.state) for one in found]


def fresh(leg: Leg) -> Leg:
    leg.refresh_from_db()
    return leg
