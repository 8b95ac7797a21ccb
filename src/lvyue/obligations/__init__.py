"""义务: what is owed, done, late, missed and due next, as of a day and a log prefix; the views that pages are made of."""

from __future__ import annotations
