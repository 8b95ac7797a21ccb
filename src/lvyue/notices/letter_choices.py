"""Words that the rows of letters, contacts and prompt notices may hold, mirrored from the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices

from lvyue.core.lifecycles import LETTER
from lvyue.core.service import ContactMeans, Happening, Way
from lvyue.core.terms import Party


class Side(TextChoices):
    """一方: on whose behalf a letter goes, or whose contact it is."""

    BUYER = "buyer", "甲方"
    SUPPLIER = "supplier", "乙方"

    @property
    def party(self) -> Party:
        return Party(self.value)

    @property
    def other(self) -> Side:
        return Side.SUPPLIER if self is Side.BUYER else Side.BUYER


class LetterState(TextChoices):
    """函件状态: the states of the lifecycle."""

    DRAFTED = "drafted", LETTER.states["drafted"]
    ISSUED = "issued", LETTER.states["issued"]
    DISPATCHED = "dispatched", LETTER.states["dispatched"]
    RETURNED = "returned", LETTER.states["returned"]
    SERVED = "served", LETTER.states["served"]
    WITHDRAWN = "withdrawn", LETTER.states["withdrawn"]


#: Nothing of these has left the house: the other side does not see that they exist.
UNSENT = frozenset({LetterState.DRAFTED, LetterState.ISSUED, LetterState.WITHDRAWN})


class LetterKind(TextChoices):
    """函件种类: what a letter is for, and so which fact its service is."""

    GENERAL = "general", "一般函件"
    DEFAULT = "default", "违约通知"
    RECTIFICATION = "rectification", "整改通知书"
    TERMINATION = "termination", "终止通知"
    REQUEST = "request", "要求答复的函"
    ANSWER = "answer", "复函"
    FORCE_MAJEURE = "force_majeure", "不可抗力通知"
    ACCEPTANCE = "acceptance", "验收文件"
    CONTACT_CHANGE = "contact_change", "联系方式变更通知"
    DISPUTE = "dispute", "争议通知"
    CONSENT = "consent", "书面同意函"


@dataclass(frozen=True, slots=True)
class Weight:
    """函件的分量: which side may send this kind, and what its service is called in the log; no kind of fact where it is none."""

    sides: frozenset[Side]
    facts: Mapping[Side, str]


_BOTH = frozenset(Side)


def _either(kind: str) -> Weight:
    return Weight(_BOTH, dict.fromkeys(Side, kind))


#: What each kind of letter is. A request starts a clock only of the buyer: no contract gives the supplier one.
WEIGHTS: Mapping[LetterKind, Weight] = {
    LetterKind.GENERAL: Weight(_BOTH, {}),
    LetterKind.DEFAULT: _either("default.notified"),
    LetterKind.RECTIFICATION: Weight(frozenset({Side.BUYER}), {Side.BUYER: "hazard.notified"}),
    LetterKind.TERMINATION: _either("termination.notified"),
    LetterKind.REQUEST: Weight(_BOTH, {Side.SUPPLIER: "letter.received"}),
    LetterKind.ANSWER: Weight(_BOTH, {Side.BUYER: "letter.answered"}),
    LetterKind.FORCE_MAJEURE: _either("force_majeure.notified"),
    LetterKind.ACCEPTANCE: Weight(
        frozenset({Side.SUPPLIER}), {Side.SUPPLIER: "acceptance.submitted"}
    ),
    LetterKind.CONTACT_CHANGE: _either("contact.notified"),
    LetterKind.DISPUTE: _either("dispute.raised"),
    LetterKind.CONSENT: _either("term.waived"),
}

WAYS = tuple((way.value, way.zh) for way in Way)
HAPPENINGS = tuple((one.value, one.zh) for one in Happening)
CONTACT_KINDS = tuple((kind.value, kind.zh) for kind in ContactMeans)


class Origin(TextChoices):
    """来源: how the other side comes to know a contact."""

    CONTRACT = "contract", "合同所列"
    TOLD = "told", "书面告知"


class PromptChannel(TextChoices):
    """限时通知的渠道, by the names that facts have."""

    MAIL = "mail", "邮件"
    SMS = "sms", "短信"
