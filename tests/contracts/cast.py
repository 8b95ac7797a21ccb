"""One contract of the demonstration, with its log and the two people who may sign: quicker than all five."""

from __future__ import annotations

import hashlib
from importlib import resources

from lvyue.contracts.actions import register_release
from lvyue.evidence.actions import import_facts, open_log
from lvyue.library.loader import load, text_of

BY = "测试"


def demonstrated(contract_id: str) -> None:
    """Register a contract of the library with its demonstration log, as `lvyue demo` does."""
    body = text_of(contract_id)
    digest = hashlib.sha256(body.encode()).hexdigest()
    title = load(contract_id).title
    register_release(contract_id, title, body, digest, by=BY, demonstration=True)
    open_log(contract_id, by=BY)
    folder = resources.files("lvyue.library") / "demonstration"
    lines = (folder / f"{contract_id}.jsonl").read_bytes().splitlines(keepends=True)
    import_facts(contract_id, lines, by=BY, source=f"{contract_id}.jsonl")
