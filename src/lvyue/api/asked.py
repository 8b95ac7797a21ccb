"""所问: what addresses and bodies may say, the same words on every endpoint."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from ninja import Path, Query, Schema
from pydantic import ConfigDict, Field

from lvyue import clock
from lvyue.core.doubts import Refused, malformed

#: Dates that the parties could mean; what lies beyond is a slip.
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)

#: As many facts as no log has.
_SIZE = 999_999_999

#: Text without what no database takes.
_PLAIN = r"^[^\x00]*$"

Word = Annotated[str, Field(max_length=100, pattern=_PLAIN)]
Reason = Annotated[
    str, Field(min_length=1, max_length=5_000, pattern=_PLAIN, description="理由，会留在记录里")
]
Note = Annotated[str, Field(max_length=5_000, pattern=_PLAIN)]
Text = Annotated[str, Field(pattern=_PLAIN)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)]
Number = Annotated[int, Field(ge=1, le=2_147_483_647)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0, le=_SIZE)]

ContractId = Annotated[
    str,
    Path(
        pattern=r"^[-a-zA-Z0-9_]{1,80}$", description="合同编号", examples=["security-support-2026"]
    ),
]
TermId = Annotated[str, Path(pattern=r"^[-a-zA-Z0-9_]{1,80}$", description="约定编号")]
FactKey = Annotated[str, Path(min_length=1, max_length=200, pattern=_PLAIN, description="事实编号")]
StatementNumber = Annotated[int, Path(ge=1, le=2_147_483_647, description="结算书号")]
AmendmentNumber = Annotated[int, Path(ge=1, le=2_147_483_647, description="补充协议号")]
RowNumber = Annotated[int, Path(ge=1, le=9_223_372_036_854_775_807)]
Username = Annotated[str, Path(min_length=1, max_length=80, pattern=_PLAIN, description="登录名")]


def a_file(media: str = "application/octet-stream") -> dict[str, Any]:
    """What an endpoint says that answers a file."""
    content = {media: {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {200: {"content": content}}}


class Refusing(Schema):
    """Nothing that is not known is taken."""

    model_config = ConfigDict(extra="forbid")


class Why(Refusing):
    """理由."""

    reason: Reason


class Moment(Refusing):
    """截至与当时所知."""

    as_of: date | None = Field(
        None, description="截至哪一天（含当日），缺省为今天", examples=["2026-09-30"]
    )
    size: Size | None = Field(None, description="只用日志的前多少条（当时所知），缺省为全部")

    @property
    def on(self) -> date:
        return plausible(self.as_of) or clock.today()


class After(Refusing):
    """A page of a list."""

    after: Annotated[str, Field(max_length=120, pattern=_PLAIN)] = Field(
        "", description="上一页的 next"
    )
    limit: int = Field(50, ge=1, le=200, description="每页多少行")

    @property
    def index(self) -> int | None:
        """A cursor that is a place in a log or a number. What no answer gave out is refused."""
        if not self.after:
            return None
        if not (self.after.isascii() and self.after.isdecimal() and len(self.after) <= 18):  # noqa: PLR2004  what the database counts to
            raise Refused(
                [
                    malformed(
                        "查询参数 after",
                        f"“{self.after}”不是任何一页给出的 next。",
                        "请照抄上一页的 next。",
                    )
                ]
            )
        return int(self.after)


def plausible(day: date | None) -> date | None:
    """A day that the platform can reckon with."""
    if day is not None and not FIRST <= day <= LAST:
        says = f"{day} 超出可查的范围。"
        raise Refused([malformed("日期", says, f"请取 {FIRST} 至 {LAST} 之间的一天。")])
    return day


def says(body: Any, status: int = 200, *more: int) -> dict[int, Any]:
    """What an endpoint answers: the body, and the problems that it may tell."""
    told: dict[int, Any] = {status: body}
    for code in (400, 401, 403, 404, 409, 422, *more):
        told[code] = None  # the description says what a problem is, once for all
    return told


__all__ = [
    "FIRST",
    "LAST",
    "After",
    "AmendmentNumber",
    "ContractId",
    "Digest",
    "FactKey",
    "Moment",
    "Name",
    "Note",
    "Number",
    "Query",
    "Reason",
    "Refusing",
    "RowNumber",
    "Size",
    "StatementNumber",
    "TermId",
    "Text",
    "Username",
    "Word",
    "plausible",
    "says",
]
