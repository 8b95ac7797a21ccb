"""告警的读法: what a body says, from Alertmanager's webhook (version 4) or by a mapping from any other JSON. Writes nothing.

What cannot be read is told with the place; a body is taken whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from lvyue.core.calendar import SHANGHAI
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.monitoring.choices import AlertStatus

#: A body may be so large, and speak of so many alerts.
LARGEST, MOST = 1_000_000, 2000

#: The longest texts that are kept of an alert; the body itself is kept whole.
_NAME, _TEXT, _FINGERPRINT, _SEVERITY, _PAIRS = 300, 5000, 128, 80, 100

#: Years in which something can have gone wrong.
_FIRST, _LAST = 2000, 2099

#: From here on a number counts milliseconds.
_MILLISECONDS = 100_000_000_000

#: Where a generic source keeps what, and the words that mean it is over.
DEFAULT_MAPPING: Mapping[str, str] = {
    "list": "",
    "fingerprint": "id",
    "name": "name",
    "severity": "severity",
    "status": "status",
    "resolved": "resolved,ok,normal,恢复,已恢复",
    "starts_at": "starts_at",
    "ends_at": "ends_at",
    "summary": "summary",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """听到的一条: one alert as a source tells it."""

    fingerprint: str
    starts_at: datetime
    ends_at: datetime | None
    status: AlertStatus
    name: str
    severity: str
    summary: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """读出的一份: its alerts, and how many the sender left out."""

    alerts: tuple[Heard, ...]
    truncated: int = 0


def parse(body: bytes) -> Any:
    """The JSON of a body; ``Refused`` where it is none, or holds what no database does."""
    if len(body) > LARGEST:
        says = f"{len(body)} 字节，最多 {LARGEST} 字节。"
        raise Refused([malformed("请求体", says, "请让对方分批发送。")])
    try:
        found = json.loads(body, parse_constant=_no_constant)
        text = json.dumps(found, ensure_ascii=False)
        text.encode()
    except (ValueError, RecursionError) as error:
        says = f"不是有效的 JSON：{error}"[:300]
        raise Refused([malformed("请求体", says, "请按 JSON 发送，编码 UTF-8。")]) from error
    if "\\u0000" in text:
        raise Refused([malformed("请求体", "含有零字符。", "请去掉零字符。")])
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


# ── Alertmanager ─────────────────────────────────────────────────────────────────────────────────────────────────


def alertmanager(found: Any) -> Read:
    """A webhook of version 4, with all that is wrong in it at once."""
    doubts: list[Doubt] = []
    if not isinstance(found, dict) or str(found.get("version")) != "4":
        says = "不是 Alertmanager webhook 第 4 版。"
        raise Refused([malformed("version", says, "请用 Alertmanager 的 webhook_configs。")])
    alerts = found.get("alerts")
    if not isinstance(alerts, list) or len(alerts) > MOST:
        raise Refused([malformed("alerts", "不是列表，或太长。", f"最多 {MOST} 条。")])
    told = [_one(one, f"alerts[{at}]", doubts) for at, one in enumerate(alerts)]
    truncated = found.get("truncatedAlerts", 0)
    if not isinstance(truncated, int) or isinstance(truncated, bool) or not 0 <= truncated <= 10**9:
        doubts.append(malformed("truncatedAlerts", f"{truncated!r:.40} 不是条数。"))
    if doubts:
        raise Refused(doubts)
    return Read(tuple(one for one in told if one is not None), truncated)


def _one(one: Any, place: str, doubts: list[Doubt]) -> Heard | None:
    if not isinstance(one, dict):
        doubts.append(malformed(place, "不是对象。"))
        return None
    labels = _pairs(one.get("labels"), f"{place}.labels", doubts)
    annotations = _pairs(one.get("annotations"), f"{place}.annotations", doubts)
    status = one.get("status")
    if status not in AlertStatus.values:
        doubts.append(malformed(f"{place}.status", f"{status!r:.40} 不是 firing 或 resolved。"))
        return None
    starts = _moment(one.get("startsAt"), f"{place}.startsAt", doubts)
    ends = None
    if (
        status == AlertStatus.RESOLVED
    ):  # while it fires the end is 0001-01-01, or when it would be forgotten
        ends = _moment(one.get("endsAt"), f"{place}.endsAt", doubts)
    if starts is None:
        return None
    fingerprint = one.get("fingerprint") or _hash(labels)
    return Heard(
        fingerprint=_short(fingerprint, _FINGERPRINT),
        starts_at=starts,
        ends_at=ends,
        status=AlertStatus(status),
        name=_short(labels.get("alertname", "") or "（没有名称）", _NAME),
        severity=_short(labels.get("severity", ""), _SEVERITY),
        summary=_short(annotations.get("summary") or annotations.get("description", ""), _TEXT),
        labels=labels,
        annotations=annotations,
    )


def _pairs(found: Any, place: str, doubts: list[Doubt]) -> dict[str, str]:
    if found is None:
        return {}
    if not isinstance(found, dict) or len(found) > _PAIRS:
        doubts.append(malformed(place, f"不是名称和值，或多于 {_PAIRS} 项。"))
        return {}
    if not all(isinstance(value, str) for value in found.values()):
        doubts.append(malformed(place, "值不是文字。"))
        return {}
    return {_short(name, _NAME): _short(value, _TEXT) for name, value in found.items()}


def _hash(labels: Mapping[str, str]) -> str:
    """For a sender that names no fingerprint: what its labels are."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:32]


# ── any other JSON ───────────────────────────────────────────────────────────────────────────────────────────────


def generic(found: Any, mapping: Mapping[str, str]) -> Read:
    """A body by the mapping of its source: one object, or a list of them where ``list`` says."""
    where = {**DEFAULT_MAPPING, **mapping}
    inside = _at(found, where["list"]) if where["list"] else found
    rows = inside if isinstance(inside, list) else [inside]
    if len(rows) > MOST or not rows:
        raise Refused(
            [malformed(where["list"] or "请求体", f"{len(rows)} 条，应为 1 至 {MOST} 条。")]
        )
    doubts: list[Doubt] = []
    told = [_mapped(one, f"第 {at} 条", where, doubts) for at, one in enumerate(rows, start=1)]
    if doubts:
        raise Refused(doubts)
    return Read(tuple(one for one in told if one is not None))


def _mapped(one: Any, place: str, where: Mapping[str, str], doubts: list[Doubt]) -> Heard | None:
    if not isinstance(one, dict):
        doubts.append(malformed(place, "不是对象。"))
        return None
    name, fingerprint = _word(_at(one, where["name"])), _word(_at(one, where["fingerprint"]))
    for what, value in (("name", name), ("fingerprint", fingerprint)):
        if not value:
            mend = "请核对对照表，或让对方带上这一项。"
            doubts.append(malformed(f"{place} {where[what]}", "没有值。", mend))
    starts = _moment(_at(one, where["starts_at"]), f"{place} {where['starts_at']}", doubts)
    over = {word.strip().lower() for word in where["resolved"].split(",") if word.strip()}
    resolved = _word(_at(one, where["status"])).lower() in over
    ends = None
    if resolved and _at(one, where["ends_at"]) not in (None, ""):
        ends = _moment(_at(one, where["ends_at"]), f"{place} {where['ends_at']}", doubts)
    if starts is None:
        return None
    return Heard(
        fingerprint=_short(fingerprint, _FINGERPRINT),
        starts_at=starts,
        ends_at=ends,
        status=AlertStatus.RESOLVED if resolved else AlertStatus.FIRING,
        name=_short(name, _NAME),
        severity=_short(_word(_at(one, where["severity"])), _SEVERITY),
        summary=_short(_word(_at(one, where["summary"])), _TEXT),
        labels={},
        annotations={},
    )


def _at(found: Any, path: str) -> Any:
    """What stands at ``a.b.0.c``; None where there is nothing."""
    for step in path.split(".") if path else ():
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, Sequence) and not isinstance(found, str) and step.isdecimal():
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def _word(value: Any) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return ""
    return str(value)


def _short(text: Any, most: int) -> str:
    """Of a fingerprint that is too long the hash stands in, so that two long ones stay two."""
    word = str(text)
    if len(word) <= most:
        return word
    if most == _FINGERPRINT:
        return hashlib.sha256(word.encode()).hexdigest()
    return word[: most - 1] + "…"


def _moment(value: Any, place: str, doubts: list[Doubt]) -> datetime | None:
    """An ISO moment (one without a zone is Shanghai's) or a number of seconds or milliseconds."""
    mend = "请写成 2026-03-02T09:00:00+08:00 的样子。"
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
        else:
            found = datetime.fromisoformat(_nanoseconds_cut(value))
    except (TypeError, ValueError, OverflowError, OSError):
        doubts.append(malformed(place, f"{value!r:.60} 不是时刻。", mend))
        return None
    if not _FIRST <= found.year <= _LAST:
        doubts.append(malformed(place, f"{value!r:.60} 不在 {_FIRST} 至 {_LAST} 年之间。", mend))
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)


def _nanoseconds_cut(value: Any) -> str:
    """Go writes nanoseconds, and Python reads microseconds."""
    if not isinstance(value, str) or len(value) > 40:  # noqa: PLR2004  longer than any moment
        raise TypeError(value)
    head, dot, rest = value.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}.{rest[: min(digits, 6)]}{rest[digits:]}" if dot and digits else value
