"""邮件: over SMTP. Every letter says that a machine wrote it, so that no other machine answers, and bears a stable id.

A letter that is sent twice, because the power went between sending and writing it down, has the same Message-ID, and the
mailbox shows it once.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.utils import format_datetime
from html import escape

from lvyue.core.doubts import Doubt, malformed
from lvyue.notices.channels.http import SECONDS, context_of
from lvyue.notices.channels.road import (
    Down,
    Field,
    Limit,
    Parcel,
    Permanent,
    Result,
    Sent,
    Setup,
    Temporary,
    Thread,
)
from lvyue.notices.choices import ChannelKind

#: What marks our own letters, so that one that comes back is known.
LOOP = "X-Lvyue-Loop"

_NO_SUCH_USER = 500
_LONGEST = 254


class Mail:
    """邮件."""

    kind = ChannelKind.MAIL
    fields = (
        Field("host", "服务器", "例如 mail.example.gov", required=True),
        Field("port", "端口", "STARTTLS 一般是 587，TLS 一般是 465", default="587", number=True),
        Field(
            "security",
            "加密",
            "不加密只可用于本机或专线。",
            choices=(
                ("starttls", "STARTTLS（先连接再加密）"),
                ("tls", "TLS（一开始就加密）"),
                ("none", "不加密"),
            ),
            default="starttls",
        ),
        Field("username", "用户名", "不需要登录的服务器留空"),
        Field("sender", "发件地址", "例如 lvyue@example.gov", required=True),
        Field("sender_name", "发件人名称", default="履约 Lvyue"),
        Field("authority", "自有证书", "单位自建的证书颁发机构，PEM 文本；没有则留空", long=True),
        Field("per_minute", "每分钟最多", "邮件服务器允许的速度", default="60", number=True),
    )
    secret = Field("secret", "密码", "登录邮件服务器用；不需要登录的留空")
    limits = (Limit(60, timedelta(minutes=1)),)
    room = 100_000

    def check(self, setup: Setup) -> list[Doubt]:
        found = [*self.check_target(setup["sender"])]
        if setup["username"] and setup["security"] == "none":
            says = "不加密的连接上不能登录：密码会被别人看到。"
            found.append(malformed("加密", says, "请选 STARTTLS 或 TLS，或去掉用户名。"))
        if setup["authority"]:
            try:
                context_of(setup["authority"])
            except (ssl.SSLError, ValueError):
                says = "这不是 PEM 格式的证书。"
                found.append(
                    malformed("自有证书", says, "请粘贴以 -----BEGIN CERTIFICATE----- 开头的文本。")
                )
        return found

    def check_target(self, target: str) -> list[Doubt]:
        """One plain address: no name, no list, no second line."""
        try:
            address = Address(addr_spec=target)
            whole = bool(address.username and "." in address.domain.rstrip("."))
        except (ValueError, MessageError, IndexError):
            whole = False
        if not whole or len(target) > _LONGEST or not target.isprintable():
            says = f"“{target[:80]}”不是邮件地址。"
            return [malformed("邮件地址", says, "请填写一个地址，例如 name@example.gov。")]
        return []

    def not_before(self, at: datetime, key: int) -> datetime:  # noqa: ARG002  mail may leave at any time
        return at

    def send(self, parcel: Parcel, setup: Setup) -> Result:
        letter = letter_of(parcel, setup)
        try:
            with _server(setup) as server:
                return _hand_over(server, letter, parcel.target, setup)
        except smtplib.SMTPAuthenticationError as error:
            return Down("邮件服务器不接受用户名或密码。", _said(error, setup))
        except smtplib.SMTPResponseException as error:
            return Down(f"邮件服务器说 {error.smtp_code}。", _said(error, setup))
        except ssl.SSLCertVerificationError as error:
            return Down("邮件服务器的证书不可信。", setup.without_secrets(str(error)))
        except (OSError, smtplib.SMTPException) as error:
            return Down(
                f"连不上邮件服务器：{type(error).__name__}。", setup.without_secrets(str(error))
            )


def message_id(parcel_id: str, setup: Setup) -> str:
    """编号: the same for the same leg, whenever it is sent."""
    return f"<{parcel_id}@{setup['sender'].rpartition('@')[2]}>"


def letter_of(parcel: Parcel, setup: Setup) -> EmailMessage:
    """The letter as it goes over the wire: plain text, and the same as simple HTML."""
    sender = Address(setup["sender_name"] or "履约 Lvyue", addr_spec=setup["sender"])
    letter = EmailMessage(policy=LINES)
    letter["From"] = sender
    letter["To"] = Address(addr_spec=parcel.target)
    letter["Subject"] = parcel.subject
    letter["Date"] = format_datetime(parcel.at)
    letter["Message-ID"] = message_id(parcel.id, setup)
    if parcel.thread is not None:
        _in_thread(letter, parcel.thread)
    if parcel.thread is None or parcel.thread.automatic:
        submitted = "auto-generated" if parcel.thread is None else "auto-replied"
        letter["Auto-Submitted"] = submitted
        letter["X-Auto-Response-Suppress"] = "All"
    letter[LOOP] = setup["sender"]
    text = "\n\n".join(filter(None, [parcel.body or parcel.subject, parcel.address]))
    letter.set_content(text + "\n")
    letter.add_alternative(_html(parcel), subtype="html")
    return letter


def _in_thread(letter: EmailMessage, thread: Thread) -> None:
    """What makes a letter stand below the one that it answers, in every mailbox."""
    if thread.in_reply_to:
        letter["In-Reply-To"] = f"<{thread.in_reply_to}>"
    if thread.references:
        letter["References"] = " ".join(f"<{one}>" for one in thread.references)
    if thread.reply_to:
        letter["Reply-To"] = Address(addr_spec=thread.reply_to)


def _html(parcel: Parcel) -> str:
    paragraphs = "".join(
        f"<p>{escape(piece).replace(chr(10), '<br>')}</p>"
        for piece in (parcel.body or parcel.subject).split("\n\n")
    )
    link = escape(parcel.address, quote=True)
    more = f'<p><a href="{link}">{link}</a></p>' if link else ""
    return f'<!DOCTYPE html><html lang="zh-CN"><body>{paragraphs}{more}</body></html>\n'


def _server(setup: Setup) -> smtplib.SMTP:
    host, port = setup["host"], setup.number("port", 587)
    if setup["security"] == "tls":
        context = context_of(setup["authority"])
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        if setup["security"] != "none":
            server.starttls(context=context_of(setup["authority"]))
    except BaseException:
        server.close()
        raise
    return server


def _hand_over(server: smtplib.SMTP, letter: EmailMessage, to: str, setup: Setup) -> Result:
    if setup["username"]:
        server.login(setup["username"], setup.secret)
    try:
        server.send_message(letter, setup["sender"], [to])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = error.recipients[to]
        return _refused(code, said, setup)
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        return _refused(error.smtp_code, error.smtp_error, setup)
    except smtplib.SMTPNotSupportedError as error:
        return Permanent("邮件服务器不支持这样的地址。", setup.without_secrets(str(error)))
    return Sent(str(letter["Message-ID"]))


def _refused(code: int, said: bytes | str, setup: Setup) -> Result:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    extract = setup.without_secrets(f"{code} {text}")
    if code >= _NO_SUCH_USER:
        return Permanent(f"邮件服务器拒收：{code}。", extract)
    return Temporary(f"邮件服务器暂时不收：{code}。", extract)


def _said(error: smtplib.SMTPResponseException, setup: Setup) -> str:
    said = error.smtp_error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return setup.without_secrets(f"{error.smtp_code} {text}")
