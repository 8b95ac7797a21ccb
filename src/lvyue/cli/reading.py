"""阅读: a contract on paper read, linted and compared, before anybody has registered anything. No database is needed."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, say
from lvyue.core.doubts import Doubt, Refused, Severity, malformed
from lvyue.intake.child import read_apart
from lvyue.intake.files import check_file, read_file
from lvyue.intake.kinds import FileKind, kind_of
from lvyue.obligations.wording import cite
from lvyue.reading import comparison as comparing
from lvyue.reading import report
from lvyue.reading.comparison import Change, ClauseChange, Comparison
from lvyue.reading.linter import PaperDoubt
from lvyue.reading.reading import Reading, read
from lvyue.reading.source import Source, SourceKind
from lvyue.reading.wording import RunKind

Progress = Callable[[int, int], None]

#: a file is a path that need not exist: what is wrong with it is told in words, and the other files are still read
_FILE = click.Path(path_type=Path)


@dataclass(slots=True)
class Stopwatch:
    """计时: the seconds of each stage, the last one until it is stopped."""

    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str = ""
    _since: float = 0.0

    def tick(self, stage: str) -> None:
        now = perf_counter()
        if self._stage:
            self.seconds[self._stage] = now - self._since
        self._stage, self._since = stage, now

    def stop(self) -> dict[str, float]:
        self.tick("")
        return self.seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """读入结果: a file with what was read of it, or why it was refused, and how long it took."""

    path: Path
    reading: Reading | None
    refused: tuple[Doubt, ...]
    timings: dict[str, float]

    @property
    def seconds(self) -> float:
        return sum(self.timings.values())


def _outcome(path: Path, progress: Progress | None = None) -> Outcome:
    """Read one file; what cannot be read is an answer too."""
    watch = Stopwatch()
    watch.tick("intake")
    try:
        source = _source(path, progress)
    except Refused as refused:
        return Outcome(path, None, refused.doubts, watch.stop())
    reading = read(source, tick=watch.tick)
    return Outcome(path, reading, (), watch.stop())


def _source(path: Path, progress: Progress | None) -> Source:
    """Plain text is read here; every other format is taken apart in a process that may die."""
    check_file(path, path.name)
    if kind_of(path.read_bytes()) is FileKind.TEXT:
        return read_file(path, progress=progress)
    return read_apart(path, progress=progress)


def _read_one(path: Path) -> Reading:
    """Read one file or raise ``Refused``."""
    outcome = _outcome(path)
    if outcome.reading is None:
        raise Refused(outcome.refused)
    return outcome.reading


# ── read ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@click.command("read")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--progress", is_flag=True, help="在标准错误输出上显示进度。")
@as_json
@refusals
def read_command(*, files: tuple[Path, ...], progress: bool, json_: bool) -> None:
    """阅读：把合同原文（文本、docx、PDF、扫描件、xlsx）拆成条款、表格、约定和疑义；给文件夹则逐份读，列出汇总。"""
    single = len(files) == 1 and not files[0].is_dir()
    paths = [files[0]] if single else list(_all_files(files))
    if not paths:
        raise Refused([_nothing(files)])
    outcomes = list(_outcomes(paths, shown=progress or not single, pages=single))
    if single and outcomes[0].reading is None:
        raise Refused(outcomes[0].refused)
    if json_:
        answers = [_answer(outcome) for outcome in outcomes]
        say(answers[0] if single else answers)
    elif single:
        _print_reading(outcomes[0])
    else:
        _print_summary(outcomes)
    if all(outcome.reading is None for outcome in outcomes):
        raise SystemExit(2)


def _nothing(files: Sequence[Path]) -> Doubt:
    return malformed(str(files[0]), "文件夹里没有可读的文件。", "请放入合同原文，再读一次。")


def _all_files(files: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, by name; hidden ones are left alone."""
    for path in files:
        if path.is_dir():
            yield from sorted(
                one
                for one in path.rglob("*")
                if one.is_file()
                and not any(part.startswith(".") for part in one.relative_to(path).parts)
            )
        else:
            yield path


def _outcomes(paths: Sequence[Path], *, shown: bool, pages: bool) -> Iterator[Outcome]:
    """Read them one after another; the bar counts files, or the pages of a single one."""
    if not shown:
        yield from (_outcome(path) for path in paths)
        return
    if pages:
        with _page_bar(paths[0].name) as progress:
            yield _outcome(paths[0], progress)
        return
    with click.progressbar(length=len(paths), label="读入", file=sys.stderr) as bar:
        for path in paths:
            yield _outcome(path)
            bar.update(1)


@contextmanager
def _page_bar(name: str) -> Iterator[Progress]:
    with click.progressbar(length=1, label=name, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


def _answer(outcome: Outcome) -> dict[str, Any]:
    if outcome.reading is None:
        return {
            "source": {"name": outcome.path.name},
            "refused": [str(doubt) for doubt in outcome.refused],
        }
    return report.as_json(outcome.reading, outcome.timings)


# ── for a person ─────────────────────────────────────────────────────────────────────────────────────────────────


def width(text: str) -> int:
    """How many columns a terminal gives it: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, columns: int) -> str:
    return text + " " * max(columns - width(text), 0)


def cut(text: str, columns: int) -> str:
    """At most so many columns, with … where something is left out."""
    if width(text) <= columns:
        return text
    kept, used = "", 0
    for char in text:
        used += width(char)
        if used > columns - 1:
            break
        kept += char
    return kept + "…"


def table(rows: Sequence[Sequence[str]], most: int = 44) -> list[str]:
    """Rows under each other, the first being the head; every column as wide as its widest cell."""
    cells = [[cut(cell, most) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in cells) for i in range(len(cells[0]))]
    return [
        "  ".join(padded(cell, columns) for cell, columns in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _print_summary(outcomes: Sequence[Outcome]) -> None:
    rows = [["文件", "种类", "页", "条款", "约定", "阻断", "待确认", "提示", "秒", "未读原因"]]
    rows.extend(_summary(outcome) for outcome in outcomes)
    click.echo("\n".join(table(rows)))
    refused = sum(outcome.reading is None for outcome in outcomes)
    click.echo(f"共 {len(outcomes)} 份，读出 {len(outcomes) - refused} 份，未读 {refused} 份。")


def _summary(outcome: Outcome) -> list[str]:
    seconds = f"{outcome.seconds:.2f}"
    if outcome.reading is None:
        why = "；".join(doubt.says.rstrip("。") for doubt in outcome.refused)
        return [outcome.path.name, "", "", "", "", "", "", "", seconds, why]
    reading = outcome.reading
    source, counts = reading.paper.text.source, _counts(reading)
    return [
        outcome.path.name,
        source.kind.zh,
        str(len(source.pages) or ""),
        str(len(reading.paper.outline.nodes)),
        str(len(reading.candidates)),
        *(str(counts[severity]) for severity in Severity),
        seconds,
        "",
    ]


def _counts(reading: Reading) -> Counter[Severity]:
    return Counter(doubt.severity for doubt in reading.doubts)


def _print_reading(outcome: Outcome) -> None:
    reading = outcome.reading
    if reading is None:
        return
    source = reading.paper.text.source
    pages = f"，{len(source.pages)} 页" if source.pages else ""
    click.echo(
        f"{source.name}  {source.kind.zh}{pages}，{source.characters} 字，{outcome.seconds:.2f} 秒"
    )
    answer = report.as_json(reading)
    for label, value in _facts(answer):
        click.echo(f"  {padded(label, 12)}{value or '（没有读出）'}")
    click.echo()
    click.echo("\n".join(_parts(reading)))
    click.echo()
    _print_doubts(reading, brief=True)


def _facts(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Identity and money as they were read."""
    identity, price, period = answer["identity"], answer["price"], answer["period"]
    yield "合同名称", identity["title"] or ""
    yield "合同编号", identity["contract_no"] or ""
    names = {"buyer": "甲方", "supplier": "乙方"}
    for party in answer["parties"]:
        if party["role"] in names:
            yield names[party["role"]], party["name"] or ""
    yield "签署", identity["signed_on"] or ""
    days = f"{period['start'] or '？'} 至 {period['end'] or '？'}"
    yield "期限", days if period["start"] or period["end"] else (period["raw"] or "")
    yield "价款", _yuan(price["fen"]) + (f"  {price['words']}" if price["words"] else "")
    for one in answer["payment"]:
        share = f"{one['percent']}%" if one["percent"] else "余款"
        days = (
            f"{one['within']} {_UNITS.get(one['unit'] or '', '')}" if one["within"] else "天数未写"
        )
        amount = f"  {_yuan(one['fen'])}" if one["fen"] is not None else ""
        yield f"第 {one['n']} 期", f"{share}{amount}  {days}"
    if answer["grades"]:
        yield (
            "等级",
            "、".join(
                f"{one['name']} {one['percent']}%{'' if one['exact'] else ' 上限'}"
                for one in answer["grades"]
            ),
        )


_UNITS = {
    "minutes": "分钟",
    "hours": "小时",
    "calendar-days": "日",
    "working-days": "个工作日",
    "weeks": "周",
    "months": "个月",
    "years": "年",
}


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"¥{fen // 100:,}.{fen % 100:02d}"


def _parts(reading: Reading) -> list[str]:
    nodes = Counter(node.ref.document for node in reading.paper.outline.nodes)
    terms = Counter(one.clause.document for one in reading.candidates)
    tables = Counter(one.clause.document for one in reading.paper.tables.values() if one.clause)
    rows = [["部分", "条款", "约定", "表"]]
    for part in reading.paper.outline.parts:
        if nodes[part.name]:
            counts = (nodes[part.name], terms[part.name], tables[part.name])
            title = "正文" if part.name == "main" else part.name
            rows.append([title, *(str(number) for number in counts)])
            nodes[part.name] = 0
    return table(rows)


def _print_doubts(reading: Reading, *, brief: bool) -> None:
    counts = _counts(reading)
    click.echo("疑义：" + "，".join(f"{severity.zh} {counts[severity]}" for severity in Severity))
    for severity in Severity:
        doubts = [doubt for doubt in reading.doubts if doubt.severity is severity]
        if brief and severity is Severity.NOTE:
            continue
        for doubt in doubts:
            click.echo(f"{severity.zh}  {_where(reading, doubt)}  {doubt.says}")
            if not brief:
                click.echo(f"      暂按：{doubt.safe}")
                click.echo(f"      处理：{doubt.mend}")
    if brief and counts[Severity.NOTE]:
        click.echo("提示逐条见 lvyue lint。")


def _where(reading: Reading, doubt: PaperDoubt) -> str:
    """The first clause and the line or page; how many more there are."""
    clause = cite(str(doubt.clauses[0])) if doubt.clauses else "全文"
    place = next((place for span in doubt.spans[:1] for place in reading.paper.places(span)), None)
    more = len(doubt.clauses) - 1
    return (
        clause
        + (f"（{place}）" if place is not None and reading.paper.text.source.kind is not SourceKind.DOCX else "")
        + (f" 等 {more + 1} 处" if more > 0 else "")
    )  # fmt: skip


# ── lint ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@click.command("lint")
@click.argument("file", type=_FILE)
@as_json
@refusals
def lint_command(*, file: Path, json_: bool) -> None:
    """体检：合同里的空白、矛盾、笔误和缺失的文件，各在哪里、暂按什么、怎样解决。有阻断的，退出状态为 1。"""
    reading = _read_one(file)
    if json_:
        say(report.doubts_as_json(reading))
    else:
        _print_doubts(reading, brief=False)
    if _counts(reading)[Severity.BLOCK]:
        raise SystemExit(1)


# ── compare ──────────────────────────────────────────────────────────────────────────────────────────────────────


@click.command("compare")
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@as_json
@refusals
def compare_command(*, before: Path, after: Path, json_: bool) -> None:
    """对比：两份合同或两个版本，逐条按内容（不按编号）找出移动、改动、新增和删去，以及数值的不同。"""
    old, new = _read_one(before), _read_one(after)
    found = comparing.compare(old, new)
    if json_:
        say(comparing.as_json(found, old, new))
    else:
        _print_comparison(found)


def _print_comparison(found: Comparison) -> None:
    counts = found.count()
    click.echo("条款：" + "，".join(f"{change.zh} {counts[change]}" for change in Change))
    if found.values:
        rows = [["不同的数值", "前", "后", "条款"]]
        rows.extend(
            [
                one.what,
                one.before or "（无）",
                one.after or "（无）",
                _refs(one.clause_before, one.clause_after),
            ]
            for one in found.values
        )
        click.echo("\n".join(table(rows)))
    for one in found.of(
        Change.CHANGED, Change.MOVED_CHANGED, Change.NEW, Change.LOST, Change.MOVED
    ):
        click.echo(f"{one.change.zh}  {_sides(one)}")
        if one.change is not Change.MOVED:
            click.echo("    " + cut(_marked(one), 400))


def _refs(before: object, after: object) -> str:
    if before == after or after is None or before is None:
        return cite(str(after if after is not None else before or ""))
    return f"{cite(str(before))} → {cite(str(after))}"


def _sides(one: ClauseChange) -> str:
    return _refs(one.before.ref if one.before else None, one.after.ref if one.after else None)


def _marked(one: ClauseChange) -> str:
    """Removed words in 〔-…-〕, added ones in 〔+…+〕; long kept stretches are shortened."""
    pieces = []
    for run in one.runs:
        text = run.text.replace("\n", " ")
        if run.kind is RunKind.KEPT:
            pieces.append(text if len(text) <= _KEPT else f"{text[:8]}…{text[-8:]}")
        else:
            sign = "-" if run.kind is RunKind.REMOVED else "+"
            pieces.append(f"〔{sign}{text}{sign}〕")
    return "".join(pieces)


#: kept stretches longer than this are shortened in the terminal
_KEPT = 24
