"""知识库: written by one, published by another, shared with the other side by a lead, retired with a reason, followed on a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from lvyue import clock
from lvyue.accounts.actions import audit
from lvyue.accounts.permissions import Right, Ruling, Seat, may
from lvyue.core.doubts import Doubt, Refused, malformed
from lvyue.core.terms import Party
from lvyue.core.tickets import TICKET_KINDS
from lvyue.helpdesk.actions.checking import lay, lines_of, wrong_steps
from lvyue.helpdesk.actions.writing import hold, require
from lvyue.helpdesk.models import Article, ArticleVersion, TicketEvent
from lvyue.helpdesk.models.knowledge import ArticleState, VersionState
from lvyue.helpdesk.models.tickets import SHORT, TITLE
from lvyue.helpdesk.queries import knowledge
from lvyue.helpdesk.queries.rules import side_of
from lvyue.notices.texts import many_lines, one_line

#: The longest symptom, cause or opinion, in characters.
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class ArticleText:
    """要写的知识: title, symptom, cause, steps, tests afterwards, the kinds of ticket it fits, the system; why it was changed."""

    title: str
    symptom: str
    cause: str = ""
    steps: Sequence[str] = ()
    tests: Sequence[str] = ()
    kinds: Sequence[str] = field(default_factory=tuple)
    system: str = ""
    why: str = ""


@transaction.atomic
def write_article(contract_id: str, told: ArticleText, *, by: Seat) -> Article:
    """写知识: the first version, which waits for a review by somebody else. ``Refused`` with everything that is wrong."""
    require(_writing(by), "知识库")
    if doubts := _wrong(told):
        raise Refused(doubts)
    side = side_of(by)
    row = Article(contract_id=contract_id, side=side, state=ArticleState.WRITTEN)
    row.changed_at = clock.now()
    _show(row, told)
    row.save(force_insert=True)
    _add(row, told, by)
    return row


@transaction.atomic
def revise_article(
    contract_id: str, article_id: int, told: ArticleText, *, seen: int, by: Seat
) -> Article:
    """改知识: a further version. ``seen`` is the number of the latest version that its author had read.

    ``Article.DoesNotExist``; ``Refused`` where somebody else has written one meanwhile.
    """
    row = _hold(contract_id, article_id, by)
    require(_writing(by), row.name)
    doubts = _wrong(told)
    if row.newest != seen:
        says = f"您打开之后，别人又写了第 {row.newest} 版。"
        doubts.append(malformed(row.name, says, "请看过新的一版，再写。"))
    if not one_line(told.why):
        doubts.append(malformed("改了什么", "没有写。", "请用一句话说明改了什么、为什么。"))
    if doubts:
        raise Refused(doubts)
    waiting = ArticleVersion.objects.filter(article=row, state=VersionState.WAITING)
    waiting.update(state=VersionState.REPLACED)
    _add(row, told, by)
    return row


@transaction.atomic
def review_article(
    contract_id: str, article_id: int, number: int, *, agree: bool, said: str = "", by: Seat
) -> Article:
    """审核: publish a version, or send it back with a reason; never by its author, never by the other side."""
    row = _hold(contract_id, article_id, by)
    require(_writing(by), row.name)
    version = ArticleVersion.objects.select_for_update().filter(article=row, number=number).first()
    if version is None or version.state != VersionState.WAITING:
        raise Refused([malformed(row.name, "这一版不在等审核。", "请刷新后再看。")])
    doubts = []
    if version.author == by.username:
        mend = "请由本方另一位审核；作者和审核人不能是同一人。"
        doubts.append(malformed("审核", "这一版是您自己写的。", mend))
    if not agree and not said.strip():
        doubts.append(malformed("审核意见", "没有写。", "退回要写明哪里不对。"))
    if doubts:
        raise Refused(doubts)
    now = clock.now()
    version.state = VersionState.PUBLISHED if agree else VersionState.RETURNED
    version.reviewer, version.reviewer_name = by.username, by.name
    version.reviewed_at, version.review = now, many_lines(said)[:LONGEST]
    version.save(update_fields=["state", "reviewer", "reviewer_name", "reviewed_at", "review"])
    if agree:
        ArticleVersion.objects.filter(article=row, number=row.current).update(
            state=VersionState.REPLACED
        )
        row.current, row.state, row.retired_because = number, ArticleState.PUBLISHED, ""
        _show(row, _text(version))
    row.changed_at = now
    row.save()
    _audit("article.reviewed", row, by, {"version": number, "agree": agree}, said)
    return row


@transaction.atomic
def share_article(contract_id: str, article_id: int, *, shared: bool, by: Seat) -> Article:
    """给对方看, or no longer: by a lead of the side whose article it is. What is not published stays one's own all the same."""
    row = _hold(contract_id, article_id, by)
    lead = Right.TICKET_APPROVE if by.side is Party.BUYER else Right.TICKET_LEAD
    require(may(by, lead), row.name)
    row.shared, row.changed_at = shared, clock.now()
    row.save(update_fields=["shared", "changed_at"])
    _audit("article.shared", row, by, {"shared": shared})
    return row


@transaction.atomic
def retire_article(contract_id: str, article_id: int, *, said: str, by: Seat) -> Article:
    """停用: it stays to be read, and is suggested no more. A version that is published later brings it back."""
    row = _hold(contract_id, article_id, by)
    require(_writing(by), row.name)
    doubts = []
    if row.state != ArticleState.PUBLISHED:
        says = f"{row.name} 现在是“{row.get_state_display()}”。"
        doubts.append(malformed(row.name, says, "只能停用已发布的。"))
    if not said.strip():
        doubts.append(malformed("理由", "没有写。", "停用要写明为什么不再照办。"))
    if doubts:
        raise Refused(doubts)
    row.state, row.changed_at = ArticleState.RETIRED, clock.now()
    row.retired_because = many_lines(said)[:LONGEST]
    row.save(update_fields=["state", "changed_at", "retired_because"])
    _audit("article.retired", row, by, {"state": row.state}, said)
    return row


@transaction.atomic
def follow_article(contract_id: str, number: int, article_id: int, *, by: Seat) -> TicketEvent:
    """照此办理: the steps and tests of a published article become a list on the ticket.

    ``Ticket.DoesNotExist``; ``Article.DoesNotExist`` for one that this person does not see; ``Refused`` where it is not
    published or has no steps.
    """
    ticket = hold(contract_id, number)
    row = knowledge.article(by, article_id)
    if row is None:
        raise Article.DoesNotExist
    if row.state != ArticleState.PUBLISHED:
        says = f"{row.name} 现在是“{row.get_state_display()}”。"
        raise Refused([malformed(row.name, says, "只能照已发布的办理。")])
    version = ArticleVersion.objects.get(article=row, number=row.current)
    title = f"{row.name} {version.title}"
    return lay(
        ticket,
        title,
        version.steps,
        version.tests,
        by=by,
        article=row.pk,
        version=version.number,
    )


# ── the same for all ─────────────────────────────────────────────────────────────────────────────────────────────


def _writing(by: Seat) -> Ruling:
    return knowledge.may_write(by)


def _hold(contract_id: str, article_id: int, by: Seat) -> Article:
    """An article of one's own side, held. ``Article.DoesNotExist`` for any other that one does not see; ``Refused`` otherwise."""
    row = Article.objects.select_for_update().filter(contract_id=contract_id, pk=article_id).first()
    if row is None or knowledge.article(by, article_id) is None:
        raise Article.DoesNotExist
    if by.only_uses or not knowledge.is_own(by, row):
        raise Refused([malformed(row.name, "这是对方的知识。", "可以看、可以照办，不能改。")])
    return row


def _wrong(told: ArticleText) -> list[Doubt]:
    doubts = []
    if not one_line(told.title):
        doubts.append(malformed("标题", "没有写。", "请用一句话写什么毛病、怎么办。"))
    if not many_lines(told.symptom, LONGEST):
        doubts.append(malformed("现象", "没有写。", "请写用户看到什么，别人才认得出来。"))
    if not lines_of(told.steps):
        doubts.append(malformed("步骤", "没有写。", "一行写一步，照着就能办。"))
    for place, text in (("现象", told.symptom), ("原因", told.cause)):
        if len(text) > LONGEST:
            says = f"有 {len(text)} 个字，最多 {LONGEST} 个。"
            doubts.append(malformed(place, says, "请分成几条知识。"))
    for place, some in (("步骤", told.steps), ("测试", told.tests)):
        doubts += [malformed(place, says, "请写短一些。") for says in wrong_steps(some, place)]
    if unknown := [one for one in told.kinds if one not in TICKET_KINDS]:
        known = "、".join(one.zh for one in TICKET_KINDS.values())
        says = f"没有“{unknown[0][:40]}”这种工单。"
        doubts.append(malformed("适用的种类", says, f"可选：{known}。"))
    return doubts


def _add(row: Article, told: ArticleText, by: Seat) -> ArticleVersion:
    """The next version, waiting for a review; the article shows it where none is published yet."""
    now = clock.now()
    row.newest += 1
    version = ArticleVersion.objects.create(
        article=row,
        number=row.newest,
        title=one_line(told.title)[:TITLE],
        symptom=many_lines(told.symptom, LONGEST),
        cause=many_lines(told.cause, LONGEST),
        steps=[*lines_of(told.steps)],
        tests=[*lines_of(told.tests)],
        kinds=[*dict.fromkeys(told.kinds)],
        system=one_line(told.system)[:SHORT],
        why=one_line(told.why)[:SHORT],
        author=by.username,
        author_name=by.name,
        written_at=now,
        state=VersionState.WAITING,
    )
    if not row.current:
        _show(row, told)
    row.changed_at = now
    row.save()
    _audit("article.written", row, by, {"version": version.number}, version.why)
    return version


def _text(version: ArticleVersion) -> ArticleText:
    return ArticleText(
        version.title,
        version.symptom,
        version.cause,
        version.steps,
        version.tests,
        version.kinds,
        version.system,
    )


def _show(row: Article, told: ArticleText) -> None:
    """The columns that repeat the version that lists show."""
    row.title, row.system = one_line(told.title)[:TITLE], one_line(told.system)[:SHORT]
    row.kinds = [*dict.fromkeys(told.kinds)]
    texts = (told.system, told.symptom, told.cause, *told.steps, *told.tests)
    row.words = knowledge.words_of(row.title, texts, row.kinds)


def _audit(act: str, row: Article, by: Seat, after: dict[str, object], said: str = "") -> None:
    about = f"{row.name} {row.title}"[:200]
    audit(act, by=by, contract_id=row.contract_id, about=about, after=after, reason=said[:500])
