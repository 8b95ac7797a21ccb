"""函件 from a terminal: the letters of a contract, one of them with why it is served or not, and what came back."""

from __future__ import annotations

from typing import Any

import click

from lvyue.cli.answers import as_json, refusals, refuse, say, with_django
from lvyue.cli.contract import _seat as seat_on  # the one way in which a command takes a seat
from lvyue.cli.contract import as_whom, must_be
from lvyue.core.service import Happening


@click.group("letters")
def letters() -> None:
    """函件：正式通知、送达和回执。"""


@letters.command("list")
@click.argument("contract")
@as_whom
@as_json
@refusals
def list_command(*, contract: str, whom: str, json_: bool) -> None:
    """一份合同的函件：送出的；写明以谁的名义的，还有本方的草稿。"""
    with_django()
    from lvyue.notices.letter_sheet import row_of
    from lvyue.notices.queries.letters import seen_by
    from lvyue.obligations.plain import plain

    rows = [row_of(one) for one in seen_by(seat_on(contract, whom, "letters list"))]
    if json_:
        say(plain(rows))
        return
    for row in rows:
        served = f"，{row.served_on} 送达" if row.served_on else ""
        click.echo(
            f"第{row.number}号 {row.side_zh} {row.kind_zh} {row.title}：{row.state_zh}{served}"
        )


@letters.command("show")
@click.argument("contract")
@click.argument("number", type=click.IntRange(1, 2_147_483_647))
@as_whom
@as_json
@refusals
def show_command(*, contract: str, number: int, whom: str, json_: bool) -> None:
    """一封函件：送达没有，依据哪一条，试过什么。"""
    with_django()
    from lvyue.obligations.plain import plain

    sheet = _sheet(contract, number, seat_on(contract, whom, "letters show"))
    if json_:
        say(plain({"letter": sheet.row, "service": sheet.service, "dispatches": sheet.dispatches}))
        return
    click.echo(f"{sheet.row.title}：{sheet.row.state_zh}")
    click.echo(sheet.service.because)
    for line in sheet.service.tried:
        click.echo(f"  {line}")


@letters.command("consent")
@click.argument("contract")
@click.argument("term")
@click.option("--title", required=True, help="标题。")
@click.option("--body", required=True, help="正文：同意什么，范围和期限。")
@click.option("--subject", default="", help="哪一次；不写为各次。")
@click.option("--paper", default="", help="文号。")
@must_be
@as_json
@refusals
def consent_command(
    *,
    contract: str,
    term: str,
    title: str,
    body: str,
    subject: str,
    paper: str,
    whom: str,
    json_: bool,
) -> None:
    """起草书面同意函：同意对方不按一项约定办。签发、送达之后才登记为书面豁免，此前的只是追认。"""
    with_django()
    from lvyue.notices.actions.letters import LetterText, draft_letter
    from lvyue.notices.letter_choices import LetterKind
    from lvyue.obligations.plain import plain

    seat = seat_on(contract, whom, "letters consent", "WRITE")
    text = LetterText(title, body, paper, subject, term=term)
    row = draft_letter(LetterKind.CONSENT, text, by=seat)
    sheet = _sheet(contract, row.number, seat)
    if json_:
        say(plain(sheet.row))
    else:
        click.echo(f"已起草{row.name}，{sheet.row.next}。")


@letters.command("receipt")
@click.argument("contract")
@click.argument("number", type=click.IntRange(1, 2_147_483_647))
@click.argument("happening", type=click.Choice([one.value for one in Happening]))
@click.option("--at", required=True, help="日期，或带时区的时刻。")
@click.option("--dispatch", default=1, show_default=True, help="第几次送出。")
@click.option("--evidence", default="", help="凭证的散列；先上传。")
@click.option("--signed-by", default="", help="签收人。")
@must_be
@as_json
@refusals
def receipt_command(
    *,
    contract: str,
    number: int,
    happening: str,
    at: str,
    dispatch: int,
    evidence: str,
    signed_by: str,
    whom: str,
    json_: bool,
) -> None:
    """登记回执：送达的，同时登记合同所等的那种事实。"""
    with_django()
    from lvyue.notices.actions.letters import NewReceipt
    from lvyue.obligations.actions.serving import receive
    from lvyue.obligations.plain import plain

    seat = seat_on(contract, whom, "letters receipt", "SERVE")
    new = NewReceipt(dispatch, Happening(happening), at, evidence, signed_by)
    receive(number, new, by=seat)
    sheet = _sheet(contract, number, seat)
    if json_:
        say(plain({"letter": sheet.row, "service": sheet.service}))
    else:
        click.echo(f"{sheet.row.state_zh}。{sheet.service.because}")


def _sheet(contract: str, number: int, seat: Any) -> Any:
    from lvyue.notices.letter_sheet import sheet_of
    from lvyue.notices.queries.letters import letter
    from lvyue.notices.serving import may_see

    row = letter(contract, number)
    if row is None or not may_see(row, seat):
        refuse([f"没有函件第{number}号。请用 lvyue letters list {contract} 核对。"])
    return sheet_of(row, seat)
