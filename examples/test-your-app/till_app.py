"""A small till: reads codes from a scanner, prints receipts, knows nothing of pos-guard."""

from __future__ import annotations

from dataclasses import dataclass, field

import serial

PRICES = {"6901234567892": ("Green tea", 350), "4006381333931": ("Pen", 199)}

INIT, CUT, DRAWER = b"\x1b@", b"\x1dVB\x00", b"\x1bp\x00\x19\xfa"
ASK_PAPER = b"\x10\x04\x04"
PAPER_OUT = 0b01100000


class NoPaperError(Exception):
    """The printer has no paper: put a new roll in and print again."""


@dataclass
class Till:
    """One till at its two serial ports."""

    printer: str
    scanner: str
    basket: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._scanner = serial.Serial(self.scanner, 9600, timeout=2)

    @property
    def total(self) -> int:
        """What is owed, in cents."""
        return sum(price for _, price in self.basket)

    def read_code(self) -> bool:
        """Take the next code into the basket; False: nobody knows that article."""
        code = self._scanner.read_until(b"\r").strip().decode()
        if code not in PRICES:
            return False
        self.basket.append(PRICES[code])
        return True

    def pay_cash(self, order: str, given: int) -> int:
        """Print the receipt and open the drawer; returns the change."""
        change = given - self.total
        lines = [f"Order: {order}", *(_row(name, price) for name, price in self.basket)]
        lines += [_row("TOTAL", self.total), _row("CASH", given), _row("CHANGE", change), "PAID"]
        with serial.Serial(self.printer, 115200, timeout=2) as printer:
            printer.write(ASK_PAPER)
            if printer.read(1)[0] & PAPER_OUT:
                raise NoPaperError("put a new roll in")
            printer.write(INIT + "\n".join(lines).encode() + b"\n" + DRAWER + CUT)
        self.basket.clear()
        return change

    def close(self) -> None:
        """Leave the scanner to others."""
        self._scanner.close()


def _row(label: str, cents: int) -> str:
    return f"{label:<30}{cents // 100}.{cents % 100:02}"
