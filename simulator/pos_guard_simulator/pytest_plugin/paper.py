"""What came out of the printer, as a test reads it: texts, totals, symbols, pictures, snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, overload

from pos_guard.frames.receipt_text import DEFAULT_WORDS, ReadReceipt, read_receipt
from pos_guard_simulator.paper_lines import PaperLine
from pos_guard_simulator.paper_slip import Paper, Slip
from pos_guard_simulator.pytest_plugin.shown import Amount, PaperText, framed

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")

Explain = Callable[[], list[str]]
"""What went over the line, a frame a line."""


class Matcher(Protocol):
    """Compares a text or picture with the one that was kept under a name."""

    def check(self, text: str, name: str, ignore: Sequence[str]) -> None:
        """Raise AssertionError where they differ."""
        ...

    def check_picture(self, picture: Image, name: str) -> None:
        """Raise AssertionError where they differ."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a paper is read with."""

    currency: str
    explain: Explain
    snapshots: Matcher


class NoReceiptError(AssertionError, IndexError):
    """The receipt that a test asks for has not come out; the message shows what has."""


class UnreadError(AssertionError, ValueError):
    """A receipt does not say what a test asks for; the message shows it."""


class Receipt:
    """One slip that was cut off.

    What it says is read as pos-guard reads any till's receipt: amounts are minor units of the
    terminal's currency.
    """

    def __init__(self, slip: Slip, context: Context) -> None:
        self._slip = slip
        self._context = context

    @property
    def text(self) -> PaperText:
        """What is on it; columns are kept, symbols stand as ``[QR: payload]``."""
        return PaperText(self._slip.text)

    @property
    def lines(self) -> list[PaperLine]:
        """What is on it line by line, with places, styles and symbols."""
        return self._slip.lines

    @property
    def total(self) -> Amount:
        """What is to be paid, in minor units.

        :raises UnreadError: it states no total, or not in exactly one way.
        """
        read = self._read
        if read.receipt.total is None:
            why = ", ".join(read.problems) or "none is stated"
            lines = [f"no total can be read ({why}):", *framed(self.text)]
            raise UnreadError("\n".join(lines))
        return Amount(read.receipt.total.amount, self.text)

    @property
    def order_id(self) -> str | None:
        """The number of the order; None: none, or two."""
        return self._read.receipt.order_id

    @property
    def tenders(self) -> dict[str, int]:
        """How it was paid: amounts by ``card``, ``cash``, ``wechat`` and so on."""
        sums: dict[str, int] = {}
        for line in self._read.receipt.tenders:
            sums[str(line.tender)] = sums.get(str(line.tender), 0) + line.amount
        return sums

    @property
    def claims_paid(self) -> bool:
        """It says that money was taken."""
        return self._read.receipt.claims_paid

    @property
    def codes(self) -> list[str]:
        """What its bar codes and QR codes carry, from top to bottom."""
        marks = (mark for line in self.lines for mark in line.marks)
        return [mark.data for mark in marks if mark.kind != "image"]

    @property
    def image(self) -> Image:
        """The slip as a picture.

        :raises LocalError: without the extra ``simulator``; it names the command.
        """
        return self._slip.image()

    def png(self, path: Path | str) -> None:
        """Write the picture to a file; see ``image``."""
        self._slip.png(path)

    def matches(self, name: str, *, ignore: Sequence[str] = ()) -> bool:
        """Its text is the one that was kept under this name; ``ignore``: patterns that may differ.

        :raises AssertionError: it is another one, or none was kept yet.
        """
        self._context.snapshots.check(self._slip.text, name, ignore)
        return True

    def matches_picture(self, name: str, *, ignore: Sequence[str] = ()) -> bool:
        """Its picture is the one that was kept under this name, dot by dot.

        ``ignore``: lines with one of these patterns in their text may differ.

        :raises AssertionError: it is another one, or none was kept yet.
        :raises LocalError: without the extra ``simulator``; it names the command.
        """
        from pos_guard_simulator.pytest_plugin.pictures import dots_of

        self._context.snapshots.check_picture(dots_of(self._slip, ignore), name)
        return True

    def __repr__(self) -> str:
        lines = "\n".join(framed(self._slip.text))
        return f"<Receipt\n{lines}>"

    @property
    def _read(self) -> ReadReceipt:
        return read_receipt(self._slip.text, DEFAULT_WORDS, self._context.currency)


class Receipts(Sequence[Receipt]):
    """Slips that were cut off, oldest first. To ask for one that is not there fails the test."""

    def __init__(self, receipts: Sequence[Receipt], loose: str, context: Context) -> None:
        self._receipts = receipts
        self._loose = loose
        self._context = context

    @overload
    def __getitem__(self, index: int) -> Receipt: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Receipt]: ...
    def __getitem__(self, index: int | slice) -> Receipt | Sequence[Receipt]:
        """One of them.

        :raises NoReceiptError: so many were not cut.
        """
        try:
            return self._receipts[index]
        except IndexError:
            lines = [
                f"{len(self)} receipts were cut off; on the paper that was not cut:",
                *framed(self._loose),
                "the line:",
                *self._context.explain(),
            ]
            raise NoReceiptError("\n".join(lines)) from None

    def __len__(self) -> int:
        return len(self._receipts)

    def __iter__(self) -> Iterator[Receipt]:
        """Ends where they end, not by asking for one too many."""
        return iter(self._receipts)

    def __repr__(self) -> str:
        return f"<{len(self)} receipts>"


class PosPaper:
    """``pos.printer.paper``. Each look waits until all that the app sent is with the printer."""

    def __init__(
        self, look: Callable[[Callable[[Paper], object]], object], context: Context
    ) -> None:
        self._look = look
        self._context = context

    @property
    def text(self) -> PaperText:
        """All of it; each cut is a dashed line."""
        return PaperText(self._of(lambda paper: paper.text))

    @property
    def lines(self) -> list[PaperLine]:
        """All of it line by line."""
        return self._of(lambda paper: paper.lines)

    @property
    def loose(self) -> PaperText:
        """What hangs out and was not cut off."""
        return PaperText(self._of(lambda paper: paper.loose.text))

    @property
    def receipts(self) -> Receipts:
        """What was cut off, oldest first."""
        slips, loose = self._of(lambda paper: (paper.receipts, paper.loose.text))
        return Receipts([Receipt(slip, self._context) for slip in slips], loose, self._context)

    @property
    def slips(self) -> list[Receipt]:
        """All paper: what was cut off, and what hangs out if anything is on it."""
        return [Receipt(slip, self._context) for slip in self._of(lambda paper: paper.slips)]

    @property
    def image(self) -> Image:
        """All of it as one picture, slip below slip.

        :raises LocalError: nothing was printed; or without the extra ``simulator``.
        """
        from pos_guard_simulator.pytest_plugin.pictures import stacked

        return stacked(self._of(lambda paper: [slip.image() for slip in paper.slips]))

    def matches(self, name: str, *, ignore: Sequence[str] = ()) -> bool:
        """All of it is the text that was kept under this name; see ``Receipt.matches``.

        :raises AssertionError: it is another one, or none was kept yet.
        """
        self._context.snapshots.check(str(self.text), name, ignore)
        return True

    def __repr__(self) -> str:
        lines = "\n".join(framed(self.text))
        return f"<PosPaper\n{lines}>"

    def _of(self, read: Callable[[Paper], T]) -> T:
        found: list[T] = []
        self._look(lambda paper: found.append(read(paper)))
        return found[0]
