"""图像: pages as pictures: photographs and scans decoded, pages of a PDF rendered, set straight, and faded where a seal covers them.

Whatever is done to a picture, ``Straight.points`` leads back from a pixel to a point of the page that a person looks at.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from lvyue.intake.refusals import refuse
from lvyue.reading.source import Box, PageSize

#: rows × columns (× red, green, blue) of 0 to 255
Picture: TypeAlias = NDArray[Any]

#: what recognition was measured best at: characters of 10.5 points are 29 pixels high
DPI = 200

#: formats of scanners and telephones; everything else that Pillow knows is no paper
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")

#: an A3 page at 600 dpi has 70 million pixels; more than this is a bomb or a plan (and Pillow thinks so too)
MOST_PIXELS = 89_000_000

#: the long side of A4 in points, for pictures that do not know how large their page was
A4_LONG = 841.9

#: the long side of a page in pixels, as A4 at 200 dpi; larger pages are made smaller, or they would not fit in memory
LONG_SIDE = 2339


# ------------------------------------------------------------------------------------------ decoding


def pictures(data: bytes, name: str) -> Iterator[tuple[Picture, PageSize]]:
    """The pages of an image file as red, green, blue, each with its size in points. Raises ``Refused`` for what is none."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                _check_size(image, name)
                turned = ImageOps.exif_transpose(image)
                picture = _white_under(turned)
                yield _smaller(picture), _points(turned)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as problem:
        raise refuse(
            name, "图片打不开，可能没有传完整。", "请重新扫描或拍照，存成 JPEG 或 PNG。"
        ) from problem
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _too_many_pixels(name) from problem


def frames(data: bytes, name: str) -> int:
    """How many pages an image file has."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return int(getattr(image, "n_frames", 1))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as problem:
        raise refuse(
            name, "图片打不开，可能没有传完整。", "请重新扫描或拍照，存成 JPEG 或 PNG。"
        ) from problem
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _too_many_pixels(name) from problem


def _check_size(image: Image.Image, name: str) -> None:
    """Before a pixel is decoded: the size stands in the first bytes of the file."""
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels(name)


def _too_many_pixels(name: str) -> Exception:
    most = MOST_PIXELS // 1_000_000
    return refuse(name, f"图片太大，超过 {most} 百万像素。", "请降低分辨率，200 至 300 dpi 足够。")


def _white_under(image: Image.Image) -> Picture:
    """Transparent paper is white, not black."""
    if image.mode in {"RGBA", "LA", "P", "PA"}:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        deep = np.asarray(image, dtype=np.float32)
        most = float(deep.max()) or 1.0
        return np.repeat((deep * (255 / most)).astype(np.uint8)[:, :, None], 3, axis=2)
    return np.asarray(image.convert("RGB"))


def _points(image: Image.Image) -> PageSize:
    """The size of the page: by the resolution where it is a scanner's, else as if it were A4."""
    across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    if min(across, down) >= 100:  # noqa: PLR2004 - 72 and 96 are what programs write that know nothing
        return PageSize(image.width * 72 / across, image.height * 72 / down)
    scale = A4_LONG / max(image.width, image.height)
    return PageSize(image.width * scale, image.height * scale)


def _smaller(picture: Picture) -> Picture:
    """At most the pixels that recognition uses, twice over for photographs of which the page is a part."""
    most = 2 * LONG_SIDE
    longest = max(picture.shape[:2])
    return picture if longest <= most else _resized(picture, most / longest)


def _resized(picture: Picture, scale: float) -> Picture:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)


# ---------------------------------------------------------------------------------------- the page


@dataclass(slots=True)
class Straight:
    """摆正的页面: the page in grey as it is recognised, and the way back to the page that a person sees.

    ``back`` takes pixels to points. ``turned`` counts quarter turns to the left that were undone; ``skew`` is what was
    undone besides, in degrees; ``flattened`` tells of a photograph; ``lying`` that the page may be on its side. ``seals`` are in pixels of ``grey``, with their own red.
    """

    grey: Picture
    back: Picture
    size: PageSize
    skew: float = 0.0
    turned: int = 0
    flattened: bool = False
    lying: bool = False
    seals: list[SealMark] = field(default_factory=list)

    def points(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The box in points of the page as it lies in the file, around a box in pixels."""
        corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]])
        found = corners @ self.back.T
        found = found[:, :2] / found[:, 2:]
        x, y = found[:, 0], found[:, 1]
        return (
            max(0.0, float(x.min())),
            max(0.0, float(y.min())),
            min(self.size.width, float(x.max())),
            min(self.size.height, float(y.max())),
        )

    def across(self, xs: Sequence[float], y: float) -> list[float]:
        """The x in points of pixels at one height."""
        pixels = np.asarray(xs, dtype=float)
        top = self.back[0, 0] * pixels + self.back[0, 1] * y + self.back[0, 2]
        under = self.back[2, 0] * pixels + self.back[2, 1] * y + self.back[2, 2]
        return [float(x) for x in top / under]


@dataclass(frozen=True, slots=True)
class SealMark:
    """印记: a round red mark: its box in pixels, and that part of the page in its colours."""

    left: int
    top: int
    right: int
    bottom: int
    colours: Picture


def straighten(
    picture: Picture, size: PageSize, *, turned: int = 0, photograph: bool = False
) -> Straight:
    """The page lying flat and straight, its seals faded so that the words under them can be read.

    ``turned`` quarters to the right come first: a page that lies on its side has no skew to find.
    """
    page, to_picture = _quarter(picture, turned)
    sheet = _flattened(page) if photograph else None
    if sheet is not None:
        page, to_picture = sheet[0], to_picture @ sheet[1]
    scale = LONG_SIDE / max(page.shape[:2])
    if not 0.95 <= scale <= 1.05:  # noqa: PLR2004 - nothing is gained by a resampling that small
        page = _resized(page, scale)
        to_picture = to_picture @ np.diag([1 / scale, 1 / scale, 1.0])
    grey, seals = _faded(page)
    if photograph:
        grey = _even(grey)
    skew, lying = skew_of(grey)
    if abs(skew) >= LEAST_SKEW:
        matrix = _turning(grey, skew)
        grey = _turned(grey, matrix)
        seals = [_moved(seal, page, matrix) for seal in seals]
        to_picture = to_picture @ np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    height, width = picture.shape[:2]
    back = np.diag([size.width / width, size.height / height, 1.0]) @ to_picture
    return Straight(grey, back, size, skew, turned, sheet is not None, lying, seals)


def _quarter(picture: Picture, turns: int) -> tuple[Picture, Picture]:
    """The picture turned to the right by quarters, and the way back."""
    height, width = picture.shape[:2]
    ways = [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 1, 0], [-1, 0, height - 1], [0, 0, 1]],
        [[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]],
        [[0, -1, width - 1], [1, 0, 0], [0, 0, 1]],
    ]
    return np.ascontiguousarray(np.rot90(picture, -turns)), np.array(ways[turns], dtype=float)


# --------------------------------------------------------------------------------------------- seals

#: a seal is at least so much of the page's long side across: 30 mm of A4 is a tenth; oval invoice seals are smaller
_SMALLEST_SEAL = 0.06
_LARGEST_SEAL = 0.3


def _faded(page: Picture) -> tuple[Picture, list[SealMark]]:
    """The page in grey, by its red channel where a seal is: red ink is nearly white there, black ink stays black.

    Only there: a red letterhead would be gone by the same trick.
    """
    if page.ndim == 2:  # noqa: PLR2004 - grey already
        return page.copy(), []
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    small = page[::4, ::4].astype(np.int16)
    red = (small[:, :, 0] - np.maximum(small[:, :, 1], small[:, :, 2]) > 40) & (small[:, :, 0] > 90)  # noqa: PLR2004
    if int(red.sum()) < 200:  # noqa: PLR2004 - a few coloured grains of noise
        return grey, []
    joined = cv2.dilate(red.astype(np.uint8), np.ones((7, 7), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    longest = max(small.shape[:2])
    found = [
        tuple(int(4 * side) for side in (left, top, left + width, top + height))
        for left, top, width, height, _ in stats[1:count]
        if _like_a_seal(width, height, longest)
    ]
    seals = []
    for left, top, right, bottom in found:
        box = slice(top, bottom), slice(left, right)
        grey[box] = _without_red(page[box])
        inner = any(o[0] < left and o[1] < top and right < o[2] and bottom < o[3] for o in found)
        # Round or oval: a piece at the edge joins two pages, and the star in the middle is no seal of its own.
        if 0.6 < (right - left) / (bottom - top) < 1.7 and not inner:  # noqa: PLR2004
            seals.append(SealMark(left, top, right, bottom, page[box].copy()))
    return grey, seals


def _without_red(part: Picture) -> Picture:
    """The red channel, with what is red in it painted as paper: black print under red ink is dark in every channel."""
    red = part[:, :, 0]
    others = np.maximum(part[:, :, 1], part[:, :, 2])
    ink = (red > 110) & (red.astype(np.int16) - others > 25)  # noqa: PLR2004
    return np.where(ink, np.maximum(red, np.uint8(235)), red)


def _like_a_seal(width: int, height: int, longest: int) -> bool:
    return (
        max(width, height) >= _SMALLEST_SEAL * longest
        and min(width, height) >= _SMALLEST_SEAL / 4 * longest
        and max(width, height) <= _LARGEST_SEAL * longest
        and height >= 0.5 * width  # a letterhead is one wide line
    )


def _moved(seal: SealMark, page: Picture, matrix: Picture) -> SealMark:
    """Where a seal is after the page was set straight: its middle moves, its size stays."""
    middle = matrix @ np.array([(seal.left + seal.right) / 2, (seal.top + seal.bottom) / 2, 1.0])
    across, down = seal.right - seal.left, seal.bottom - seal.top
    left = int(np.clip(middle[0] - across / 2, 0, max(0, page.shape[1] - across)))
    top = int(np.clip(middle[1] - down / 2, 0, max(0, page.shape[0] - down)))
    return SealMark(left, top, left + across, top + down, seal.colours)


# ---------------------------------------------------------------------------------------------- skew

#: below this a line of A4 rises by less than a third of a character
LEAST_SKEW = 0.08

#: pixels of the picture in which the skew is searched: enough for 0.05 degrees, small enough for 30 tries
_SKEW_SIDE = 600


def skew_of(grey: Picture) -> tuple[float, bool]:
    """By how many degrees the lines rise, and whether they may rather be columns: the page would lie on its side.

    The angle is the one at which lines and gaps are told apart best.
    """
    scale = _SKEW_SIDE / max(grey.shape[:2])
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(
        small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 12
    )
    ink = ink[8:-8, 8:-8]
    best, found = 0.0, [0.0]
    for reach, step in ((5.0, 1.0), (0.8, 0.2), (0.15, 0.05)):
        tries = np.arange(best - reach, best + reach + step / 2, step)
        found = [_stripes(ink, angle) for angle in tries]
        best = float(tries[int(np.argmax(found))])
    columns = np.ascontiguousarray(ink.T)
    return round(best, 2), max(_stripes(columns, angle) for angle in (-1, 0, 1)) > max(found)


def _stripes(ink: Picture, angle: float) -> float:
    """How much the rows differ once the picture is turned by this angle; text lines make them differ most."""
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    turned = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
    rows = cv2.reduce(turned, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F)[:, 0]
    return float(np.square(np.diff(rows)).sum())


def _turning(grey: Picture, angle: float) -> Picture:
    height, width = grey.shape[:2]
    return np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1))


def _turned(grey: Picture, matrix: Picture) -> Picture:
    height, width = grey.shape[:2]
    return cv2.warpAffine(
        grey,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


# --------------------------------------------------------------------------------------- photographs

_OUTLINE_SIDE = 600


def _flattened(picture: Picture) -> tuple[Picture, Picture] | None:
    """The sheet of a photograph pulled flat, and the way back; None where the whole picture is the page."""
    scale = _OUTLINE_SIDE / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    corners = _sheet(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    if corners is None:
        return None
    corners = (corners / scale).astype(np.float32)
    width = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))
    height = max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    page = cv2.warpPerspective(
        picture, matrix, (round(width), round(height)), flags=cv2.INTER_CUBIC
    )
    return page, np.linalg.inv(matrix)


def _sheet(grey: Picture) -> Picture | None:
    """The four corners of the largest bright sheet, from the upper left one on clockwise."""
    smooth = cv2.medianBlur(grey, 9)
    _, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = cv2.convexHull(max(contours, key=cv2.contourArea))
    whole = grey.shape[0] * grey.shape[1]
    if not 0.25 * whole <= cv2.contourArea(largest) <= 0.96 * whole:
        return None
    four = cv2.approxPolyDP(largest, 0.03 * cv2.arcLength(largest, closed=True), closed=True)
    if len(four) != 4:  # noqa: PLR2004 - a sheet has four corners
        return None
    points = four[:, 0, :].astype(float)
    if cv2.contourArea(four) < 0.9 * cv2.contourArea(largest):
        return None
    total, difference = points.sum(axis=1), points[:, 1] - points[:, 0]
    order = [total.argmin(), difference.argmin(), total.argmax(), difference.argmax()]
    return points[order] if len(set(map(int, order))) == 4 else None  # noqa: PLR2004


def _even(grey: Picture) -> Picture:
    """The shadows of a photograph taken out: each place against the paper around it."""
    small = cv2.resize(grey, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 15)
    ground = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(grey, ground, scale=245))
