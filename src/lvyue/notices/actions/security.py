"""账号安全: what people and administrators are told about sign-ins, and the codes and links that go to an address.

Each is one act of the floor below with its message, in one transaction.
"""

from __future__ import annotations

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import contacts, logins, second_factor
from lvyue.accounts.actions.invitations import NewInvitation
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.devices import in_words
from lvyue.accounts.queries import Account, Login, administrators, contact_ways_of
from lvyue.core.doubts import Refused
from lvyue.notices.actions.telling import send, tell
from lvyue.notices.choices import ChannelKind, Topic
from lvyue.notices.texts import SEALED

#: By which road a code for one way of contact goes.
_ROADS = {ContactKind.MAIL: ChannelKind.MAIL, ContactKind.PHONE: ChannelKind.SMS}

SECURITY = "/account/security/"


def new_device(login: Login) -> None:
    """新设备: the person is told of a sign-in at a device that was never here before."""
    account = login.account
    at = f"{login.since.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    tell(
        [account],
        topic=Topic.SECURITY,
        subject="您的账号在新设备上登录",
        body=f"{at}，{in_words(login.device)}，来源地址 {login.address}。不是您本人请立即修改密码并结束这个登录。",
        address=SECURITY,
        key=f"login:{login.pk}",
        urgent=True,
        by=account,
    )


def two_places(account: Account, pair: tuple[str, str]) -> None:
    """同一账号两处同时使用 (ACS-03): the person and the administrators are told; nobody is stopped."""
    at = clock.now()
    key = f"two-places:{account.pk}:{'-'.join(pair)}:{at:%Y%m%d%H}"
    where = "和".join(pair)
    tell(
        [account],
        topic=Topic.SECURITY,
        subject="您的账号同时从两个地址使用",
        body=f"几分钟之内从 {where} 使用。一人一号，不得借用；不是您本人请立即修改密码。",
        address=SECURITY,
        key=key,
        urgent=True,
        by="系统",
    )
    tell(
        [one for one in administrators() if one.pk != account.pk],
        topic=Topic.SECURITY,
        subject=f"{account.name}的账号同时从两个地址使用",
        body=f"{account.username} 几分钟之内从 {where} 使用。请核实是否出借账号。",
        address=f"/people/accounts/{account.username}/",
        key=key,
        by="系统",
    )


@transaction.atomic
def unlock(account: Account, *, by: Account | str) -> bool:
    """解除登录暂停, and the person is told: wrong passwords that were not theirs are worth knowing of."""
    was = logins.unlock(account, by=by)
    if was:
        at = clock.now()
        tell(
            [account],
            topic=Topic.SECURITY,
            subject="您的登录暂停已解除",
            body="此前有人多次输错您的密码。不是您本人请修改密码，并告诉系统管理员。",
            address=SECURITY,
            key=f"unlocked:{account.pk}:{at:%Y%m%d%H%M%S}",
            by=by,
        )
    return was


@transaction.atomic
def reset_second_factor(account: Account, *, by: Account | str, reason: str) -> None:
    """重设两步验证, and the person is told."""
    second_factor.reset(account, by=by, reason=reason)
    at = clock.now()
    tell(
        [account],
        topic=Topic.SECURITY,
        subject="您的两步验证已被重设",
        body="原来的验证器、通行密钥和恢复码都已失效，所有登录都已结束。不是您要求的请立即联系系统管理员。",
        address=SECURITY,
        key=f"second-factor-reset:{account.pk}:{at:%Y%m%d%H%M%S}",
        urgent=True,
        by=by,
    )


@transaction.atomic
def send_code(account: Account, kind: ContactKind) -> None:
    """发验证码: to the very address that is to be verified; refused where no channel leads there."""
    code = contacts.new_code(account, kind)
    way = next(one for one in contact_ways_of(account) if one.kind == kind)
    at = way.code_sent_at
    assert at is not None  # noqa: S101  new_code has just written it
    send(
        _ROADS[kind],
        way.value,
        "履约：联系方式验证码",
        f"验证码 {SEALED}，10 分钟内有效。不是您本人操作请忽略。",
        key=f"contact-code:{way.pk}:{at.timestamp()}",
        contract_id="",
        by=account,
        secret=code,
    )


def mail_invitation(new: NewInvitation, link: str, *, by: Account | str) -> bool:
    """寄出邀请: whether it went; where no mail server is configured the link is handed over by other means."""
    invitation = new.invitation
    if not invitation.mail or invitation.demonstration:
        return False
    until = f"{invitation.expires_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    try:
        send(
            ChannelKind.MAIL,
            invitation.mail,
            "邀请您使用履约平台",
            f"{invitation.name}：请在 {until} 之前打开下面的链接，自己设登录名和密码。链接只能用一次。\n{SEALED}",
            key=f"invitation:{invitation.pk}",
            contract_id="",
            by=by,
            secret=link,
        )
    except Refused:
        return False
    return True


__all__ = [
    "mail_invitation",
    "new_device",
    "reset_second_factor",
    "send_code",
    "two_places",
    "unlock",
]
