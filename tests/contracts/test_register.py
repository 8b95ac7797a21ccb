"""The register of contracts and their releases."""

from __future__ import annotations

from hashlib import sha256
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from lvyue.contracts import queries
from lvyue.contracts.actions import register_release
from lvyue.contracts.models import Contract, Release


def digest_of(body: str) -> str:
    return sha256(body.encode()).hexdigest()


def registered(
    body: str, *, contract: str = "cloud-2025", title: str = "云租用", demonstration: bool = False
) -> Release:
    return register_release(
        contract, title, body, digest_of(body), by="装载程序", demonstration=demonstration
    )


@pytest.mark.django_db
def test_a_contract_enters_the_register_with_its_first_release() -> None:
    release = registered('{"a":1}', demonstration=True)

    assert (release.sequence, release.body, release.loaded_by) == (1, '{"a":1}', "装载程序")
    assert Contract.objects.get().demonstration
    assert queries.latest_release("cloud-2025") == release


@pytest.mark.django_db
def test_the_same_release_registered_again_changes_nothing() -> None:
    first = registered("{}")
    second = registered("{ }", title="云租用(补充)")

    again = registered("{}", title="云租用")

    assert again == first
    assert again.loaded_at == first.loaded_at
    assert queries.latest_release("cloud-2025") == second
    assert Contract.objects.get().title == "云租用(补充)"


@pytest.mark.django_db
def test_releases_are_numbered_within_their_contract() -> None:
    for body in ("{}", "{ }", "{  }"):
        registered(body)
    registered("{}", contract="network-2024", title="网络运维")

    listed = [(release.contract_id, release.sequence) for release in queries.releases()]

    assert listed == [("cloud-2025", 1), ("cloud-2025", 2), ("cloud-2025", 3), ("network-2024", 1)]
    assert [contract.pk for contract in queries.contracts()] == ["cloud-2025", "network-2024"]


@pytest.mark.django_db
def test_a_contract_that_nobody_registered_has_no_latest_release() -> None:
    assert queries.latest_release("unknown") is None


@pytest.mark.django_db
def test_a_demonstration_never_becomes_a_real_contract() -> None:
    registered("{}", demonstration=True)

    with pytest.raises(ValueError, match="is a demonstration"):
        registered("{ }", demonstration=False)

    assert queries.releases().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("digest", ["", "A" * 64, "0" * 63, "g" * 64, "0" * 63 + "\n"])
def test_the_database_refuses_what_is_no_sha256(digest: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        register_release("cloud-2025", "云租用", "{}", digest, by="x", demonstration=False)

    assert not Contract.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_loaders_at_once_take_turns() -> None:
    together, faults = Barrier(2), list[Exception]()

    def load(body: str) -> None:
        try:
            together.wait(timeout=10)
            registered(body)
        except Exception as fault:  # noqa: BLE001  a thread's fault is the test's
            faults.append(fault)
        finally:
            connection.close()

    loaders = [Thread(target=load, args=(body,)) for body in ("{}", "{ }")]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.join(timeout=30)

    assert faults == []
    assert [release.sequence for release in queries.releases()] == [1, 2]
