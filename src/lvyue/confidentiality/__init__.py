"""保密: what may leave the house, to whom, with whose prior written consent."""

from __future__ import annotations
