"""邀请链接和验证码: whoever reads the database learns neither; the addressee's letter has them."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from lvyue import clock
from lvyue.accounts.actions.invitations import NewInvitation, invite
from lvyue.accounts.choices import ContactKind
from lvyue.accounts.models import ContactWay, IdempotentAnswer
from lvyue.core.doubts import Refused
from lvyue.notices.actions import configuring, security
from lvyue.notices.actions.delivering import deliver
from lvyue.notices.choices import LegState
from lvyue.notices.models import Channel, Delivery, Leg
from lvyue.notices.texts import SEALED
from tests.conftest import Person
from tests.notices.post_office import Office, post_office
from tests.notices.told import BY, fresh, mail_channel

pytestmark = pytest.mark.django_db

AT = "https://lvyue.office.example/invitations/"


def invited() -> NewInvitation:
    return invite("赵一", by=BY, mail="zhao@office.example")


def mailed(new: NewInvitation) -> Leg:
    assert security.mail_invitation(new, f"{AT}{new.secret}/", by=BY)
    return Leg.objects.get()


def everything_written() -> str:
    """Each row of each table of the database, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  our own tables
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def words_of(office: Office) -> str:
    (letter,) = office.letters
    return str(letter.get_body(("plain",)).get_content())  # type: ignore[union-attr]  # it has one


def test_no_table_holds_the_link_of_an_invitation_and_the_letter_does() -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        new = invited()
        leg = mailed(new)
        assert SEALED in leg.body
        assert new.secret not in everything_written()

        deliver(channel.pk)

    assert f"{AT}{new.secret}/" in words_of(office)
    assert SEALED not in words_of(office)
    assert new.secret not in everything_written()
    assert fresh(leg).sealed == ""  # nor can anybody who has our key read it any more


def test_a_server_that_repeats_what_it_refuses_leaves_no_link_behind() -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        new = invited()
        office.data = f"554 spam: {AT}{new.secret}/"
        leg = mailed(new)

        deliver(channel.pk)

    assert fresh(leg).state == LegState.FAILED
    assert "spam" in Delivery.objects.get().extract
    assert new.secret not in everything_written()


def test_what_failed_goes_once_more_and_what_left_does_not() -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        new = invited()
        office.data = "554 no"
        leg = mailed(new)
        deliver(channel.pk)
        office.data = ""

        configuring.send_again(leg, by=BY)
        deliver(channel.pk)

        assert new.secret in words_of(office)
        with pytest.raises(Refused, match="没有留下"):
            configuring.send_again(leg, by=BY)


def test_another_key_gives_the_letter_up_and_says_what_to_do(settings: Any) -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        leg = mailed(invited())
        settings.SECRET_KEY = "another-secret-key"  # noqa: S105  of tests

        deliver(channel.pk)

    assert office.letters == []
    assert fresh(leg).state == LegState.FAILED
    assert "LVYUE_SECRET_KEY" in leg.why


def test_a_code_is_in_no_table_either(person: Person) -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        somebody = person("buyer")
        ContactWay.objects.create(account=somebody, kind="mail", value="a@office.example")

        security.send_code(somebody, ContactKind.MAIL)
        leg = Leg.objects.get()
        deliver(channel.pk)

    code = re.search(r"验证码 (\d{6})", words_of(office))
    assert code
    assert code[1] not in leg.body
    assert fresh(leg).sealed == ""


def test_a_leg_of_before_goes_as_it_was_written() -> None:
    with post_office() as office:
        channel = mail_channel(office.port)
        old(channel, "第 1 行\n请答复。")

        deliver(channel.pk)

    assert "请答复。" in words_of(office)


def test_links_that_were_written_out_before_are_taken_out(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = []
    channel = mail_channel()
    waiting = old(channel, f"赵一：请打开。\n{AT}waiting/")
    sent = old(channel, f"赵一：请打开。\n{AT}sent/", LegState.SENT)
    migration = import_module("lvyue.notices.migrations.0003_sealed")

    migration.seal_links(apps, None)

    written = everything_written()
    assert f"{AT}waiting" not in written
    assert f"{AT}sent" not in written
    assert (bool(fresh(waiting).sealed), fresh(sent).sealed) == (True, "")
    assert waiting.body == f"赵一：请打开。\n{SEALED}"


def old(channel: Channel, body: str, state: str = LegState.WAITING) -> Leg:
    now = clock.now()
    return Leg.objects.create(
        channel=channel,
        target="zhao@office.example",
        subject="邀请您使用履约平台",
        body=body,
        key=f"send:mail:{Leg.objects.count()}",
        alone=True,
        by=BY,
        state=state,
        created_at=now,
        next_at=now,
        due_at=now,
    )


def test_an_answer_that_is_kept_for_asking_again_holds_no_link(
    person: Person, client: Client
) -> None:
    """Without a mail server the link is told once, in the answer, and the answer is kept for a day."""
    administrator = person("administrator")
    client.force_login(administrator)
    given = {"name": "赵一", "mail": ""}
    first, second = (
        client.post(
            "/api/v1/invitations",
            json.dumps(given),
            content_type="application/json",
            headers={"Idempotency-Key": "key-00000001"},
        )
        for _ in range(2)
    )

    assert (first.status_code, second["Idempotent-Replayed"]) == (201, "true")
    assert first.json() == second.json()
    secret = first.json()["link"].rstrip("/").rpartition("/")[2]
    assert secret not in everything_written()
    assert IdempotentAnswer.objects.count() == 1
