"""What a till sends to a Star printer, written by hand from Star's command tables."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.frames.printer_models import printer_model
from pos_guard.frames.star_paper import read_paper
from pos_guard.links.printer_settings import ModelName, PrinterSettings
from tests.links.printer_rig import Bench
from tests.shop import Shop

MODEL = printer_model("star-line")
SETTINGS = PrinterSettings(model=ModelName("star-line"))

RESET = b"\x1b@"
CUT = b"\x1bd\x03"
PULSES = {
    "BEL": b"\x07",
    "FS": b"\x1c",
    "SUB": b"\x1a",
    "EM": b"\x19",
    "ESC * r D": b"\x1b*rD1\x00",
}
BILL = RESET + b"\x1b\x1da\x01SHOP\n\x1b\x1da\x00Order: A-17\nTOTAL   EUR 12.50\nNOT PAID\n" + CUT
CARD = RESET + b"Order: A-17\nTOTAL 12.50\nCARD 12.50\nPAID\n\x1ba\x03" + CUT
CASH = b"Order: A-17\nTOTAL 12.50\nCASH 20.00\nCHANGE 7.50\nPAID\n" + CUT
ENTER, LEAVE, RASTER_CUT = b"\x1b*rA", b"\x1b*rB", b"\x1b\x0c\x00"
ROW = b"b\x02\x00\xf0\x0f"
ASK, ETB = b"\x1b\x06\x01", b"\x17"
RESET_NOW = b"\x1b\x06\x18"


def star_bench(place: Shop, **changes: object) -> Bench:
    """A Star printer behind the link, set up otherwise where ``changes`` says so."""
    return Bench(place, replace(SETTINGS, **changes))  # type: ignore[arg-type]  # names of fields


def paper(data: bytes) -> str:
    """The text that these bytes print on a Star printer."""
    return read_paper(data, MODEL)[0]
