"""What the demo's till prints and shows: bills, receipts, slips, the customer display.

ESC/POS for 48 columns, Chinese and English together, in GB18030. Nothing here imports pos-guard.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pos_guard_simulator.till_lines import Line

COLUMNS = 48
DISPLAY_COLUMNS = 20

_INIT, _CUT, _DRAWER = b"\x1b@", b"\x1dVB\x00", b"\x1bp\x00\x19\xfa"
_FEED_AND_CUT = b"\x1bd\x03" + _CUT
_LEFT, _CENTRE = b"\x1ba\x00", b"\x1ba\x01"
_NORMAL, _TALL, _BIG = b"\x1d!\x00", b"\x1d!\x01", b"\x1d!\x11"
_BOLD, _PLAIN = b"\x1bE\x01", b"\x1bE\x00"
_TO_DISPLAY, _TO_PRINTER, _CLEAR = b"\x1b=\x02", b"\x1b=\x01", b"\x0c"


@dataclass(frozen=True, slots=True)
class Item:
    """One article; ``price`` in minor units each."""

    name: str
    price: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Sale:
    """What a customer wants."""

    number: str
    items: tuple[Item, ...]

    @property
    def total(self) -> int:
        """What is owed, in minor units."""
        return sum(item.price * item.quantity for item in self.items)


@dataclass(frozen=True, slots=True)
class Payment:
    """One way of paying as it stands on the receipt: ``银行卡 Card``, 1250."""

    label: str
    amount: int


CARD, CASH, WECHAT = "银行卡 Card", "现金 Cash", "微信支付 WeChat Pay"


@dataclass(frozen=True, slots=True)
class Shop:
    """The head of every paper."""

    chinese: str = "晨光咖啡"
    english: str = "Morning Light Cafe"
    address: str = "人民路 12 号 · 12 Market Street"
    thanks: str = "谢谢惠顾 Thank you, come again"
    currency: str = "EUR"
    encoding: str = "gb18030"


class Printer:
    """Prints and shows. Everything is sent at once; nothing is asked back."""

    def __init__(self, line: Line, shop: Shop | None = None) -> None:
        self._line = line
        self.shop = shop or Shop()

    def bill(self, sale: Sale) -> bytes:
        """The bill before payment. Returns what was sent, for the curious."""
        return self.send(
            self._head("账单 BILL")
            + self._sale(sale)
            + self._total("合计 TOTAL", sale.total)
            + self._title("待支付 NOT PAID")
            + self._end()
        )

    def receipt(
        self,
        sale: Sale,
        payments: Sequence[Payment],
        *,
        change: int = 0,
        drawer: bool = False,
        total: int | None = None,
    ) -> bytes:
        """The paid receipt; ``total`` is for a till that gets it wrong."""
        lines = [self._pair(paid.label, _amount(paid.amount)) for paid in payments]
        if change:
            lines.append(self._pair("找零 Change", _amount(change)))
        return self.send(
            (_DRAWER if drawer else b"")
            + self._head("收据 RECEIPT")
            + self._sale(sale)
            + self._total("合计 TOTAL", sale.total if total is None else total)
            + b"".join(lines)
            + self._title("已支付 PAID")
            + self._end()
        )

    def refund_slip(self, number: str, payment: Payment) -> bytes:
        """The slip of a refund."""
        return self.send(
            self._head("退款单 REFUND")
            + self._pair(f"单号 Order: {number}", "")
            + self._rule()
            + self._total("退款金额 Refund", payment.amount)
            + self._pair(payment.label, "")
            + self._end()
        )

    def closing_slip(self, code: str) -> bytes:
        """The slip at the end of a shift; ``code``: what stands on it for the log."""
        return self.send(
            self._head("结班单 SHIFT CLOSED")
            + self._title("审计 AUDIT")
            + _CENTRE
            + _TALL
            + self._text(f"{code}\n")
            + _NORMAL
            + _LEFT
            + _FEED_AND_CUT
        )

    def show(self, *lines: str) -> bytes:
        """Text on the customer display, one line each."""
        shown = b"".join(self._text(_fit(line, DISPLAY_COLUMNS)) for line in lines)
        return self.send(_TO_DISPLAY + _CLEAR + shown + _TO_PRINTER)

    def show_total(self, total: int) -> bytes:
        """The total on the customer display."""
        amount = _amount(total)
        return self.show("合计 TOTAL", amount.rjust(DISPLAY_COLUMNS))

    def open_drawer(self) -> bytes:
        """The cash drawer, without a paper."""
        return self.send(_DRAWER)

    def status(self, seconds: float) -> int:
        """The printer's status byte (DLE EOT 1).

        :raises TillTimeoutError: it says nothing.
        """
        self._line.send(b"\x10\x04\x01")
        return self._line.receive(seconds)[0]

    def send(self, data: bytes) -> bytes:
        """Any bytes, as another till would send them."""
        self._line.send(data)
        return data

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    # -- pieces of paper ---------------------------------------------------------------------

    def _head(self, title: str) -> bytes:
        shop = self.shop
        names = _BIG + self._text(shop.chinese + "\n") + _TALL + self._text(shop.english + "\n")
        rest = _NORMAL + self._text(f"{shop.address}\n\n") + _BOLD + self._text(title + "\n")
        return _INIT + _CENTRE + names + rest + _PLAIN + _LEFT + self._rule("=")

    def _sale(self, sale: Sale) -> bytes:
        rows = [self._pair(f"单号 Order: {sale.number}", ""), self._rule()]
        for item in sale.items:
            name = item.name if item.quantity == 1 else f"{item.name}  x{item.quantity}"
            rows.append(self._pair(name, _amount(item.price * item.quantity)))
        return b"".join([*rows, self._rule()])

    def _total(self, label: str, amount: int) -> bytes:
        line = self._pair(label, f"{self.shop.currency} {_amount(amount)}")
        return _TALL + _BOLD + line + _PLAIN + _NORMAL + self._rule()

    def _title(self, text: str) -> bytes:
        big = _CENTRE + _BOLD + _BIG + self._text(text + "\n")
        return self._text("\n") + big + _NORMAL + _PLAIN + _LEFT

    def _end(self) -> bytes:
        thanks = _CENTRE + self._text(f"\n{self.shop.thanks}\n") + _LEFT
        return thanks + _FEED_AND_CUT

    def _pair(self, left: str, right: str) -> bytes:
        return self._text(_fit(left, COLUMNS - len(right)) + right + "\n")

    def _rule(self, sign: str = "-") -> bytes:
        return self._text(sign * COLUMNS + "\n")

    def _text(self, text: str) -> bytes:
        return text.encode(self.shop.encoding, "replace")


def _amount(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _fit(text: str, columns: int) -> str:
    """Cut or padded to so many columns; a Chinese sign takes two."""
    fitted, width = "", 0
    for sign in text:
        wide = 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if width + wide > columns:
            break
        fitted, width = fitted + sign, width + wide
    return fitted + " " * (columns - width)
