"""编入索引: what a contract, its paper, its terms, its log, its files and its amendments have to be found by.

Four feeds, each with a mark of its own: the paper changes with a release, the log only grows, amendments are few. What
looks like a telephone, a mail address, an identity card, an account or a labelled name is starred before (SYS-01).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256

from django.db.models import Max, QuerySet

from lvyue.contracts import queries as register
from lvyue.contracts.choices import AmendmentState
from lvyue.core.facts import Fact
from lvyue.core.release import Release
from lvyue.evidence import queries as evidence
from lvyue.obligations.logbook import in_words, release_of
from lvyue.obligations.wording import KIND_ZH, anchor_of, cite, label_of
from lvyue.reading.personal import starred
from lvyue.search.choices import EntryKind, Whose
from lvyue.search.feeds import Feed, News, Row

# ── the paper: the contract, its clauses, tables, terms, doubts, parameters ──────────────────────────────────────


def _paper_marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    """The newest release and the newest text."""
    found = register.contracts().filter(pk__in=contract_ids)
    rows = found.annotate(release=Max("releases__sequence"), text=Max("texts__id"))
    return {
        pk: f"{release}:{text or 0}"
        for pk, release, text in rows.values_list("pk", "release", "text")
        if release is not None
    }


def _paper(contract_id: str, mark: str) -> News:  # noqa: ARG001  the whole paper anew
    now = _paper_marks([contract_id])[contract_id]
    return News(_rows_of(contract_id, release_of(contract_id)), now)


def _rows_of(contract_id: str, release: Release) -> Iterator[Row]:
    contract = register.contracts().get(pk=contract_id)
    names = "；".join(party.name for party in release.parties)
    about = f"{contract_id} {release.number or ''} {names} {release.price}"
    yield Row(EntryKind.CONTRACT, contract_id, contract.title, starred(about), release.effective)
    paper = register.paper_text(contract_id)
    texts = paper.paragraphs if paper is not None else {}
    for clause in release.clauses:
        title = f"{label_of(clause.ref, clause.printed)} {clause.heading}".strip()
        text = "\n".join([cite(str(clause.ref)), *texts.get(str(clause.ref), ())])
        yield Row(EntryKind.CLAUSE, anchor_of(clause.ref), title, starred(text))
    for table in release.tables:
        for number, row in enumerate(table.rows, 1):
            cells = "；".join(cell for cell in row.cells if cell)
            key = f"{anchor_of(table.clause)}|{table.id}-{number}"
            yield Row(EntryKind.CLAUSE, key, f"{table.title} 第 {row.row} 行", starred(cells))
    for term in release.terms:
        at = " ".join(cite(str(clause)) for clause in term.clauses)
        text = f"{at} {KIND_ZH[term.kind]} {term.debtor.zh} {term.en}"
        yield Row(EntryKind.TERM, term.id, starred(term.says), text)
    for doubt in release.doubts:
        at = " ".join(cite(str(clause)) for clause in doubt.clauses)
        yield Row(EntryKind.DOUBT, doubt.id, starred(doubt.says), f"{at} {doubt.mend}")
    for parameter in release.parameters:
        at = " ".join(cite(str(clause)) for clause in parameter.clauses)
        yield Row(EntryKind.PARAMETER, parameter.id, starred(parameter.says), at)


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _log_marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    sizes = evidence.sizes_of(contract_ids)
    return {contract_id: str(size) for contract_id, size in sizes.items() if size}


#: So many facts are brought in at a time: others write between two pieces.
_PIECE = 500


def _log(contract_id: str, mark: str) -> News:
    begin = int(mark or 0)
    size = evidence.sizes_of([contract_id]).get(contract_id, 0)
    end = min(begin + _PIECE, size)
    release = release_of(contract_id)
    facts = evidence.facts_between(contract_id, begin, end)
    rows = (_row_of(fact, release) for fact in facts)
    return News(rows, str(end), whole=False, last=end == size)


def _row_of(fact: Fact, release: Release) -> Row:
    view = in_words(fact, release)
    told = "；".join(f"{name}：{value}" for name, value in view.fields)
    title = f"{view.kind} {view.subject}".strip()
    return Row(
        EntryKind.FACT, fact.id, starred(title), starred(f"{fact.id} {fact.day} {told}"), fact.day
    )


# ── files and amendments ─────────────────────────────────────────────────────────────────────────────────────────


def _file_marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    return {pk: str(last) for pk, last in evidence.last_files(contract_ids).items()}


def _files(contract_id: str, mark: str) -> News:
    rows = evidence.files_after(contract_id, int(mark or 0))
    last = rows[-1].pk if rows else int(mark or 0)
    found = (
        Row(EntryKind.FILE, one.sha256, starred(one.name), one.sha256[:12], one.uploaded_at.date())
        for one in rows
    )
    return News(found, str(last), whole=False)


def _amendment_marks(contract_ids: Collection[str]) -> Mapping[str, str]:
    """Every step of an amendment changes its state, its version or its signatures."""
    marks: dict[str, list[str]] = {}
    for row in _amendments(contract_ids):
        marks.setdefault(row.contract_id, []).append(f"{row.number}{row.state[:2]}{row.version}")
    return {pk: _short(",".join(sorted(steps))) for pk, steps in marks.items()}


def _amendments(contract_ids: Collection[str]) -> QuerySet[register.Amendment]:
    found = register.all_amendments().filter(contract_id__in=contract_ids)
    return found.only("contract_id", "number", "state", "version")


def _short(text: str) -> str:
    return text if len(text) <= _MARK else sha256(text.encode()).hexdigest()


def _amendments_of(contract_id: str, mark: str) -> News:  # noqa: ARG001  all of them anew
    now = _amendment_marks([contract_id]).get(contract_id, "")
    rows = (
        Row(
            EntryKind.AMENDMENT,
            str(one.number),
            starred(f"第 {one.number} 号 {one.title}"),
            starred(
                f"{one.get_kind_display()} {one.get_state_display()} {one.paper}\n{one.reason}"
            ),
            one.effective,
            Whose(one.side) if one.state == AmendmentState.DRAFTED else Whose.ALL,
        )
        for one in register.amendments(contract_id)
    )
    return News(rows, now)


#: As long as the column of a mark.
_MARK = 200

FEEDS = (
    Feed(
        "paper",
        "合同文本",
        frozenset(
            {
                EntryKind.CONTRACT,
                EntryKind.CLAUSE,
                EntryKind.TERM,
                EntryKind.DOUBT,
                EntryKind.PARAMETER,
            }
        ),
        _paper_marks,
        _paper,
    ),
    Feed("log", "履约日志", frozenset({EntryKind.FACT}), _log_marks, _log),
    Feed("files", "证明文件", frozenset({EntryKind.FILE}), _file_marks, _files),
    Feed(
        "amendments", "补充协议", frozenset({EntryKind.AMENDMENT}), _amendment_marks, _amendments_of
    ),
)
