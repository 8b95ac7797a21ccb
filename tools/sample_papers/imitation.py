"""A scan imitated: pages of a PDF as pictures that are a little skewed, a little noisy, under a red seal, bound as JPEG in a PDF.

Nothing here is left to chance: the noise of a page is that of its seed, so the same PDF gives the same scan.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tools.sample_papers.typeset import FONTS

Picture: TypeAlias = NDArray[Any]

_MM = 1 / 25.4
_RED = (200, 30, 40)


@dataclass(frozen=True, slots=True)
class Quality:
    """扫描质量: what a scanner does to a page. ``skew`` in degrees; ``noise`` and ``shade`` in grey levels; ``jpeg`` 0 to 100."""

    dpi: int = 200
    skew: float = 0.6
    noise: float = 4.0
    blur: float = 0.6
    shade: float = 6.0
    jpeg: int = 45


@dataclass(frozen=True, slots=True)
class Seal:
    """印章: the office on it, and where its middle stands on the page, as parts of its width and height."""

    office: str
    x: float = 0.6
    y: float = 0.5
    millimetres: float = 42


def scan(pdf: bytes, quality: Quality, seals: Mapping[int, Sequence[Seal]]) -> bytes:
    """The PDF as a scanner would hand it over; ``seals`` by page number from 1."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [
            jpeg(
                imitate(render(page, quality.dpi), quality, seals.get(number, ()), seed=number),
                quality.jpeg,
            )
            for number, page in enumerate(document, start=1)
        ]
    return bound(pages, quality.dpi)


def render(page: pypdfium2.PdfPage, dpi: int) -> Picture:
    """The page as red, green, blue."""
    return np.asarray(page.render(scale=dpi / 72).to_pil().convert("RGB"))


def imitate(picture: Picture, quality: Quality, seals: Sequence[Seal], *, seed: int) -> Picture:
    """One page after the scanner: grey, unless there is a red seal on it."""
    page = picture
    for seal in seals:
        page = _stamped(page, seal, quality.dpi)
    height, width = page.shape[:2]
    turn = quality.skew * (1 if seed % 2 else -1)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1)
    page = cv2.warpAffine(
        page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255)
    )
    grey = page if seals else cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    out = cv2.GaussianBlur(grey, (0, 0), quality.blur) if quality.blur else grey
    chance = np.random.default_rng(seed)
    speckle = (
        chance.normal(0, quality.noise, (height, width))
        - np.linspace(0, quality.shade, width)[None, :]
    )
    if out.ndim == 3:  # noqa: PLR2004 - colour
        speckle = speckle[:, :, None]
    return np.clip(out.astype(np.float32) * 0.94 + 10 + speckle, 0, 255).astype(np.uint8)


def _stamped(picture: Picture, seal: Seal, dpi: int) -> Picture:
    """The page with a round seal on it: ink on ink gets darker, as on paper."""
    side = round(seal.millimetres * _MM * dpi)
    stamp = drawn(seal.office, side)
    height, width = picture.shape[:2]
    left, top = round(width * seal.x - side / 2), round(height * seal.y - side / 2)
    out = picture.copy()
    part = out[top : top + side, left : left + side].astype(np.uint16)
    out[top : top + side, left : left + side] = (
        part * stamp[: part.shape[0], : part.shape[1]] // 255
    ).astype(np.uint8)
    return out


def drawn(office: str, side: int) -> Picture:
    """A round seal on white: ring, star, and the office along the upper arc."""
    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    ring = max(2, side // 32)
    draw.ellipse((ring, ring, side - ring, side - ring), outline=_RED, width=ring)
    _star(draw, side / 2, side / 2, side * 0.14)
    font = ImageFont.truetype(str(FONTS / "NotoSerifCJK-Bold.ttc"), round(side * 0.12), index=2)
    spread = math.radians(min(250, 22 * len(office)))
    for place, char in enumerate(office):
        angle = -spread / 2 + spread * (place + 0.5) / len(office)
        _turned(image, char, font, angle, side)
    return np.asarray(image)


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, size: float) -> None:
    points = []
    for corner in range(10):
        reach = size if corner % 2 == 0 else size * 0.38
        angle = math.pi * corner / 5
        points.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    draw.polygon(points, fill=_RED)


def _turned(
    image: Image.Image, char: str, font: ImageFont.FreeTypeFont, angle: float, side: int
) -> None:
    size = round(font.size * 1.3)
    tile = Image.new("L", (size, size), 0)
    ImageDraw.Draw(tile).text((size / 2, size / 2), char, font=font, fill=255, anchor="mm")
    tile = tile.rotate(-math.degrees(angle), resample=Image.Resampling.BICUBIC)
    reach = side * 0.385
    x, y = side / 2 + reach * math.sin(angle), side / 2 - reach * math.cos(angle)
    image.paste(_RED, (round(x - size / 2), round(y - size / 2)), tile)


def jpeg(picture: Picture, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def bound(pages: Sequence[bytes], dpi: int) -> bytes:
    """JPEG pictures as the pages of a PDF, in the fewest objects that a reader accepts."""
    objects: list[bytes] = []
    kids = " ".join(f"{3 + 3 * i} 0 R" for i in range(len(pages)))
    objects.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    objects.append(f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode())
    for number, data in enumerate(pages):
        with Image.open(io.BytesIO(data)) as image:
            (wide, high), mode = image.size, image.mode
        points = f"{wide * 72 / dpi:.2f} {high * 72 / dpi:.2f}"
        drawing = f"q {points.split(maxsplit=1)[0]} 0 0 {points.split()[1]} 0 0 cm /P Do Q".encode()
        first = 3 + 3 * number
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {points}] /Contents {first + 1} 0 R "
            f"/Resources << /XObject << /P {first + 2} 0 R >> >> >>".encode()
        )
        objects.append(_stream("", drawing))
        space = "/DeviceGray" if mode == "L" else "/DeviceRGB"
        objects.append(
            _stream(
                f"/Type /XObject /Subtype /Image /Width {wide} /Height {high} /ColorSpace {space} "
                "/BitsPerComponent 8 /Filter /DCTDecode ",
                data,
            )
        )
    return _file(objects)


def _stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries}/Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += (
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)
