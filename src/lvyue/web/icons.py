"""图标: line drawings on a field of 24 by 24, drawn here so that a page needs nothing from anywhere else."""

from __future__ import annotations

from collections.abc import Mapping

#: What each drawing consists of: the ``d`` of one path. Stroke and size are the style sheet's.
ICONS: Mapping[str, str] = {
    "today": "M12 3v3M12 18v3M3 12h3M18 12h3M12 12l3-3M12 5a7 7 0 1 0 0 14a7 7 0 0 0 0-14",
    "contract": "M6 3h9l4 4v14H6zM15 3v4h4M9 11h7M9 14.5h7M9 18h4",
    "calendar": "M4 6h16v14H4zM4 10.5h16M8 3.5V7M16 3.5V7M8 14h2M14 14h2M8 17h2",
    "clock": "M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16M12 8v4.5l3 2",
    "doubt": "M9 9.2a3 3 0 1 1 4.2 2.7c-.8.4-1.2 1-1.2 2.1M12 17.2v.1M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17",
    "money": "M7 4l5 7l5-7M12 11v9M8 12h8M8 15.5h8",
    "fact": "M5 4h14v16H5zM8.5 12l2.5 2.5l4.5-5",
    "paper": "M7 3h7l4 4v14H7zM14 3v4h4M4 6v15",
    "person": "M12 4a3.7 3.7 0 1 0 0 7.4a3.7 3.7 0 0 0 0-7.4M5 20c.6-3.6 3.4-5.6 7-5.6s6.4 2 7 5.6",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M15.3 15.3L20 20",
    "export": "M12 4v11M8 11.5l4 4l4-4M5 20h14",
    "print": "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
    "why": "M12 4v5M12 9c-5 0-6 2-6 6M12 9c5 0 6 2 6 6M6 15v.1M12 9v6M4.5 15h3v4h-3zM10.5 15h3v4h-3zM16.5 15h3v4h-3zM12 2.5v1.5",
    "what-if": "M5 12h5M10 12c4 0 3-6 9-6M10 12c4 0 3 6 9 6M16.5 3.5L19 6l-2.5 2.5M16.5 15.5L19 18l-2.5 2.5",
    "sign": "M4 19h16M6 15l9.5-9.5l3 3L9 18H6z",
    "warning": "M12 4L2.8 20h18.4zM12 10v4.5M12 17.3v.1",
    "open": "M6 9l6 6l6-6",
}
