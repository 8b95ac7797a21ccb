"""命令行: the same questions as the pages, for a terminal and for scripts.

Every command that answers takes ``--json``. What cannot be done is told in Chinese on standard error with place and remedy, and the exit
status is 2. Commands that need no database start without one.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from lvyue.cli import contract
from lvyue.cli.amend import amend
from lvyue.cli.answers import as_json, refusals, refuse, say, with_django
from lvyue.cli.audit import audit
from lvyue.cli.desk import desk
from lvyue.cli.duty import duty
from lvyue.cli.jobs import jobs
from lvyue.cli.letters import letters
from lvyue.cli.notices import notices
from lvyue.cli.people import people
from lvyue.cli.permissions import disclosures_command, may_command, who_command
from lvyue.cli.providers import providers
from lvyue.cli.read_queue import read_queue
from lvyue.cli.reading import compare_command, lint_command, read_command
from lvyue.cli.refresh import refresh
from lvyue.cli.remind import remind
from lvyue.cli.remote import remote
from lvyue.cli.search import search
from lvyue.cli.statements import difference, what_if
from lvyue.cli.work import work
from lvyue.core import words as amount_words
from lvyue.core.calendar import Calendar, Deadline, Span, Unit, deadline
from lvyue.core.facts import KINDS, parse_at, schema
from lvyue.core.money import Money, UnreadableMoney
from lvyue.core.obligation import Verdict
from lvyue.core.release import Release
from lvyue.core.statement import Statement, state
from lvyue.evidence.files import read_facts
from lvyue.library import calendar_files, loader

calendar_folder = click.option(
    "--calendars",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="LVYUE_CALENDARS",
    help="存放补充日历文件（*.json）的文件夹。",
)


class _Day(click.ParamType[date]):
    """A day as YYYY-MM-DD."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        at = parse_at(value)
        if isinstance(at, datetime):
            self.fail(f"“{value}”应只写到日，例如 2026-12-31。", param, ctx)
        if isinstance(at, str):
            self.fail(at, param, ctx)
        return at


class _DayOrMoment(click.ParamType[date]):
    """A day, or a moment with its offset."""

    name = "日期或时刻"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        at = parse_at(value)
        if isinstance(at, str):
            self.fail(at, param, ctx)
        return at


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lvyue", message="%(prog)s %(version)s")
def main() -> None:
    """履约 Lvyue：把政府信息化运维合同变成工作、证据和结算。

    Turns a government IT operations contract into work, evidence and money.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lvyue.project.settings")


people.add_command(providers)
main.add_command(people)
main.add_command(may_command)
main.add_command(who_command)
main.add_command(disclosures_command)
main.add_command(audit)
main.add_command(amend)
main.add_command(refresh)
main.add_command(remind)
main.add_command(letters)
main.add_command(desk)
main.add_command(duty)
main.add_command(remote)
main.add_command(search)
main.add_command(read_queue)
main.add_command(notices)
main.add_command(work)
main.add_command(jobs)
main.add_command(difference)
main.add_command(what_if)
main.add_command(read_command)
main.add_command(lint_command)
main.add_command(compare_command)
for command in (
    contract.today,
    contract.doubts,
    contract.parameters,
    contract.papers,
    contract.settlement,
    contract.statements,
):
    main.add_command(command)


# ── calendar and words ───────────────────────────────────────────────────────────────────────────────────────────


@main.command("deadline")
@click.option("--start", type=_DayOrMoment(), required=True, help="起算日或带时区的时刻。")
@click.option("--within", type=click.IntRange(0, 100_000), required=True, help="期间的数量。")
@click.option(
    "--unit", type=click.Choice([unit.value for unit in Unit]), required=True, help="期间的单位。"
)
@click.option("--before", is_flag=True, help="往前数：最迟何时（提前期）。")
@click.option("--known-on", type=_Day(), help="只用到这一天已公布的放假通知。")
@calendar_folder
@as_json
@refusals
def deadline_command(
    *,
    start: date,
    within: int,
    unit: str,
    before: bool,
    known_on: date | None,
    calendars: Path | None,
    json_: bool,
) -> None:
    """到期日：起算之后（或之前）若干工作日、自然日、周、月、小时，逐日列明。"""
    if Unit(unit).is_clock and not isinstance(start, datetime):
        refuse(
            [f"按小时、分钟计的期间从时刻起算：--start 请写到时刻，例如 {start}T09:00:00+08:00。"]
        )
    calendar = calendar_files.default_calendar(known_on, calendars)
    line = deadline(start, Span(within, Unit(unit)), calendar, before=before)
    if json_:
        say(_deadline(line, calendar))
        return
    click.echo(f"{line.due}" + ("（暂定）" if line.provisional else ""))
    if line.strict != line.due:
        click.echo(f"严格日期 {line.strict}，按民法典第二百零三条顺延")
    for step in line.steps:
        number = "" if step.counted is None else str(step.counted)
        click.echo(f"  {step.day}  {number:>4}  {step.kind.chinese}  {step.note}".rstrip())


def _deadline(line: Deadline, calendar: Calendar) -> dict[str, Any]:
    return {
        "start": line.start.isoformat(),
        "within": line.span.count,
        "unit": line.span.unit.value,
        "before": line.before,
        "due": line.due.isoformat(),
        "strict": line.strict.isoformat(),
        "provisional": line.provisional,
        "calendar": calendar.digest,
        "steps": [
            {
                "day": step.day.isoformat(),
                "kind": step.kind.value,
                "counted": step.counted,
                "note": step.note,
            }
            for step in line.steps
        ],
    }


@main.command("words")
@click.argument("amount")
@click.option("--parse", is_flag=True, help="把大写金额读成数字。")
@as_json
@refusals
def words_command(*, amount: str, parse: bool, json_: bool) -> None:
    """大写金额：数字（元）与大写互换，例如 1856000 与 壹佰捌拾伍万陆仟元整。"""
    try:
        money = amount_words.from_words(amount) if parse else Money.parse(amount)
    except UnreadableMoney as error:
        refuse([str(error)])
    text = amount_words.in_words(money)
    if json_:
        say({"fen": money.fen, "words": text})
    else:
        click.echo(f"{money}  {text}")


# ── contracts and facts ──────────────────────────────────────────────────────────────────────────────────────────


@main.command("contracts")
@as_json
@refusals
def contracts_command(*, json_: bool) -> None:
    """合同：文库中的合同版本、条款数、约定与疑义。"""
    releases = [loader.load(one) for one in loader.release_ids()]
    if json_:
        say([_contract(release) for release in releases])
        return
    for release in releases:
        doubts = release.count_doubts()
        click.echo(f"{release.id}  {release.title}  {release.price}")
        click.echo(
            f"  条款 {len(release.clauses)}，约定 {len(release.terms)}，"
            f"疑义：阻断 {doubts['block']}、待确认 {doubts['confirm']}、提示 {doubts['note']}"
        )


def _contract(release: Release) -> dict[str, Any]:
    return {
        "id": release.id,
        "title": release.title,
        "number": release.number,
        "price_fen": release.price.fen,
        "period": {
            "start": release.period.start.isoformat() if release.period.start else None,
            "end": release.period.end.isoformat() if release.period.end else None,
        },
        "clauses": len(release.clauses),
        "terms": release.count_terms(),
        "parameters": len(release.parameters),
        "doubts": release.count_doubts(),
        "release": release.digest,
    }


@main.command("statement")
@click.argument("contract")
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="事实文件：每行一个 JSON。",
)
@click.option("--as-of", type=_Day(), required=True, help="截至哪一天（含当日）。")
@click.option("--size", type=click.IntRange(min=0), help="只用前多少条事实（当时所知）。")
@click.option("--known-on", type=_Day(), help="只用到这一天已公布的放假通知。")
@calendar_folder
@as_json
@refusals
def statement_command(  # the options of a statement are its coordinates
    *,
    contract: str,
    facts: Path,
    as_of: date,
    size: int | None,
    known_on: date | None,
    calendars: Path | None,
    json_: bool,
) -> None:
    """履约情况表：截至某日，哪些已履行、迟延、未履行、无法判定，应付多少。"""
    statement = _statement(
        contract, facts, as_of, size, calendar_files.default_calendar(known_on, calendars)
    )
    if json_:
        say(statement.as_json())
    else:
        _print_statement(statement)


def _statement(
    contract: str, facts: Path, as_of: date, size: int | None, calendar: Calendar
) -> Statement:
    release = loader.load(contract)
    prefix = read_facts(facts, size)
    return state(release, prefix.facts, calendar, as_of, size=prefix.size, root=prefix.root)


def _print_statement(statement: Statement) -> None:
    evaluation, settlement = statement.evaluation, statement.settlement
    click.echo(
        f"{evaluation.release.title}  截至 {evaluation.as_of}  日志 {evaluation.book.size} 条"
    )
    for verdict in (
        Verdict.MISSED,
        Verdict.LATE,
        Verdict.NOT_DECIDABLE,
        Verdict.SUSPENDED,
        Verdict.MET,
    ):
        for finding in (f for f in evaluation.findings if f.verdict is verdict):
            label = f" {finding.occurrence}" if finding.occurrence else ""
            click.echo(f"{verdict.mark} {verdict.zh}  {finding.clause}{label}  {finding.because}")
    click.echo("结算")
    for one in settlement.instalments:
        click.echo(f"  {one.state.zh}  {one.because}")
    for late in settlement.interest:
        click.echo(
            f"  逾期违约金  第{late.instalment}期  自 {late.start} 共 {late.days} 天  {late.figure.money}"
        )
    for claim in settlement.damages:
        click.echo(
            f"  {claim.proof.says}" + (f"；尚缺：{'、'.join(claim.needs)}" if claim.needs else "")
        )
    for stray in statement.strays:
        click.echo(f"  注意  {stray}")
    payable = "无法判定" if settlement.payable is None else str(settlement.payable)
    click.echo(f"  已付 {settlement.paid}，应付未付 {payable}")


@main.command("why")
@click.argument("contract")
@click.argument("term")
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="事实文件。",
)
@click.option("--as-of", type=_Day(), required=True, help="截至哪一天（含当日）。")
@click.option("--size", type=click.IntRange(min=0), help="只用前多少条事实（当时所知）。")
@calendar_folder
@as_json
@refusals
def why_command(
    *,
    contract: str,
    term: str,
    facts: Path,
    as_of: date,
    size: int | None,
    calendars: Path | None,
    json_: bool,
) -> None:
    """为什么：一条约定（编号或条款）的每个结论从哪里来。"""
    statement = _statement(
        contract, facts, as_of, size, calendar_files.default_calendar(None, calendars)
    )
    found = [f for f in statement.evaluation.findings if term in (f.term, str(f.clause))]
    if not found:
        refuse([f"这份合同没有约定“{term}”。请用 lvyue statement 查看约定编号与条款。"])
    if json_:
        say(
            [
                {
                    "occurrence": f.occurrence or None,
                    "proof": f.proof().as_json(),
                    "hash": f.proof().digest(),
                }
                for f in found
            ]
        )
    else:
        click.echo(
            "\n\n".join(f"{f.verdict.mark} {f.verdict.zh}\n{f.proof().show()}" for f in found)
        )


@main.group("facts")
def facts_group() -> None:
    """事实：种类、核对、查看、登记、更正与撤回。"""


for command in (contract.list_facts, contract.record, contract.correct, contract.withdraw):
    facts_group.add_command(command)


@facts_group.command("kinds")
@as_json
def kinds_command(*, json_: bool) -> None:
    """事实的种类、字段与 JSON Schema。"""
    if json_:
        say(
            [
                {
                    "kind": kind.name,
                    "zh": kind.zh,
                    "fields": [
                        {
                            "name": spec.name,
                            "zh": spec.zh,
                            "type": spec.type.value,
                            "required": spec.required,
                            "choices": list(spec.choices),
                        }
                        for spec in kind.fields
                    ],
                    "schema": schema(kind),
                }
                for kind in KINDS.values()
            ]
        )
        return
    for kind in KINDS.values():
        fields = "，".join(spec.name + ("" if spec.required else "?") for spec in kind.fields)
        click.echo(f"{kind.name:28} {kind.zh}  {{{fields}}}")


@facts_group.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
@refusals
def check_command(*, file: Path, json_: bool) -> None:
    """核对事实文件：逐行检查，给出条数与默克尔根。"""
    read = read_facts(file)
    if json_:
        say({"size": read.size, "root": read.root, "ignored": read.ignored})
    else:
        click.echo(f"{read.size} 条，重复忽略 {read.ignored} 条，根 {read.root}")


# ── library and calendars ────────────────────────────────────────────────────────────────────────────────────────


@main.group("library")
def library_group() -> None:
    """文库：合同版本文件。"""


@library_group.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--paper",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="合同原文（文本文件）：另查是否照录原文。",
)
@as_json
@refusals
def library_check(*, folder: Path, paper: Path | None, json_: bool) -> None:
    """核对一个合同版本文件夹：引用、编号、金额、冲突、个人信息。"""
    raw = loader.read_folder(folder)
    release = loader.structure(raw)
    if paper is not None and (doubts := loader.quotations(raw, paper.read_text(encoding="utf-8"))):
        refuse(doubts)
    if json_:
        say(_contract(release))
        return
    click.echo(
        f"{release.id}：条款 {len(release.clauses)}，约定 {len(release.terms)}，版本 {release.digest}"
    )


@main.group("calendar")
def calendar_group() -> None:
    """日历：放假通知的版本。"""


@calendar_group.command("list")
@calendar_folder
@as_json
@refusals
def calendar_list(*, calendars: Path | None, json_: bool) -> None:
    """列出各年日历版本、发布日与哈希。"""
    releases = calendar_files.load_releases(calendars)
    if json_:
        say(
            [
                {
                    "year": one.year,
                    "notice": one.notice,
                    "issued": one.issued.isoformat() if one.issued else None,
                    "provisional": one.provisional,
                    "digest": one.digest,
                }
                for one in releases
            ]
        )
        return
    for one in releases:
        click.echo(
            f"{one.year}  {'暂定' if one.provisional else one.issued}  {one.notice or ''}  {one.digest[:16]}"
        )


# ── with the database ────────────────────────────────────────────────────────────────────────────────────────────


@main.command("register")
@click.argument("contract")
@click.option("--by", required=True, help="谁登记的。")
@refusals
def register_command(*, contract: str, by: str) -> None:
    """把文库中的一份合同登记为真实履行的合同（不是演示），并设立履约日志。"""
    import django
    from django.core.management import call_command

    release = loader.load(contract)
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from lvyue.contracts import actions as contracts
    from lvyue.evidence import actions as evidence

    body = loader.text_of(contract)
    contracts.register_release(
        contract, release.title, body, release.digest, by=by, demonstration=False
    )
    evidence.open_log(contract, by=by)
    click.echo(f"已登记 {release.title}，版本 {release.digest[:12]}。")


@main.command("import")
@click.argument("contract")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="谁导入的。")
@click.option("--dry-run", is_flag=True, help="只预览，不写入。")
@as_json
@refusals
def import_command(*, contract: str, file: Path, by: str, dry_run: bool, json_: bool) -> None:
    """把事实文件写入合同的履约日志：整份写入或整份拒绝。"""
    with_django()
    from lvyue.evidence import actions

    with file.open("rb") as lines:
        if dry_run:
            preview = actions.preview_facts(contract, lines, source=file.name)
            if json_:
                say([_preview(line) for line in preview.lines])
                raise SystemExit(2 if preview.count(actions.LineState.BAD) else 0)
            for line in preview.lines:
                click.echo(f"{line.number}  {line.state.zh}  {line.fact.id if line.fact else ''}")
                for doubt in line.doubts:
                    click.echo(f"    {doubt}", err=True)
            if preview.count(actions.LineState.BAD):
                raise SystemExit(2)
            return
        result = actions.import_facts(contract, lines, by=by, source=file.name)
    if json_:
        say(
            {
                "added": result.added,
                "ignored": result.ignored,
                "size": result.size,
                "root": result.root,
            }
        )
    else:
        click.echo(
            f"新增 {result.added} 条，已有 {result.ignored} 条，日志共 {result.size} 条，根 {result.root}"
        )


def _preview(line: Any) -> dict[str, Any]:
    return {
        "line": line.number,
        "state": line.state.value,
        "fact": line.fact.id if line.fact else None,
        "doubts": [str(doubt) for doubt in line.doubts],
    }


@main.group("log")
def log_group() -> None:
    """履约日志。"""


@log_group.command("verify")
@click.argument("contract")
@as_json
@refusals
def log_verify(*, contract: str, json_: bool) -> None:
    """重新计算日志的每个叶子与检查点。"""
    with_django()
    from lvyue.evidence import queries

    if doubts := queries.verify_log(contract):
        refuse(doubts)
    checkpoint = queries.checkpoint_at(contract)
    if json_:
        say({"contract": contract, "size": checkpoint.size, "root": checkpoint.root})
    else:
        click.echo(f"日志完好：{checkpoint.size} 条")


@main.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8000, show_default=True, help="监听端口。")
@click.option("--no-serve", is_flag=True, help="只装入演示数据，不启动服务。")
@refusals
def demo_command(*, host: str, port: int, no_serve: bool) -> None:
    """装入五份合同与演示事实，并在本机提供网页。"""
    from lvyue.cli.demo import demo

    demo(host, port, serve=not no_serve)
