"""记录: papers, bans, people, quantities, rights, payments, grades and duties, each judged by the records there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from lvyue.core.book import each, within
from lvyue.core.calendar import Deadline, deadline
from lvyue.core.deadlines import after_event
from lvyue.core.facts import Fact
from lvyue.core.findings import Case, Finding, blocked, finding_of, span_of, zh
from lvyue.core.instalments import Instalment, PaymentState
from lvyue.core.obligation import Verdict
from lvyue.core.terms import (
    Anchor,
    DeadlineAfterEvent,
    Deliverable,
    Duty,
    Entitlement,
    Event,
    GradeCap,
    LateInterest,
    Penalty,
    Permission,
    Prohibition,
    Staffing,
    Term,
)


def deliverable(term: Deliverable, case: Case) -> Iterator[Finding]:
    event = Event("deliverable.submitted", (("deliverable", term.name),))
    facts = list(case.book.all(event))
    if (stopped := blocked(term, case)) is not None:
        yield stopped._replace(
            because=f"{stopped.because}；已提交 {len(facts)} 份",
            facts=tuple(f.id for f in facts),
        )
        return
    origin = case.book.first(term.after) if isinstance(term.after, Event) else None
    due, due_line = _deliverable_due(term, case, origin)
    ids = () if origin is None else (origin.id,)
    for number in range(term.times):
        label = f"第{number + 1}份" if term.times > 1 else ""
        fact = facts[number] if number < len(facts) else None
        shared: dict[str, object] = {
            "occurrence": label,
            "due": due,
            "deadline": due_line,
            "facts": ids,
        }
        if fact is not None:
            shared["facts"] = (*ids, fact.id)
            if due is not None and fact.day > due:
                yield finding_of(term, case, Verdict.LATE, f"{fact.day} 提交，晚于 {due}", **shared)
            else:
                yield finding_of(term, case, Verdict.MET, f"{fact.day} 提交", **shared)
        elif due is not None and due < case.as_of:
            claim = (case.claim(event, None, due, besides=within(facts, None, due)),)
            yield finding_of(
                term, case, Verdict.MISSED, f"应于 {due} 前提交", absent=claim, **shared
            )
        elif due is not None:
            yield finding_of(term, case, Verdict.NOT_DUE, f"应于 {due} 前提交", **shared)
        elif isinstance(term.after, Event) and origin is None:
            yield finding_of(
                term, case, Verdict.NOT_TRIGGERED, f"尚未发生：{zh(term.after)}", **shared
            )
        else:
            ended = case.release.period.end is not None and case.release.period.end < case.as_of
            verdict = Verdict.NOT_DECIDABLE if ended or term.by is not None else Verdict.NOT_DUE
            yield finding_of(term, case, verdict, "合同没有写明提交时间，尚无提交记录", **shared)


def _deliverable_due(
    term: Deliverable, case: Case, origin: Fact | None
) -> tuple[date | None, Deadline | None]:
    if term.by is not None:
        return case.anchor(term.by), None
    start = None if origin is None else origin.day
    if isinstance(term.after, Anchor):
        start = case.anchor(term.after)
    if start is None:
        return None, None
    span, _ = span_of(term.within, case, start)
    if span is None:
        return None, None
    line = deadline(start, span, case.calendar)
    return line.due_day, line


def _breaches(term: Term, case: Case, facts: Sequence[Fact]) -> Iterator[Finding]:
    for label, fact in each(facts):
        yield finding_of(
            term,
            case,
            Verdict.MISSED,
            f"{fact.day} 有违反记录",
            occurrence=label,
            facts=(fact.id,),
            happened=fact.day,
        )


def prohibition(term: Prohibition, case: Case) -> Iterator[Finding]:
    if (stopped := blocked(term, case)) is not None:
        yield stopped
        return
    breach = term.breach or Event("duty.breached", (("term", term.id),))
    facts = case.book.all(breach)
    if facts:
        yield from _breaches(term, case, facts)
        return
    attested = case.book.about("duty.attested", term.id)
    if attested:
        says = f"{attested[-1].day} 声明遵守；没有检测手段，声明不等于证明"
        yield finding_of(term, case, Verdict.ATTESTED_ONLY, says, facts=(attested[-1].id,))
        return
    yield finding_of(term, case, Verdict.NOT_TRIGGERED, "没有违反记录；沉默不等于证明遵守")


def staffing(term: Staffing, case: Case) -> Iterator[Finding]:
    event = Event("staff.counted", (("post", term.post),))
    facts = case.book.all(event)
    if (stopped := blocked(term, case)) is not None:
        yield stopped
        return
    if not facts:
        yield finding_of(term, case, Verdict.NOT_TRIGGERED, f"尚无“{term.post}”在岗记录")
    for label, fact in each(facts):
        present = fact.data["present"]
        shared: dict[str, object] = {
            "occurrence": label,
            "facts": (fact.id,),
            "happened": fact.day,
        }
        if term.count is None:
            says = f"在岗 {present} 人；合同没有写明人数，不判违约"
            yield finding_of(term, case, Verdict.NOT_DECIDABLE, says, **shared)
        elif present >= term.count:
            yield finding_of(
                term,
                case,
                Verdict.MET,
                f"{term.post}在岗 {present} 人，应有 {term.count} 人",
                **shared,
            )
        else:
            says = (
                f"{term.post}在岗 {present} 人，应有 {term.count} 人，缺 {term.count - present} 人"
            )
            yield finding_of(term, case, Verdict.MISSED, says, **shared)


def entitlement(term: Entitlement, case: Case) -> Finding:
    if (stopped := blocked(term, case)) is not None:
        return stopped
    facts = case.book.all(Event("resource.provided", (("item", term.item),)))
    if not facts:
        return finding_of(term, case, Verdict.NOT_TRIGGERED, f"尚无“{term.item}”交付记录")
    fact = facts[-1]
    shared: dict[str, object] = {"facts": (fact.id,)}
    if term.quantity is None:
        return finding_of(term, case, Verdict.NOT_DECIDABLE, "合同没有写明数量", **shared)
    quantity = fact.data["quantity"]
    says = f"{fact.day} 已提供 {quantity} {term.unit}，应有 {term.quantity} {term.unit}"
    verdict = Verdict.MET if quantity >= term.quantity else Verdict.MISSED
    return finding_of(term, case, verdict, says, **shared)


def permission(term: Permission, case: Case) -> Finding:
    """A right is met once its condition holds; whether to use it is a person's decision, recorded as a fact."""
    used = case.book.about("right.exercised", term.id)
    if used:
        says = f"{used[-1].day} 已行使（{used[-1].data['paper']}）"
        return finding_of(term, case, Verdict.MET, says, facts=(used[-1].id,))
    if (stopped := blocked(term, case)) is not None:
        return stopped
    holder = term.debtor.zh
    if term.opens is None:
        return finding_of(term, case, Verdict.NOT_TRIGGERED, f"{holder}可随时行使，尚未行使")
    facts = case.book.all(term.opens)
    sure = [fact for fact in facts if not fact.data.get("disputed", False)]
    ids = tuple(fact.id for fact in facts)
    times = len({(fact.subject or fact.id, fact.day) for fact in sure})
    if times < term.at_least <= len(sure):
        says = f"记录 {len(sure)} 条，同一对象同一天的只算一次是 {times} 次，是否满 {term.at_least} 次由人认定"
        return finding_of(term, case, Verdict.NOT_DECIDABLE, says, facts=ids)
    if len(sure) >= term.at_least:
        says = (
            f"条件已成就（{len(sure)} 次，约定 {term.at_least} 次以上）；是否行使由{holder}书面决定"
        )
        return finding_of(term, case, Verdict.MET, says, facts=ids)
    if len({(fact.subject or fact.id, fact.day) for fact in facts}) >= term.at_least:
        says = f"记录 {len(facts)} 次，其中 {len(facts) - len(sure)} 次有异议，未决前无法判定"
        return finding_of(term, case, Verdict.NOT_DECIDABLE, says, facts=ids)
    says = f"{zh(term.opens)} {len(sure)} 次，满 {term.at_least} 次时权利成立"
    return finding_of(term, case, Verdict.NOT_TRIGGERED, says, facts=ids)


def payment(one: Instalment, case: Case) -> Finding:
    verdict = {
        PaymentState.NOT_TRIGGERED: Verdict.NOT_TRIGGERED,
        PaymentState.DUE: Verdict.NOT_DUE,
        PaymentState.LATE: Verdict.MISSED,
        PaymentState.NOT_DECIDABLE: Verdict.NOT_DECIDABLE,
        PaymentState.PAID: Verdict.MET,
    }[one.state]
    late = one.due_day is not None and one.settled_on is not None and one.settled_on > one.due_day
    finding = finding_of(
        one.term,
        case,
        Verdict.LATE if verdict is Verdict.MET and late else verdict,
        one.because,
        due=one.due_day,
        facts=one.facts,
        deadline=one.due,
        inputs=(one.amount.proof,) if one.amount is not None else (),
    )
    return finding._replace(absent=one.absent(case.book.size, case.as_of))


def consequence(term: LateInterest | Penalty, case: Case) -> Finding:
    """Consequences are priced in the settlement; here they only say whether anybody has claimed them."""
    if isinstance(term, LateInterest):
        return finding_of(term, case, Verdict.NOT_TRIGGERED, "随逾期付款在结算中逐日计算")
    claims = [
        fact
        for fact in case.book.all(Event("damages.claimed"))
        if term in case.release.penalties_named(fact.data["clause"])
    ]
    if not claims:
        return finding_of(term, case, Verdict.NOT_TRIGGERED, "尚无人主张")
    if (stopped := blocked(term, case, facts=tuple(f.id for f in claims))) is not None:
        return stopped
    says = f"{claims[-1].day} 已主张，金额见结算；是否承担由双方或法院确定"
    return finding_of(term, case, Verdict.NOT_DECIDABLE, says, facts=tuple(f.id for f in claims))


def grade(term: GradeCap, case: Case) -> Finding:
    if (stopped := blocked(term, case)) is not None:
        return stopped
    if not term.grades:
        return finding_of(term, case, Verdict.NOT_DECIDABLE, "合同没有写明考核等级与付款比例")
    facts = case.book.all(Event("assessment.graded"))
    if not facts:
        return finding_of(term, case, Verdict.NOT_TRIGGERED, "尚无考核定级")
    fact = facts[-1]
    known = any(grade.name == fact.data["grade"] for grade in term.grades)
    says = f"{fact.day} 考核定级：{fact.data['grade']}" + (
        "" if known else "；合同没有约定该等级如何付款"
    )
    return finding_of(
        term, case, Verdict.MET if known else Verdict.NOT_DECIDABLE, says, facts=(fact.id,)
    )


def duty(term: Duty, case: Case) -> Iterator[Finding]:
    if term.trigger is not None and term.done is not None:
        yield from _measured_duty(term, term.trigger, term.done, case)
        return
    if (stopped := blocked(term, case)) is not None:
        yield stopped
        return
    breaches = case.book.about("duty.breached", term.id)
    if breaches:
        yield from _breaches(term, case, breaches)
        return
    done = (
        case.book.all(term.done)
        if term.done is not None
        else case.book.about("duty.performed", term.id)
    )
    if done:
        says = f"{done[-1].day} 有履行记录；合同没有数字，是否足够由人判断"
        yield finding_of(term, case, Verdict.ATTESTED_ONLY, says, facts=(done[-1].id,))
        return
    attested = case.book.about("duty.attested", term.id)
    if attested:
        yield finding_of(
            term,
            case,
            Verdict.ATTESTED_ONLY,
            f"{attested[-1].day} 声明履行",
            facts=(attested[-1].id,),
        )
        return
    yield finding_of(term, case, Verdict.NOT_TRIGGERED, "尚无记录")


def _measured_duty(term: Duty, trigger: Event, done: Event, case: Case) -> Iterator[Finding]:
    """A duty of a vague word: elapsed time is shown; only an agreed number can make it met or late."""
    deadline_term = DeadlineAfterEvent(
        id=term.id,
        clauses=term.clauses,
        debtor=term.debtor,
        says=term.says,
        doubts=term.doubts,
        triggers=(trigger,),
        done=(done,),
        within=term.within,
        until=term.until,
    )
    yield from after_event(deadline_term, case, term.promptly)
