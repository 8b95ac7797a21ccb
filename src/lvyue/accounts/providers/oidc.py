"""OpenID Connect: the authorisation code with PKCE, state and nonce, by authlib and joserfc.

What a provider says of a person counts only if it is signed by a key that the provider publishes, says that it is from
this provider for us, answers the nonce of this very attempt, and has not run out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lvyue.accounts.providers import wire
from lvyue.accounts.providers.known import (
    Known,
    NotRecognised,
    Reader,
    Step,
    Unreachable,
    try_steps,
)

#: How far the clocks of the two houses may be apart, in seconds.
LEEWAY = 60

#: Signatures that only the provider can make. Neither "none" nor those by a secret that we know as well.
ALGORITHMS = ("RS256", "ES256", "PS256", "RS384", "RS512", "ES384", "ES512")


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """OpenID Connect 的设置."""

    issuer: str
    client_id: str
    scopes: str
    username: str
    name: str
    authority: str

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> OidcSettings:
        reader = Reader(given)
        found = cls(
            issuer=wire.read_address(reader, "issuer", "签发者地址"),
            client_id=reader.text("client_id", "客户端编号"),
            scopes=reader.text("scopes", "范围", default="openid profile"),
            username=reader.text("username", "登录名的字段", default="preferred_username"),
            name=reader.text("name", "姓名的字段", default="name"),
            authority=wire.read_authority(reader),
        )
        if "openid" not in found.scopes.split():
            reader.complain("范围", "没有 openid。", "请写成 openid profile 的样子。")
        reader.done()
        return found


@dataclass(frozen=True, slots=True)
class Attempt:
    """一次登录: where the browser goes, and what must come back with it."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """作保: who it is, and by what the provider is asked to forget them again."""

    known: Known
    id_token: str
    leave: str


@dataclass(frozen=True, slots=True)
class _House:
    """What the provider publishes about itself."""

    authorise: str
    token: str
    keys: str
    leave: str


class Oidc:
    """One provider, spoken to."""

    def __init__(self, settings: OidcSettings, secret: str, back: str) -> None:
        self.settings = settings
        self.back = back
        self._session = OAuth2Session(
            client_id=settings.client_id,
            client_secret=secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope=settings.scopes,
            redirect_uri=back,
            code_challenge_method="S256",
        )
        wire.prepare(self._session, settings.authority)

    def begin(self) -> Attempt:
        """Where to send the browser."""
        state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
        address, _ = self._session.create_authorization_url(
            self._house().authorise, state=state, nonce=nonce, code_verifier=verifier
        )
        return Attempt(address, state, nonce, verifier)

    def finish(self, code: str, attempt: Attempt, at: datetime) -> Vouched:
        """Change the code for what the provider says, and believe it only if everything is right."""
        house = self._house()
        try:
            told = self._session.fetch_token(
                house.token,
                code=code,
                code_verifier=attempt.verifier,
                grant_type="authorization_code",
            )
        except OAuthError as error:
            says = f"对方没有接受这次登录（{str(error.error)[:60]}）。"
            raise NotRecognised(says, "请重新登录。") from None
        except requests.RequestException as error:
            raise wire.telling(error) from None
        except ValueError:
            raise Unreachable("对方的回答读不懂。", "请核对签发者地址。") from None
        id_token = told.get("id_token")
        if not isinstance(id_token, str):
            raise NotRecognised("对方没有说这是谁。", "请核对范围里有 openid。")
        claims = self._believed(id_token, house, attempt.nonce, at)
        settings = self.settings
        known = Known.told(
            claims.get("sub"), claims.get(settings.username), claims.get(settings.name)
        )
        return Vouched(known, id_token, house.leave)

    def _believed(
        self, id_token: str, house: _House, nonce: str, at: datetime
    ) -> Mapping[str, Any]:
        keys = self._json(house.keys, "公钥")
        try:
            token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=[*ALGORITHMS])  # type: ignore[arg-type]  # whatever it is, it says so
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                },
                {"nonce": nonce, "client_id": self.settings.client_id},
            )
            claims.validate(now=int(at.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            says = f"对方的凭据没有通过核对（{type(error).__name__}）。"
            mend = "请重新登录；总是这样时，请核对两边的时钟和签发者地址。"
            raise NotRecognised(says, mend) from None
        return claims  # type: ignore[no-any-return]  # authlib is untyped

    def _house(self) -> _House:
        issuer = self.settings.issuer
        told = self._json(f"{issuer.rstrip('/')}/.well-known/openid-configuration", "自我说明")
        if told.get("issuer") != issuer:
            says = f"对方自称 {str(told.get('issuer'))[:120]}，与设置的签发者地址不一致。"
            raise Unreachable(says, "请照抄对方自称的地址。")
        house = _House(
            str(told.get("authorization_endpoint", "")),
            str(told.get("token_endpoint", "")),
            str(told.get("jwks_uri", "")),
            str(told.get("end_session_endpoint", "")),
        )
        if not all(map(wire.safe_address, (house.authorise, house.token, house.keys))):
            raise Unreachable("对方公布的地址不全，或不是 https。", "请联系身份来源的管理员。")
        return house

    def _json(self, address: str, what: str) -> dict[str, Any]:
        try:
            answer = self._session.get(address, withhold_token=True)
            answer.raise_for_status()
            told = answer.json()
        except requests.HTTPError as error:
            says = f"对方的{what}取不到（{error.response.status_code}）。"
            raise Unreachable(says, "请核对签发者地址。") from None
        except ValueError:  # requests calls its own JSON error a RequestException as well
            raise Unreachable(f"对方的{what}读不懂。", "请核对签发者地址。") from None
        except requests.RequestException as error:
            raise wire.telling(error) from None
        if not isinstance(told, dict):
            raise Unreachable(f"对方的{what}读不懂。", "请核对签发者地址。")
        return told

    def check(self) -> tuple[Step, ...]:
        """试连: what can be known without a person."""

        def keys() -> str:
            found = self._json(self._house().keys, "公钥").get("keys")
            if not isinstance(found, list) or not found:
                raise Unreachable("对方没有公布公钥。", "请联系身份来源的管理员。")
            return f"{len(found)} 把"

        return try_steps(
            (
                ("连接并读取自我说明", lambda: urlsplit(self._house().authorise).netloc),
                ("读取公钥", keys),
                ("回来的地址（请登记在对方那里）", lambda: self.back),
            )
        )


def leaving(leave: str, id_token: str, client_id: str, back: str) -> str:
    """Where the browser goes so that the provider forgets the person too; empty where the provider has no such place."""
    if not wire.safe_address(leave):
        return ""
    asked = urlencode(
        {"id_token_hint": id_token, "client_id": client_id, "post_logout_redirect_uri": back}
    )
    return f"{leave}{'&' if '?' in leave else '?'}{asked}"
