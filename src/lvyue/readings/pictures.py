"""页面图: a page of a paper as a picture, drawn when somebody looks at it and kept beside the vault; drawing it anew gives the same."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from django.conf import settings

from lvyue.evidence.vault import path_of
from lvyue.intake.drawing import draw_apart

#: Pages that are drawn at once: each has a process of its own, and whoever serves has more to do.
_at_once = threading.BoundedSemaphore(2)


def picture_of(sha256: str, page: int) -> bytes:
    """The picture of a page (counted from 1) as PNG. ``Refused`` where it cannot be drawn."""
    kept = Path(settings.HOME) / "pages" / sha256[:2] / f"{sha256}-{page}.png"
    if kept.is_file():
        return kept.read_bytes()
    with _at_once:
        drawn = draw_apart(path_of(sha256), page)
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=kept.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(drawn)
    Path(name).replace(kept)  # whole, or not there
    return drawn
