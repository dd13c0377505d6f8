"""A printer link between a till and a printer, both played by the test."""

from __future__ import annotations

from pos_guard.frames.escpos_scan import scan
from pos_guard.frames.escpos_text import TextReader
from pos_guard.links.printer import PrinterSession
from pos_guard.links.printer_pictures import PictureReader
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.links.session import Effects, SetTimer, Tell, ToDevice
from pos_guard.model import Intent, IntentKind, Outcome, Result, Tender
from tests.shop import Shop

CUT = b"\x1dVB\x00"
PULSE = b"\x1bp\x00\x19\xfa"
BILL = b"\x1b@\x1ba\x01SHOP\n\x1ba\x00Order: A-17\nTOTAL   EUR 12.50\nNOT PAID\n" + CUT
CARD = b"\x1b@Order: A-17\nTOTAL 12.50\nCARD 12.50\nPAID\n\x1bd\x03" + CUT
CASH = b"Order: A-17\nTOTAL 12.50\nCASH 20.00\nCHANGE 7.50\nPAID\n" + CUT
CHINESE = PrinterSettings(encoding="gb18030")


class Bench:
    """A session between a till and a printer that is there."""

    def __init__(
        self,
        place: Shop,
        settings: PrinterSettings | None = None,
        pictures: PictureReader | None = None,
    ) -> None:
        self.shop = place
        self.session = PrinterSession("printer", place.guard, settings, pictures)
        self.session.app_connected()
        self.session.device_connected()
        self.effects: Effects = []

    def till(self, data: bytes) -> bytes:
        """The till sends; returns what reaches the printer at once."""
        return self.took(self.session.app_data(data))

    def timer(self, name: str) -> bytes:
        return self.took(self.session.timer(name))

    def told(self) -> list[str]:
        return [effect.level for effect in self.effects if isinstance(effect, Tell)]

    def timers(self) -> dict[str, float]:
        """What the last call set."""
        return {
            effect.name: effect.seconds for effect in self.effects if isinstance(effect, SetTimer)
        }

    def took(self, effects: Effects) -> bytes:
        self.effects = effects
        return b"".join(effect.data for effect in effects if isinstance(effect, ToDevice))


def paper(data: bytes, encoding: str = "cp437") -> str:
    """The text that these bytes print."""
    reader = TextReader(encoding)
    return "".join(reader.read(token) for token in scan(data))


def pay_by_card(bench: Bench, amount: int = 1250) -> str:
    """The bill, then an approved card payment; returns the sale id."""
    bench.till(BILL)
    return approve_card(bench, amount)


def approve_card(bench: Bench, amount: int = 1250) -> str:
    """An approved card payment of the order at the till; returns the sale id."""
    guard = bench.shop.guard
    guard.payee_reported("zvt", "52001233")
    decision = guard.judge(Intent(IntentKind.SALE, Tender.CARD, amount, "EUR"), link="zvt")
    assert decision.allowed, decision.say.en
    guard.settle(decision.id, Outcome(Result.APPROVED, amount, "EUR", "0001"))
    assert decision.sale_id is not None
    return decision.sale_id
