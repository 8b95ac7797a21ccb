"""印章: what a red seal on a scan says, read along its ring."""

from __future__ import annotations

import math

import cv2
import numpy as np

from lvyue.intake.ocr import Models, Strip
from lvyue.intake.picture import Picture, SealMark

#: below this the ring was not read: a wrong name of an office is worse than none
_SURE = 0.6
_LEAST = 4


def words_of(seal: SealMark, models: Models) -> str:
    """The office on a seal, empty where it cannot be read; characters under black print are missing in it.

    The ring is unrolled to a strip, from the lower middle on.
    """
    ring = _unrolled(seal.colours)
    chars = models.read(ring, [Strip(0, 0, ring.shape[1], ring.shape[0])])[0]
    sure = [char for char in chars if char.text.strip() and char.text not in "★☆*."]
    if len(sure) < _LEAST or sum(char.score for char in sure) / len(sure) < _SURE:
        return ""
    return "".join(char.text for char in sure)


def _unrolled(colours: Picture) -> Picture:
    """The ring of characters as a straight strip: dark on white, reading from left to right."""
    height, width = colours.shape[:2]
    side = 2 * (max(height, width) // 2)
    square = cv2.resize(colours, (side, side)).astype(np.int16)
    red = np.clip(square[:, :, 0] - np.minimum(square[:, :, 1], square[:, :, 2]), 0, 255)
    ink = (255 - np.clip(red * 2, 0, 255)).astype(np.uint8)
    radius = side / 2
    around = round(2 * math.pi * radius * 0.75)
    polar = cv2.warpPolar(ink, (round(radius), around), (radius, radius), radius, cv2.INTER_LINEAR)
    # Angles run clockwise from the right; the words begin and end at the lower middle, a quarter later.
    strip = np.flipud(np.rot90(np.roll(polar, -around // 4, axis=0)))
    strip = np.flipud(strip)
    band = strip[round(0.1 * radius) : round(0.42 * radius)]
    return np.ascontiguousarray(band)
