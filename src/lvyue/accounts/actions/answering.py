"""一次性回答: what a request with an Idempotency-Key was answered, kept in the transaction of what it did."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from lvyue import clock
from lvyue.accounts.models import Account, IdempotentAnswer
from lvyue.accounts.sealing import seal, unseal

#: For so long the same key gets the same answer.
KEPT = timedelta(hours=24)

#: How everything begins that was sealed, and no JSON does.
_SEALED = "gAAAA"


def take_key(account: Account, key: str, fingerprint: str) -> tuple[IdempotentAnswer, bool]:
    """占用一次性编号: the row, and whether it is new. Call it inside the transaction of what is done.

    Whoever comes second with the same key waits here until the first is done, and then finds its answer.
    """
    now = clock.now()
    mine = IdempotentAnswer.objects.filter(account=account, key=key)
    mine.filter(expires_at__lte=now).delete()
    with transaction.atomic():
        return IdempotentAnswer.objects.get_or_create(
            account=account,
            key=key,
            defaults={"fingerprint": fingerprint, "at": now, "expires_at": now + KEPT},
        )


def keep_answer(row: IdempotentAnswer, status: int, headers: dict[str, str], body: str) -> None:
    """留下回答: what everybody gets who asks the same again. Sealed: some answers hold a link or a token, told once."""
    row.status, row.headers, row.body = status, headers, seal(body)
    row.save(update_fields=["status", "headers", "body"])


def kept_answer(row: IdempotentAnswer) -> str:
    """留下的回答, opened; one that was kept before answers were sealed is as it is."""
    return unseal(row.body) if row.body.startswith(_SEALED) else row.body


def give_key_back(row: IdempotentAnswer) -> None:
    """退回一次性编号: nothing was done, so the same key may try again."""
    row.delete()


def forget_answers() -> int:
    """忘掉过期的回答: how many there were."""
    deleted, _ = IdempotentAnswer.objects.filter(expires_at__lte=clock.now()).delete()
    return deleted
