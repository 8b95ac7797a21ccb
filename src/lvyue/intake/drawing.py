"""画页: a page of a stranger's paper is drawn in a process of its own, like it is read: a page may crash or fill what draws it.

The process takes its order as a line of JSON and answers with a PNG, or with nothing.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from lvyue.core.doubts import Refused
from lvyue.intake.child import bind_process, without_secrets
from lvyue.intake.refusals import refuse

#: Dots per point: 108 to the inch, sharp enough to read on a screen and 100 kB a page.
SCALE = 1.5

#: A page that is larger than any sheet of paper is drawn smaller: no page may fill the memory.
WIDEST = 2_400

#: A page takes a second at most; somebody is waiting for it.
SECONDS, MEGABYTES = 20.0, 2_048

_PNG = b"\x89PNG\r\n"


def draw_apart(path: Path, page: int) -> bytes:
    """A page (counted from 1) as PNG. ``Refused`` where it cannot be drawn, whatever becomes of the child."""
    order = json.dumps({"path": str(path.absolute()), "page": page})
    try:
        drawn = subprocess.run(
            [sys.executable, "-P", "-m", "lvyue.intake.drawing"],
            input=order.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=without_secrets(),
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(page) from error
    if drawn.returncode or not drawn.stdout.startswith(_PNG):
        raise _refused(page)
    return drawn.stdout


def _refused(page: int) -> Refused:
    return refuse("页面图", f"第 {page} 页画不出来。", "请看文字，或取原件打开。")


# ── inside the child ─────────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """What the child does: take the order, bind itself, draw, answer."""
    order = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no picture
    bind_process(SECONDS, MEGABYTES)
    path = Path(order["path"])
    out.write(_pdf(path, order["page"]) if _is_pdf(path) else _image(path, order["page"]))
    out.flush()
    os._exit(0)


def _is_pdf(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"%PDF-" in stream.read(1024)


def _pdf(path: Path, page: int) -> bytes:
    import pypdfium2  # noqa: PLC0415  the parent needs none of it

    sheet = pypdfium2.PdfDocument(path)[page - 1]
    scale = min(SCALE, WIDEST / max(*sheet.get_size(), 1))
    return _png(sheet.render(scale=scale).to_pil())


def _image(path: Path, page: int) -> bytes:
    from PIL import Image  # noqa: PLC0415  only photographs need it

    with Image.open(path) as image:
        image.seek(page - 1)
        image.thumbnail((WIDEST, WIDEST))
        return _png(image.convert("RGB"))


def _png(image: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=False)
    return out.getvalue()


if __name__ == "__main__":
    main()
