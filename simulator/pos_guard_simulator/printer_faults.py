"""What can be wrong with a receipt printer, by name, and what each fault does to it."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """States and troubles of a printer.

    ``cover_open_printing`` is a cover opened under a moving head: an error. ``recoverable`` waits
    for DLE ENQ, as ``cutter`` does; ``head_hot`` goes by itself; ``unrecoverable`` ends with the
    power. ``feed_button`` is held down, ``waiting`` is for somebody to press it.
    ``low_voltage``: its power supply is weak for a moment. ``drawer_open`` is the drawer's, not the
    printer's, trouble.
    """

    PAPER_OUT = "paper_out"
    PAPER_NEAR_END = "paper_near_end"
    COVER_OPEN = "cover_open"
    COVER_OPEN_PRINTING = "cover_open_printing"
    CUTTER = "cutter"
    HEAD_HOT = "head_hot"
    RECOVERABLE = "recoverable"
    UNRECOVERABLE = "unrecoverable"
    FEED_BUTTON = "feed_button"
    WAITING = "waiting"
    LOW_VOLTAGE = "low_voltage"
    DRAWER_OPEN = "drawer_open"
    POWER_OFF = "power_off"

    @classmethod
    def _missing_(cls, value: object) -> Fault | None:
        """Epson's own word for it is taken too."""
        return cls.PAPER_OUT if value == "paper_end" else None


STOPS = frozenset(Fault) - {Fault.PAPER_NEAR_END, Fault.DRAWER_OPEN}
"""What takes the printer offline: it prints nothing and holds what it is sent."""

BY_COMMAND = frozenset({Fault.CUTTER, Fault.RECOVERABLE})
"""What DLE ENQ 1 and 2 put right."""
