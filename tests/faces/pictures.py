"""Pictures for the manual: one screen each, in so few colours that they may stand in the repository.

A page of ours is ink on paper: a hundred colours hold it. The browser chooses them, since it has the picture already.
"""

from __future__ import annotations

import base64
import os
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

from lvyue.web import chapters
from tests.faces.conftest import width

WIDTH, HEIGHT = 1280, 800

COLOURS = 96

#: What a picture may weigh, in bytes.
LIMIT = 150_000

#: One colour after the other is taken, whichever weighs most in what is not yet shown well: how often it stands there, and
#: how far it is from those taken. So the few strokes of a red mark stay red. Every other becomes the nearest of them.
REDUCE = """
const [png, most, done] = arguments;
const image = new Image();
image.onload = () => {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const one of pixels) counts.set(one, (counts.get(one) ?? 0) + 1);
  const parts = (one) => [one & 255, (one >> 8) & 255, (one >> 16) & 255];
  const all = [...counts].map(([one, count]) => ({one, count, rgb: parts(one), far: Infinity, at: 0}));
  const palette = [];
  while (palette.length < Math.min(most, all.length)) {
    const weight = (colour) => colour.count * Math.min(colour.far, 1e6);
    const next = all.reduce((a, b) => (weight(b) > weight(a) ? b : a)).rgb;
    for (const colour of all) {
      const far = next.reduce((sum, part, at) => sum + (part - colour.rgb[at]) ** 2, 0);
      if (far < colour.far) { colour.far = far; colour.at = palette.length; }
    }
    palette.push(next);
  }
  const nearest = new Map(all.map((colour) => [colour.one, colour.at]));
  let text = "";
  for (const one of pixels) text += String.fromCharCode(nearest.get(one));
  done({palette, pixels: btoa(text), width: image.width, height: image.height});
};
image.src = "data:image/png;base64," + png;
"""


def screen(browser: Chrome) -> str:
    """The first screen of the page that is open, as the browser draws it."""
    width(browser, WIDTH, HEIGHT)
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return str(shot["data"])


def folder() -> Path:
    """Where the pictures go: into the package only when somebody asks for it, since then they are looked at."""
    if os.environ.get("LVYUE_MAKE_PICTURES") == "1":
        return Path(chapters.__file__).parent / "static" / "web" / "manual"
    return Path(os.environ.get("LVYUE_PICTURES") or "var/pictures") / "manual"


def write(browser: Chrome, screens: Mapping[str, str]) -> list[Path]:
    """Every screen as a file of its own."""
    browser.get("about:blank")  # the policy of our pages allows no script of a test to draw there
    folder().mkdir(parents=True, exist_ok=True)
    written = []
    for name, png in screens.items():
        path = folder() / f"{name}.png"
        path.write_bytes(_png(browser.execute_async_script(REDUCE, png, COLOURS)))
        written.append(path)
    return written


def _png(told: Mapping[str, Any]) -> bytes:
    """The simplest file that is a PNG: a palette, and a byte for each pixel."""
    across, down = told["width"], told["height"]
    pixels = base64.b64decode(told["pixels"])
    rows = b"".join(b"\0" + pixels[at * across : (at + 1) * across] for at in range(down))
    palette = bytes(part for colour in told["palette"] for part in colour)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", across, down, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
