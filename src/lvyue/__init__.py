"""履约 Lvyue: turns a government IT operations contract into work, evidence and money.

terms + facts → findings → settlement. Everything else is how terms get in, how facts get in, and
how findings get out.
"""

from __future__ import annotations
