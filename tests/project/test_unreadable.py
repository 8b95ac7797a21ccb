"""A contract whose release cannot be read: each of its pages says what stands in the way, and none breaks."""

from __future__ import annotations

import pytest
from django.test import Client

from lvyue.contracts.actions import register_release
from tests.conftest import Person

CONTRACT = "unreadable"


@pytest.mark.parametrize("page", ["", "prompts/", "calendar/"])
def test_each_page_says_what_stands_in_the_way(client: Client, person: Person, page: str) -> None:
    register_release(CONTRACT, "读不出的合同", "{}", "1" * 64, by="测试", demonstration=True)
    client.force_login(person("buyer", CONTRACT))

    answer = client.get(f"/contracts/{CONTRACT}/{page}")

    assert answer.status_code == 409
    assert "这份合同现在无法计算" in answer.content.decode()


def test_who_has_no_seat_learns_nothing_of_it(client: Client, person: Person) -> None:
    register_release(CONTRACT, "读不出的合同", "{}", "1" * 64, by="测试", demonstration=True)
    client.force_login(person("buyer", "another"))

    assert client.get(f"/contracts/{CONTRACT}/prompts/").status_code == 404
