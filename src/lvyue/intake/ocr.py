"""文字识别: offline recognition by the models that lie in the wheel of rapidocr, run by onnxruntime without anything in between.

rapidocr's own pipeline drops lines that its classifier or its score does not like, and asks the network for a model whose
hash has changed. Here a strip that was found is always answered, if only with nothing, and no address is ever asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lvyue.intake.picture import Picture

_DETECTION = "PP-OCRv6_det_small.onnx"
_RECOGNITION = "PP-OCRv6_rec_small.onnx"

#: the long side at which lines are looked for; 960 loses small print, 1600 takes half as long again and finds no more
_LOOK_AT = 1280

#: what the detector calls text, pixel by pixel and for a whole strip; and by how much its strips are too thin
_PIXEL, _STRIP, _UNCLIP = 0.3, 0.5, 1.6

#: the recogniser reads strips of this height and answers once every eight pixels
_HEIGHT, _STEP = 48, 8

#: how long the strips of a batch may be together, padded, in pixels; more only costs memory
_BATCH = 3000

#: short strips are padded to this: 320, on which the recogniser was trained, reads a page of cells no better and half as fast
_NARROWEST = 160

_DIGITS = "0123456789"

#: marks of two widths that print alike: the recogniser halves its certainty between them
_TWINS = (
    ",，",
    ":：",
    ";；",
    "(（",
    ")）",
    "!！",
    "?？",
    "%％",
    "~～",
    "·•・",
    "-－",
    "+＋",
    "/／",
    ".．",
)


@dataclass(frozen=True, slots=True)
class Strip:
    """条: a rectangle of a page in pixels that may hold one line of text."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class Char:
    """字: a character, how sure the recogniser is (0 to 1), and the x of its middle in pixels of the page.

    ``digit`` is the digit it would be if it had to be one, with how sure that is.
    """

    text: str
    score: float
    x: float
    digit: tuple[str, float] = ("", 0.0)


class Models:
    """识别模型: both models, loaded once in a process."""

    def __init__(self, folder: Path, threads: int) -> None:
        runtime = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = False  # an arena keeps the largest page for ever
        # Threads that wait in a loop starve a machine that has something else to do.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if threads:
            options.intra_op_num_threads = threads
        providers = ["CPUExecutionProvider"]
        self._det = runtime.InferenceSession(str(folder / _DETECTION), options, providers)
        self._rec = runtime.InferenceSession(str(folder / _RECOGNITION), options, providers)
        known = self._rec.get_modelmeta().custom_metadata_map["character"].splitlines()
        self.characters = ["", *known, " "]
        self._twin = {
            self.characters.index(char): [
                self.characters.index(other) for other in twins if other in known
            ]
            for twins in _TWINS
            for char in twins
            if char in known
        }
        self._digit_columns = np.array([self.characters.index(digit) for digit in _DIGITS])
        self._det_in = self._det.get_inputs()[0].name
        self._rec_in = self._rec.get_inputs()[0].name

    # ------------------------------------------------------------------------------------- finding

    def find(self, grey: Picture) -> list[Strip]:
        """The lines of a page, in no order."""
        height, width = grey.shape[:2]
        scale = min(1.0, _LOOK_AT / max(height, width))
        down, across = (max(32, round(side * scale / 32) * 32) for side in (height, width))
        small = cv2.resize(grey, (across, down), interpolation=cv2.INTER_AREA)
        chance = self._det.run(
            None, {self._det_in: np.repeat(_normal(small)[None, None], 3, axis=1)}
        )[0][0, 0]
        mask = cv2.dilate((chance > _PIXEL).astype(np.uint8), np.ones((2, 2), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
        total = np.bincount(labels.ravel(), weights=chance.ravel(), minlength=count)
        x_scale, y_scale = width / across, height / down
        strips = []
        for number in range(1, count):
            left, top, wide, high, area = (int(value) for value in stats[number])
            if min(wide, high) < 3 or total[number] / area < _STRIP:  # noqa: PLR2004 - grains
                continue
            grow = wide * high * _UNCLIP / (2 * (wide + high))
            strips.append(
                Strip(
                    max(0, round((left - grow) * x_scale)),
                    max(0, round((top - grow) * y_scale)),
                    min(width, round((left + wide + grow) * x_scale)),
                    min(height, round((top + high + grow) * y_scale)),
                )
            )
        return strips

    # ------------------------------------------------------------------------------------- reading

    def read(self, grey: Picture, strips: Sequence[Strip]) -> list[list[Char]]:
        """The characters of each strip, in the order of the strips."""
        ratio = [max(1.0, strip.width / max(1, strip.height)) for strip in strips]
        order = sorted(range(len(strips)), key=ratio.__getitem__)
        out: list[list[Char]] = [[] for _ in strips]
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * ratio[order[end]] * _HEIGHT <= _BATCH:
                end += 1
            batch = order[start:end]
            for place, chars in zip(
                batch, self._batch(grey, [strips[i] for i in batch]), strict=True
            ):
                out[place] = chars
            start = end
        return out

    def _batch(self, grey: Picture, strips: Sequence[Strip]) -> list[list[Char]]:
        """Strips of like proportions at once, the shorter ones padded."""
        widths = [max(16, round(_HEIGHT * strip.width / max(1, strip.height))) for strip in strips]
        # The model divides by eight.
        widest = -(-max(*widths, _NARROWEST) // _STEP) * _STEP
        given = np.zeros((len(strips), 3, _HEIGHT, widest), dtype=np.float32)
        for number, (strip, width) in enumerate(zip(strips, widths, strict=True)):
            part = grey[strip.top : strip.bottom, strip.left : strip.right]
            given[number, :, :, :width] = _normal(cv2.resize(part, (width, _HEIGHT)))[None]
        chances = self._rec.run(None, {self._rec_in: given})[0]
        return [
            self._decoded(chance, strip, width)
            for chance, strip, width in zip(chances, strips, widths, strict=True)
        ]

    def _decoded(self, chance: NDArray[Any], strip: Strip, width: int) -> list[Char]:
        """One answer for each step; the same answer twice in a row is one character."""
        best = chance.argmax(axis=1)
        if not best.any():
            return []
        most = chance.max(axis=1)
        digits = chance[:, self._digit_columns]
        which, sure = digits.argmax(axis=1), digits.max(axis=1)
        bounds = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist(), len(best)]
        scale = strip.width / width * _STEP
        out: list[Char] = []
        for start, end in pairwise(bounds):
            if not best[start]:
                continue
            peak = start + (int(most[start:end].argmax()) if end > start + 1 else 0)
            out.append(
                Char(
                    self.characters[best[start]],
                    self._certainty(chance[peak], int(best[start])),
                    min(strip.left + (start + end) / 2 * scale, float(strip.right)),
                    (_DIGITS[which[peak]], float(sure[peak])),
                )
            )
        return out

    def _certainty(self, chance: NDArray[Any], which: int) -> float:
        """How sure a character is, whatever its width."""
        if which in self._twin:
            return min(1.0, float(chance[self._twin[which]].sum()))
        return float(chance[which])


def _normal(grey: Picture) -> NDArray[Any]:
    """Between -1 and 1."""
    return grey.astype(np.float32) * np.float32(2 / 255) - np.float32(1)


def folder_of_models() -> Path | None:
    """Where the wheel of rapidocr keeps its models; None where the extra is not installed."""
    spec = find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations or find_spec("onnxruntime") is None:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "models"
    there = all((folder / name).is_file() for name in (_DETECTION, _RECOGNITION))
    return folder if there else None


@lru_cache(maxsize=1)
def models(threads: int = 0) -> Models | None:
    """The models of this process, None without the extra. ``threads`` 0 leaves the number to onnxruntime."""
    folder = folder_of_models()
    return None if folder is None else Models(folder, threads)
