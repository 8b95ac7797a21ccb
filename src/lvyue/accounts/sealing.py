"""封存: secrets that we must be able to say again, such as the password of a mail server, kept so that the database alone does not tell them.

The key comes from ``LVYUE_SECRET_KEY``. A hash would be better and is used wherever we only have to recognise a secret.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from lvyue.core.doubts import Refused, malformed

#: What the derived key is for, so that no other use of the secret key ever arrives at the same one.
_PURPOSE = b"lvyue sealing 1"


def seal(text: str) -> str:
    """封存. The same text gives another answer every time; an empty one stays empty."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """启封: what was sealed; `Refused` where the key has changed since or the text was tampered with."""
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed.encode("utf-8", "surrogateescape")).decode()
    except InvalidToken:
        says = "保存的口令解不开：它是用另一个 LVYUE_SECRET_KEY 封存的，或被改动过。"
        mend = "请恢复原来的 LVYUE_SECRET_KEY，或重新填写这项口令。"
        raise Refused([malformed("封存的口令", says, mend)]) from None


def _keys() -> MultiFernet:
    """The key of today first; those that were kept for a while after a change still open what they sealed."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_key(one) for one in keys])


def _key(secret: str | bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(
        force_bytes(secret)
    )
    return Fernet(base64.urlsafe_b64encode(derived))
