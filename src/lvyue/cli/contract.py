"""登记簿里的合同: the same questions and acts as the pages, from a terminal on the machine that has the database.

Looking needs nobody: who sits here could open the database as well. With ``--as`` somebody looks or acts as an account,
with just the rights of that person; the audit trail says that it was done here.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django
from lvyue.core.facts import KINDS, parse_at

as_whom = click.option("--as", "whom", default="", help="以谁的名义（登录名）；写入留痕。")
must_be = click.option("--as", "whom", required=True, help="以谁的名义（登录名）；写入留痕。")
day = click.option("--as-of", "as_of", default="", help="截至哪一天（含当日），缺省为今天。")
known = click.option("--size", type=click.IntRange(min=0), help="只用前多少条事实（当时所知）。")


def _day(text: str) -> date:
    from lvyue import clock

    return date.fromisoformat(text) if text else clock.today()


def _account(whom: str) -> Any:
    from lvyue.accounts import queries

    account = queries.account(whom)
    if account is None or not account.is_active:
        refuse([f"没有启用的账号“{whom}”。请用 lvyue people list 核对。"])
    return account


def _seat(contract: str, whom: str, command: str, right: str = "SEE") -> Any:
    """The seat of whoever is named, if they may do this; of nobody, where nobody is. It is written down that somebody acted here."""
    from lvyue.accounts.actions import audit
    from lvyue.accounts.permissions import Right, Seat, may
    from lvyue.accounts.queries import seat_of
    from lvyue.contracts.queries import contracts

    if not contracts().filter(pk=contract).exists():
        refuse([f"登记簿里没有编号为“{contract}”的合同。请核对编号。"])
    if not whom:
        return Seat("", "命令行", contract, frozenset())
    seat = seat_of(_account(whom), contract)
    ruling = may(seat, Right[right])
    if not ruling:
        refuse([ruling.reason])
    told = {"command": command}
    audit("acted_as", by="命令行", contract_id=contract, about=whom, after=told)
    return seat


def _told(value: Any) -> Any:
    from lvyue.obligations.plain import plain

    return plain(value)


# ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────


@click.command("today")
@must_be
@click.option("--whose", type=click.Choice(["all", "mine", "ours", "theirs"]), default="all")
@as_json
@refusals
def today(*, whom: str, whose: str, json_: bool) -> None:
    """今日：逾期、今天和此后七个工作日。"""
    with_django()
    from lvyue import clock
    from lvyue.accounts.actions import audit
    from lvyue.obligations.today import Whose, every_item, today_of

    account, now = _account(whom), clock.now()
    audit("acted_as", by="命令行", about=whom, after={"command": "today"})
    if json_:
        say(_told(today_of(account, now, whose=Whose(whose))))
        return
    for one in every_item(account, now, whose=Whose(whose)):
        money = f"  {one.money}" if one.money is not None else ""
        click.echo(
            f"{one.band.zh}  {one.due}  {one.left}  {one.debtor}  {one.says}"
            f"{f' {one.occurrence}' if one.occurrence else ''}{money}  [{one.contract} {one.clause}]"
        )


@click.command("doubts")
@click.argument("contract")
@day
@known
@as_whom
@as_json
@refusals
def doubts(*, contract: str, as_of: str, size: int | None, whom: str, json_: bool) -> None:
    """疑义：阻断的在前，各由谁凭什么解决，挡住了什么。"""
    with_django()
    from lvyue.obligations.desk import DeskFilter, desk_of, open_amendments
    from lvyue.obligations.queries import statement_of

    seat = _seat(contract, whom, "doubts")
    statement = statement_of(contract, _day(as_of), size)
    desk = desk_of(statement, open_amendments(contract, seat), DeskFilter())
    if json_:
        say(_told(desk))
        return
    for one in desk.doubts:
        view = one.view
        state = "未决" if one.is_open else "已解决"
        click.echo(f"{view.severity.zh}  {state}  {view.says}  由{view.owner}解决")
        if one.is_open:
            click.echo(f"    稳妥读法：{view.safe}  {view.mend}".rstrip())


@click.command("papers")
@click.argument("contract")
@click.argument("claims", nargs=-1, metavar="[文件=规定]…")
@click.option("--subject", default="", help="事项，如 confidentiality；缺省为一般事项。")
@click.option(
    "--stricter", type=click.Choice(["less", "more"]), help="哪个方向为严：数值小的或数值大的。"
)
@click.option("--both", is_flag=True, help="所列纪要和补充文件双方都确认了。")
@as_whom
@as_json
@refusals
def papers(
    *,
    contract: str,
    claims: tuple[str, ...],
    subject: str,
    stricter: str | None,
    both: bool,
    whom: str,
    json_: bool,
) -> None:
    """合同文件：谁先谁后；写两份以上“文件=规定”，就说该听哪一份、为什么。"""
    with_django()
    from lvyue.core.precedence import Direction
    from lvyue.obligations.papers import Claim, contest, list_of, view_of
    from lvyue.obligations.queries import statement_of

    _seat(contract, whom, "papers")
    release = statement_of(contract, _day("")).evaluation.release
    if not claims:
        listed = list_of(release)
        if json_:
            say(_told(listed))
            return
        for one in listed.papers:
            here = "在手" if one.here else "不在手"
            click.echo(f"{one.rank or '—'}  {one.title}  {here}")
        return
    pairs = [one.partition("=") for one in claims]
    found = view_of(
        contest(
            release,
            [Claim(paper, says, both=both) for paper, _, says in pairs],
            subject=subject,
            stricter=Direction(stricter) if stricter else None,
        )
    )
    if json_:
        say(_told(found))
        return
    for doubt in (*found.refused, *([found.doubt] if found.doubt else [])):
        click.echo(str(doubt))
    if found.value is not None:
        click.echo(f"{found.value}  依据 {'、'.join(found.clauses)}")
    for lost in found.lost:
        click.echo(f"    没有采用 {lost.what}：{lost.why}")
    for doubt in found.confirm:
        click.echo(f"仍须确认：{doubt}")


@click.command("parameters")
@click.argument("contract")
@day
@known
@as_whom
@as_json
@refusals
def parameters(*, contract: str, as_of: str, size: int | None, whom: str, json_: bool) -> None:
    """参数：合同没有写定的数字，商定了没有。"""
    with_django()
    from lvyue.obligations.desk import open_amendments, sheet_of
    from lvyue.obligations.queries import statement_of

    seat = _seat(contract, whom, "parameters")
    statement = statement_of(contract, _day(as_of), size)
    sheet = sheet_of(statement, open_amendments(contract, seat))
    if json_:
        say(_told(sheet))
        return
    for row in sheet.rows:
        value = f"{row.now.value}（{row.now.since} 起）" if row.now else "未商定：只计时不判违约"
        click.echo(f"{row.id}  {row.says}  {value}  由{row.owner}提出")


@click.command("settlement")
@click.argument("contract")
@day
@known
@as_whom
@as_json
@refusals
def settlement(*, contract: str, as_of: str, size: int | None, whom: str, json_: bool) -> None:
    """结算：从合同价款到现在应付，每一级和它的理由。"""
    with_django()
    from lvyue.settlements.queries import settlement_sheet

    _seat(contract, whom, "settlement")
    sheet = settlement_sheet(contract, _day(as_of), size)
    if json_:
        say(_told(sheet))
        return
    for fall in sheet.waterfall.falls:
        money = "无法判定" if fall.money is None else str(fall.money)
        click.echo(f"{'−' if fall.takes else ' '} {money:>18}  {fall.name}  {fall.texture.word}")
    for one in sheet.interest:
        click.echo(f"  {one.money}  {one.name}逾期违约金，不在应付之内  [{one.clause}]")
    for says in sheet.undecided:
        click.echo(f"  无法判定：{says}")


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────


@click.command("list")
@click.argument("contract")
@click.option("--kind", type=click.Choice([*KINDS]), help="只看这种事实。", metavar="种类")
@click.option("--term", default="", help="只看影响这条约定的。")
@click.option("--q", "sought", default="", help="内容里的字。")
@click.option("--before", type=click.IntRange(min=0), help="从这个序号之前看起。")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_whom
@as_json
@refusals
def list_facts(
    *,
    contract: str,
    kind: str | None,
    term: str,
    sought: str,
    before: int | None,
    limit: int,
    whom: str,
    json_: bool,
) -> None:
    """日志里的事实，最近登记的在前。"""
    with_django()
    from lvyue import clock
    from lvyue.obligations.logbook import Sought, fact_page

    _seat(contract, whom, "facts list")
    asked = Sought(kind=kind or "", term=term, text=sought)
    page = fact_page(contract, asked, clock.today(), before, limit)
    if json_:
        say({"results": _told(page.lines), "next": page.before})
        return
    for line in page.lines:
        told = "；".join(f"{name}：{value}" for name, value in line.view.fields)
        fate = f"  {line.fate.word}" if line.fate.word else ""
        click.echo(
            f"{line.view.index}  {line.view.at}  {line.view.kind}  {line.view.subject}  {told}{fate}  "
            f"[{line.view.id}] {line.who}"
        )


@click.command("record")
@click.argument("contract")
@click.argument("kind", type=click.Choice([*KINDS]), metavar="种类")
@click.option("--at", required=True, help="何时发生，如 2026-03-01 或 '2026-03-01 10:30'。")
@click.option("--subject", default="", help="对象。")
@click.option("--set", "fields", multiple=True, help="字段=值，像在页面上那样写；可以多次。")
@click.option("--key", default="", help="一次性编号：同一编号不会登记第二条。")
@click.option("--accept", multiple=True, help="已经看过的提醒的 key；可以多次。")
@click.option("--dry-run", is_flag=True, help="只看会改变什么，不登记。")
@must_be
@as_json
@refusals
def record(
    *,
    contract: str,
    kind: str,
    at: str,
    subject: str,
    fields: tuple[str, ...],
    key: str,
    accept: tuple[str, ...],
    dry_run: bool,
    whom: str,
    json_: bool,
) -> None:
    """登记一条事实；先看它会改变什么，需要确认的提醒要用 --accept 确认。"""
    with_django()
    from lvyue import clock
    from lvyue.accounts.permissions import may_record
    from lvyue.evidence import queries as evidence
    from lvyue.obligations.actions import recording
    from lvyue.obligations.rehearsal import rehearse

    seat = _seat(contract, whom, "facts record", "RECORD")
    ruling = may_record(seat, kind)
    if not ruling:
        refuse([ruling.reason])
    token = key or recording.new_token()
    draft = _read(contract, kind, {"at": at, "subject": subject}, fields, token)
    if dry_run:
        _show(rehearse(contract, draft, clock.today()), json_=json_)
        return
    if evidence.entry(contract, draft.id) is None and (
        open_ := rehearse(contract, draft, clock.today()).unanswered(frozenset(accept))
    ):
        refuse([f"{one.says}确认无误的，加上 --accept {one.key}。" for one in open_])
    _recorded(recording.record_fact(contract, draft, by=seat), json_=json_)


def _read(
    contract: str, kind: str, typed: dict[str, str], fields: tuple[str, ...], token: str
) -> Any:
    """What was typed, read as a form would read it."""
    from lvyue import clock
    from lvyue.obligations.actions.recording import fact_id_of
    from lvyue.obligations.drafting import read_form
    from lvyue.obligations.logbook import expected_by

    for one in fields:
        name, sign, value = one.partition("=")
        if not sign:
            refuse([f"“{one}”应写成 字段=值。"])
        typed[f"data.{name}"] = value
    spec = KINDS[kind]
    wanted = {f"data.{name}" for name in spec.names}
    if unknown := [
        n for n in typed if n.startswith("data.") and n.removesuffix(".means") not in wanted
    ]:
        refuse([f"“{kind}”没有字段 {name.removeprefix('data.')}。" for name in unknown])
    today_ = clock.today()
    expected = expected_by(contract, spec, typed.get("data.instalment", ""), today_)
    reading = read_form(spec, typed, fact_id_of(token), today=today_, expected=expected)
    if reading.draft is None:
        refuse(
            [
                *(f"{name.removeprefix('data.')}：{says}" for name, says in reading.errors.items()),
                *(
                    f"{name.removeprefix('data.')}：{asked.says}"
                    + "；".join(
                        f"{one.label} 用 --set {name.removeprefix('data.')}.means={one.value}"
                        for one in asked.choices
                    )
                    for name, asked in reading.questions.items()
                ),
            ]
        )
    return reading.draft


def _show(found: Any, *, json_: bool) -> None:
    difference = found.difference.as_json() if found.difference is not None else None
    if json_:
        say({"difference": difference, "misgivings": _told(found.misgivings)})
        return
    for one in found.misgivings:
        click.echo(f"{'须确认' if one.must else '提醒'}  {one.key}  {one.says}")
    for row in found.difference.findings if found.difference is not None else ():
        before, after = (mark.word if mark else "没有" for mark in (row.before, row.after))
        click.echo(f"{row.clause} {row.occurrence}  {before} → {after}  {row.because_after}")
    for row in found.difference.money if found.difference is not None else ():
        click.echo(f"{row.what}  {row.before} → {row.after}")
    click.echo("什么也没有登记。")


def _recorded(done: Any, *, json_: bool) -> None:
    if json_:
        say(_told(done))
    elif done.already:
        click.echo(f"已经登记过：{done.fact.id}，日志第 {done.fact.index + 1} 条。")
    else:
        click.echo(f"已登记 {done.fact.id}，日志共 {done.size} 条。")


@click.command("correct")
@click.argument("contract")
@click.argument("fact")
@click.option("--at", required=True, help="正确的发生时间：一天，或带时区的时刻。")
@click.option("--reason", required=True, help="理由，会留在日志里。")
@must_be
@as_json
@refusals
def correct(*, contract: str, fact: str, at: str, reason: str, whom: str, json_: bool) -> None:
    """更正一条事实的发生时间；原来的不改。"""
    with_django()
    from lvyue import clock
    from lvyue.obligations.actions.recording import correct_fact

    moment = parse_at(at)
    if isinstance(moment, str):
        refuse([moment])
    seat = _seat(contract, whom, "facts correct", "RECORD")
    done = correct_fact(contract, fact, at=moment, reason=reason, by=seat, on=clock.today())
    _recorded(done, json_=json_)


@click.command("withdraw")
@click.argument("contract")
@click.argument("fact")
@click.option("--reason", required=True, help="理由，会留在日志里。")
@must_be
@as_json
@refusals
def withdraw(*, contract: str, fact: str, reason: str, whom: str, json_: bool) -> None:
    """撤回一条事实：它不再算数，但留在日志里。"""
    with_django()
    from lvyue import clock
    from lvyue.obligations.actions.recording import withdraw_fact

    seat = _seat(contract, whom, "facts withdraw", "RECORD")
    done = withdraw_fact(contract, fact, reason=reason, by=seat, on=clock.today())
    _recorded(done, json_=json_)


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────


@click.group("statements")
def statements() -> None:
    """结算书：查看、出具、重述、撤回。确认和异议是签署，请本人登录网页或用本人的令牌办理。"""


@statements.command("list")
@click.argument("contract")
@as_whom
@as_json
@refusals
def list_statements(*, contract: str, whom: str, json_: bool) -> None:
    """出具过的结算书，最近的在前。"""
    with_django()
    from lvyue.settlements.queries import issued

    _seat(contract, whom, "statements list")
    rows = [*issued(contract)]
    if json_:
        say([_statement(row) for row in rows])
        return
    for row in rows:
        click.echo(
            f"第 {row.number} 号  截至 {row.as_of}  日志 {row.size} 条  {row.get_state_display()}  {row.hash}"
        )


def _statement(row: Any) -> dict[str, Any]:
    names = ("number", "size", "root", "release", "calendar", "hash", "paid_fen", "payable_fen")
    told = {
        name: getattr(row, name) for name in (*names, "state", "note", "issued_by", "issued_for")
    }
    return {**told, "as_of": row.as_of.isoformat(), "issued_at": row.issued_at.isoformat()}


def _acted(row: Any, *, json_: bool) -> None:
    if json_:
        say(_statement(row))
    else:
        click.echo(f"结算书第 {row.number} 号：{row.get_state_display()}")


@statements.command("issue")
@click.argument("contract")
@day
@known
@click.option("--note", default="", help="附注。")
@must_be
@as_json
@refusals
def issue(
    *, contract: str, as_of: str, size: int | None, note: str, whom: str, json_: bool
) -> None:
    """代表一方出具截至某天的结算书。"""
    with_django()
    from lvyue.settlements.actions import issue as issue_statement

    seat = _seat(contract, whom, "statements issue", "ISSUE")
    _acted(issue_statement(_day(as_of), by=seat, size=size, note=note), json_=json_)


@statements.command("restate")
@click.argument("contract")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--note", default="", help="附注。")
@must_be
@as_json
@refusals
def restate(*, contract: str, number: int, note: str, whom: str, json_: bool) -> None:
    """按现在所知另出一份，指回原来的一份。"""
    with_django()
    from lvyue.settlements.actions import restate as restate_statement

    seat = _seat(contract, whom, "statements restate", "ISSUE")
    _acted(restate_statement(number, by=seat, note=note), json_=json_)


@statements.command("withdraw")
@click.argument("contract")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="理由，会留在记录里。")
@must_be
@as_json
@refusals
def withdraw_statement(*, contract: str, number: int, reason: str, whom: str, json_: bool) -> None:
    """撤回本方出具的一份，在对方确认之前。"""
    with_django()
    from lvyue.settlements.actions import withdraw as take_back

    seat = _seat(contract, whom, "statements withdraw", "ISSUE")
    _acted(take_back(number, reason, by=seat), json_=json_)
