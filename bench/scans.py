"""Seconds a page for scans, and what our part adds to bare recognition of the same pages in the same run.

``python bench/scans.py [FILE] [--pages N]``: without a file the scanned sample contract is read. Bare recognition is rapidocr's own
pipeline with the same settings (its classifier off, lines looked for at 1280 pixels, a box for each character). The two
take turns page by page, so that a busy machine is as busy for one as for the other.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import pypdfium2
from rapidocr import RapidOCR

from lvyue.intake.picture import DPI, LONG_SIDE
from lvyue.intake.scan import reader
from lvyue.library.papers import papers
from lvyue.reading.source import PageSize

SAMPLE = "video-conference-2022"

SETTINGS = {
    "Global.use_cls": False,
    "Global.log_level": "error",
    "Global.return_word_box": True,
    "Global.return_single_char_box": True,
    "Global.max_side_len": LONG_SIDE + 100,
    "Det.limit_side_len": 1280,
    "Det.limit_type": "max",
}


def main(path: Path, pages: int) -> None:
    ours, bare = reader(path.name), RapidOCR(params=SETTINGS)
    times: dict[str, list[float]] = {"render": [], "bare": [], "ours": []}
    with pypdfium2.PdfDocument(path) as document:
        for place in range(min(pages, len(document)) + 1):
            started = time.perf_counter()
            page = document[place % len(document)]
            picture = np.asarray(page.render(scale=DPI / 72).to_pil().convert("RGB"))
            rendered = time.perf_counter()
            bare(np.ascontiguousarray(picture[:, :, ::-1]))
            recognised = time.perf_counter()
            ours.read(picture, PageSize(*page.get_size()), place + 1)
            read = time.perf_counter()
            if place:  # the first page loads the models
                times["render"].append(rendered - started)
                times["bare"].append(recognised - rendered)
                times["ours"].append(read - recognised)
    report(times)


def report(times: dict[str, list[float]]) -> None:
    for name, values in times.items():
        print(f"{name:8} {sum(values) / len(values):6.2f} s a page, median {median(values):.2f}")
    more = sum(times["ours"]) / sum(times["bare"]) - 1
    print(f"ours against bare recognition: {more:+.1%} (goal: at most +5 %)")


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    count = int(given.pop()) if "--pages" in sys.argv else 12
    main(Path(given[0]) if given else papers()[SAMPLE].files[0].path, count)
