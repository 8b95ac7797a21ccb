"""`make bench`: every benchmark in turn, each beside a peer or the physical limit in the same run.

Times are wall seconds of one run on this machine; take the ratios, not the absolutes.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHES = (
    "deadlines",
    "evaluation",
    "log",
    "pages",
    "intake",
    "reading",
    "scans",
    "jobs",
    "search",
    "permissions",
    "inbox",
    "tickets",
)


def main() -> None:
    chosen = sys.argv[1:] or list(BENCHES)
    for name in chosen:
        print(f"\n## {name}")
        sys.argv = [name]
        runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")


if __name__ == "__main__":
    main()
