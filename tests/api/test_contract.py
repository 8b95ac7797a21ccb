"""What a program does with one contract: look, record exactly once, correct, issue, agree, and suppose."""

from __future__ import annotations

import hashlib
import json

import pytest
from pytest_django import DjangoAssertNumQueries

from lvyue.accounts.queries import audit_trail
from lvyue.core.proof import canonical
from lvyue.evidence.merkle import verify_inclusion
from lvyue.evidence.queries import checkpoint_at
from tests.api.conftest import HERE, SECURITY, Calls, told
from tests.api.rounds import TICKET, named

pytestmark = pytest.mark.usefixtures("registered")

READY = {**TICKET, "accepted": ["old", "before", "unheard", "idle"]}


def test_a_fact_is_recorded_once_however_often_it_is_sent(calls: Calls) -> None:
    buyer, size = calls("buyer"), checkpoint_at(SECURITY).size

    first = buyer.send(f"{HERE}/facts", READY, key="ticket-0001")
    again = buyer.send(f"{HERE}/facts", READY, key="ticket-0001")
    other = buyer.send(f"{HERE}/facts", {**READY, "subject": "另一单"}, key="ticket-0001")

    assert first.status_code == 201, first.content.decode()
    assert first["Location"] == f"{HERE}/facts/f-ticket-0001"
    assert again.status_code == 200
    assert told(again)["already"] is True
    assert other.status_code == 409
    assert told(other)["there"]["id"] == "f-ticket-0001"
    assert checkpoint_at(SECURITY).size == size + 1
    assert audit_trail(SECURITY)[0].act == "fact.recorded"


def test_what_should_give_pause_is_asked_about_before_it_is_recorded(calls: Calls) -> None:
    buyer = calls("buyer")
    future = {**TICKET, "at": "2099-01-01"}

    shown = told(buyer.send(f"{HERE}/rehearsal", future))
    asked = buyer.send(f"{HERE}/facts", future, key="ticket-0002")
    keys = [one["key"] for one in told(asked)["misgivings"]]
    meant = buyer.send(f"{HERE}/facts", {**future, "accepted": keys}, key="ticket-0002")

    assert "future" in [one["key"] for one in shown["misgivings"]]
    assert asked.status_code == 409
    assert told(asked)["type"].endswith("#problem-misgivings")
    assert "future" in keys
    assert meant.status_code == 201


def test_somebody_who_was_faster_is_told_of(calls: Calls) -> None:
    buyer, engineer = calls("buyer"), calls("engineer")
    seen = {**READY, "seen_size": checkpoint_at(SECURITY).size}
    assert engineer.send(f"{HERE}/facts", READY, key="ticket-0003").status_code == 201

    answer = buyer.send(f"{HERE}/facts", {**seen, "at": "2026-03-03"}, key="ticket-0004")

    assert answer.status_code == 409
    assert "同一件事" in told(answer)["detail"]


def test_a_correction_is_asked_about_like_a_new_fact(calls: Calls) -> None:
    buyer = calls("buyer")
    buyer.send(f"{HERE}/facts", READY, key="ticket-0016")
    fact, moved = f"{HERE}/facts/f-ticket-0016", {"at": "2099-03-03", "reason": "日期写错"}

    asked = buyer.send(f"{fact}/correction", moved, key="moved-0016")
    keys = [one["key"] for one in told(asked)["misgivings"]]
    refused = calls("supplier_manager").send(f"{fact}/correction", moved, key="moved-0017")
    meant = buyer.send(f"{fact}/correction", {**moved, "accepted": keys}, key="moved-0016")
    again = buyer.send(f"{fact}/correction", moved, key="moved-0016")

    assert asked.status_code == 409
    assert "future" in keys
    assert refused.status_code == 403  # whoever may not is told that first
    assert (meant.status_code, again.status_code) == (201, 200)


def test_a_withdrawal_is_asked_about_when_it_was_made_already(calls: Calls) -> None:
    buyer = calls("buyer")
    buyer.send(f"{HERE}/facts", READY, key="ticket-0018")
    address, body = f"{HERE}/facts/f-ticket-0018/withdrawal", {"reason": "重复登记"}
    assert buyer.send(address, body, key="gone-00018").status_code == 201

    asked = buyer.send(address, body, key="gone-00019")
    meant = buyer.send(address, {**body, "accepted": ["twin"]}, key="gone-00019")

    assert (asked.status_code, meant.status_code) == (409, 201)
    assert [one["key"] for one in told(asked)["misgivings"]] == ["twin"]


def test_a_file_is_committed_when_its_misgivings_are_accepted_by_whoever_brought_it(
    calls: Calls,
) -> None:
    buyer, supplier = calls("buyer"), calls("supplier_manager")
    line = json.dumps({"id": "up-9", **TICKET, "at": "2099-01-01"}, ensure_ascii=False).encode()
    brought = told(buyer.upload(f"{HERE}/imports", named(line, "facts.jsonl")))
    address = f"{HERE}/imports/{brought['upload']}"
    keys = [one["key"] for one in brought["misgivings"]]

    others = [
        supplier.get(address),
        supplier.get(f"{address}/failed"),
        supplier.send(f"{address}/commit"),
    ]
    asked = buyer.send(f"{address}/commit")
    meant = buyer.send(f"{address}/commit", {"accepted": keys})

    assert [one.status_code for one in others] == [404, 404, 404]
    assert any(one.startswith("future-") for one in keys)
    assert "future" in [one["key"] for one in brought["rows"][0]["misgivings"]]
    assert asked.status_code == 409
    assert [one["key"] for one in told(asked)["misgivings"]] == keys
    assert (meant.status_code, told(meant)["added"]) == (200, 1)


def test_what_is_no_fact_of_its_kind_is_told_field_by_field(calls: Calls) -> None:
    answer = calls("buyer").send(
        f"{HERE}/facts", {**READY, "data": {"class": "dragon", "colour": "red"}}, key="ticket-0005"
    )

    assert answer.status_code == 422
    assert {one["where"] for one in told(answer)["doubts"]} == {
        "登记 字段 data.class",
        "登记 字段 data.colour",
    }


def test_a_correction_and_a_withdrawal_stand_in_the_chain(calls: Calls) -> None:
    buyer = calls("buyer")
    buyer.send(f"{HERE}/facts", READY, key="ticket-0006")
    fact = f"{HERE}/facts/f-ticket-0006"

    moved = buyer.send(
        f"{fact}/correction",
        {"at": "2026-03-03", "reason": "日期写错", "accepted": ["old", "before"]},
        key="moved-0001",
    )
    gone = buyer.send(f"{fact}/withdrawal", {"reason": "重复登记"}, key="gone-00001")
    whole = told(buyer.get(fact))

    assert moved.status_code == gone.status_code == 201
    assert [one["line"]["view"]["id"] for one in whole["chain"]] == [
        "f-ticket-0006",
        "f-moved-0001",
        "f-gone-00001",
    ]
    assert whole["line"]["fate"]["word"] == "已撤回"
    assert (
        "乙方" in told(calls("engineer").get(fact))["rulings"]["correct"]["reason"]
        or not told(calls("engineer").get(fact))["rulings"]["correct"]["allowed"]
    )


def test_the_place_of_a_fact_can_be_proved_without_us(calls: Calls) -> None:
    auditor = calls("auditor")
    leaves = told(auditor.get(f"{HERE}/log", {"limit": 200}))["results"]

    proof = told(auditor.get(f"{HERE}/facts/{json.loads(leaves[3]['raw'])['id']}/inclusion"))

    leaf = hashlib.sha256(b"\0" + leaves[3]["raw"].encode()).digest()
    assert leaf.hex() == proof["leaf_hash"] == leaves[3]["leaf_hash"]
    verify_inclusion(
        leaf,
        proof["index"],
        proof["size"],
        [bytes.fromhex(one) for one in proof["proof"]],
        bytes.fromhex(proof["root"]),
    )
    assert proof["root"] == told(auditor.get(f"{HERE}/checkpoints"))["results"][0]["root"]


def test_a_list_is_read_page_by_page_to_its_end(calls: Calls) -> None:
    auditor, seen, after = calls("auditor"), list[str](), ""
    while True:
        page = told(auditor.get(f"{HERE}/facts", {"limit": 7, "after": after}))
        seen += [one["fact"]["id"] for one in page["results"]]
        if page["next"] is None:
            break
        after = page["next"]

    assert len(seen) == len({*seen}) == checkpoint_at(SECURITY).size


def test_a_statement_has_its_hash_for_a_tag_and_is_not_sent_twice(calls: Calls) -> None:
    auditor = calls("auditor")
    asked = {"as_of": "2026-09-30", "size": 20}

    answer = auditor.get(f"{HERE}/statement", asked)
    document = told(answer)
    again = auditor.get(f"{HERE}/statement", asked, If_None_Match=answer["ETag"])

    body = {name: one for name, one in document.items() if name != "hash"}
    assert hashlib.sha256(canonical(body)).hexdigest() == document["hash"]
    assert answer["ETag"] == f'"{document["hash"]}"'
    assert again.status_code == 304
    assert not again.content


def test_both_sides_agree_on_a_statement_through_the_interface(calls: Calls) -> None:
    buyer, manager = calls("buyer"), calls("supplier_manager")
    number = told(buyer.send(f"{HERE}/statements", {"as_of": "2026-03-31"}))["number"]
    at = f"{HERE}/statements/{number}"

    assert told(manager.get(at))["may"] == {
        "confirm": "",
        "dispute": "",
        "restate": told(manager.get(at))["may"]["restate"],
        "withdraw": told(manager.get(at))["may"]["withdraw"],
    }
    assert told(buyer.send(f"{at}/confirm"))["state"] == "confirmed_by_one"
    assert buyer.send(f"{at}/confirm").status_code == 409
    assert told(manager.send(f"{at}/confirm"))["state"] == "agreed"
    assert manager.send(f"{at}/dispute", {"reason": "晚了"}).status_code == 409


def test_an_amendment_changes_nothing_until_both_have_signed(calls: Calls) -> None:
    buyer, manager = calls("buyer"), calls("supplier_manager")
    parameter = told(buyer.get(f"{HERE}/parameters"))["rows"][0]
    drafted = buyer.send(
        f"{HERE}/amendments",
        {
            "kind": "doubt",
            "title": "疑义的解决",
            "reason": "双方已协商一致",
            "paper": "测试补充-1",
            "effective": "2026-10-31",
            "payload": {"doubt": told(buyer.get(f"{HERE}/doubts"))["doubts"][0]["view"]["id"]},
        },
    )
    number = told(drafted)["number"]
    at = f"{HERE}/amendments/{number}"

    assert parameter["id"]
    assert manager.get(at).status_code == 404
    assert buyer.send(f"{at}/propose", {"version": 1, "sign_too": True}).status_code == 200
    assert manager.send(f"{at}/sign", {"version": 9}).status_code == 409
    before = told(buyer.get(f"{HERE}/doubts"))["settled"]
    signed = manager.send(f"{at}/sign", {"version": 1})
    assert told(signed)["state"] == "in_force", signed.content.decode()
    assert told(buyer.get(f"{HERE}/doubts"))["settled"] == before + 1


def test_supposing_saves_nothing(calls: Calls) -> None:
    size = checkpoint_at(SECURITY).size
    payment = {
        "kind": "payment.made",
        "at": "2026-09-01",
        "data": {"instalment": 2, "amount_fen": 100, "paper": "测试凭证"},
    }

    answer = calls("engineer").send(f"{HERE}/what-if", {"as_of": "2026-09-30", "facts": [payment]})

    assert answer.status_code == 200, answer.content.decode()
    assert {"paid"} <= {one["key"] for one in told(answer)["money"]}
    assert told(answer)["after"]["root"] == "supposed"
    assert checkpoint_at(SECURITY).size == size


def test_lists_ask_the_same_few_questions_however_long_they_are(
    calls: Calls, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """One to know the caller, one for the seat; the rest is the list's own."""
    buyer = calls("buyer")
    buyer.get(f"{HERE}/findings")
    for limit in (2, 50):
        for address, questions in QUESTIONS.items():
            with django_assert_num_queries(questions, info=address):
                assert buyer.get(f"{HERE}/{address}", {"limit": limit}).status_code == 200


QUESTIONS = {
    "facts": 7,
    "terms": 5,
    "findings": 6,
    "statements": 3,
    "checkpoints": 3,
    "log": 3,
    "audit": 3,
}
