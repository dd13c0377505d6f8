"""The CUPS backend ``posguard``: what a CUPS queue prints passes the guard like a till's receipts.

CUPS starts it as a program of its own; see backend(7) and docs/cups.md.
"""

from pos_guard.cups.backend import main, run

__all__ = ["main", "run"]
