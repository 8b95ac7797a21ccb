"""The commands for the same: as somebody, with just their rights, and written down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lvyue.accounts.queries import audit_trail
from lvyue.cli.main import main
from lvyue.evidence.queries import checkpoint_at
from tests.api.conftest import SECURITY
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("registered")

TICKET = ("facts", "record", SECURITY, "ticket.opened", "--at", "２０２６年3月2日 09:00")


def lvyue(*words: str) -> Result:
    return CliRunner().invoke(main, [*words])


def answered(*words: str) -> Any:
    found = lvyue(*words, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_a_fact_is_recorded_as_somebody_who_may_and_the_trail_says_where(person: Person) -> None:
    engineer = person("engineer", SECURITY)
    size = checkpoint_at(SECURITY).size
    words = (
        *TICKET,
        "--set",
        "class=incident",
        "--key",
        "from-terminal-1",
        "--as",
        engineer.username,
    )

    paused = lvyue(*words)
    accepted = [part for one in ("old", "before", "unheard", "idle") for part in ("--accept", one)]
    done = answered(*words, *accepted)
    again = answered(*words, *accepted)

    assert paused.exit_code == 2
    assert "--accept old" in paused.stderr
    assert done["fact"]["id"] == "f-from-terminal-1"
    assert done["fact"]["at"] == "2026-03-02T09:00:00+08:00"
    assert again["already"]
    assert checkpoint_at(SECURITY).size == size + 1
    acts = [(one.act, one.who, one.about) for one in audit_trail(SECURITY)[:4]]
    assert ("fact.recorded", engineer.username, "f-from-terminal-1") in acts
    assert ("acted_as", "命令行", engineer.username) in acts


def test_who_may_not_on_the_pages_may_not_here(person: Person) -> None:
    auditor, engineer = person("auditor", SECURITY), person("engineer", SECURITY)

    refused = lvyue(*TICKET, "--as", auditor.username)
    formal = lvyue("statements", "issue", SECURITY, "--as", engineer.username)
    stranger = lvyue("facts", "list", SECURITY, "--as", person("buyer", "elsewhere").username)

    assert refused.exit_code == formal.exit_code == stranger.exit_code == 2
    assert "审计" in refused.stderr
    assert "乙方工程师" in formal.stderr
    assert "没有任职" in stranger.stderr


def test_what_cannot_be_read_is_asked_about_field_by_field(person: Person) -> None:
    buyer = person("buyer", SECURITY).username

    wrong = lvyue(*TICKET, "--set", "class=dragon", "--set", "colour=red", "--as", buyer)
    asked = lvyue(*TICKET[:4], "--at", "3月2日", "--set", "class=incident", "--as", buyer)

    assert "colour" in wrong.stderr
    assert "哪一年" in asked.stderr


def test_a_rehearsal_shows_and_saves_nothing(person: Person) -> None:
    buyer, size = person("buyer", SECURITY).username, checkpoint_at(SECURITY).size

    shown = answered(*TICKET, "--set", "class=incident", "--dry-run", "--as", buyer)

    assert {one["key"] for one in shown["misgivings"]} >= {"old"}
    assert checkpoint_at(SECURITY).size == size


def test_a_fact_is_moved_and_taken_back(person: Person) -> None:
    buyer = person("buyer", SECURITY).username
    accepted = [part for one in ("old", "before", "unheard", "idle") for part in ("--accept", one)]
    answered(
        *TICKET, "--set", "class=incident", "--key", "from-terminal-2", *accepted, "--as", buyer
    )
    about = (SECURITY, "f-from-terminal-2", "--reason", "写错", "--as", buyer)

    moved = answered("facts", "correct", *about, "--at", "2026-03-03")
    gone = answered("facts", "withdraw", *about)
    shown = answered("facts", "list", SECURITY, "--limit", "3")

    assert (moved["fact"]["kind"], gone["fact"]["kind"]) == ("fact.corrected", "fact.withdrawn")
    assert [one["fate"]["word"] for one in shown["results"]][-1] == "已撤回"


def test_statements_are_issued_and_taken_back_but_signed_by_people_themselves(
    person: Person,
) -> None:
    buyer = person("buyer", SECURITY).username

    issued = answered("statements", "issue", SECURITY, "--as-of", "2026-03-31", "--as", buyer)
    listed = answered("statements", "list", SECURITY)
    number = str(issued["number"])
    gone = answered("statements", "withdraw", SECURITY, number, "--reason", "写错", "--as", buyer)

    assert [one["hash"] for one in listed] == [issued["hash"]]
    assert gone["state"] == "withdrawn"
    assert "confirm" not in lvyue("statements", "--help").output


def test_looking_needs_nobody_and_every_command_answers_in_json(person: Person) -> None:
    buyer = person("buyer", SECURITY).username
    for words in (
        ("doubts", SECURITY),
        ("parameters", SECURITY, "--as-of", "2026-09-30"),
        ("papers", SECURITY),
        ("papers", SECURITY, "投标=2 人", "采购需求=3 人"),
        ("settlement", SECURITY, "--size", "20"),
        ("facts", "list", SECURITY),
        ("statements", "list", SECURITY),
        ("today", "--as", buyer),
    ):
        told = lvyue(*words)
        assert told.exit_code == 0, told.output
        assert answered(*words) is not None
    assert "payable_fen" in answered("settlement", SECURITY)
    assert lvyue("doubts", "no-such-contract").exit_code == 2
