"""Which printer model is connected: by USB ids, by IEEE 1284 device id, by its answers to GS I.

The best evidence is the name that a printer gives itself; one USB chip serves many brands, so its
ids come last. Nothing fits: None, and the caller asks or takes what the settings say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from pos_guard.frames.printer_models import PrinterModel, printer_model, printer_models

MAX_DEVICE_ID = 4096
"""Characters of a device id that are read: real ones have 50 to 300 (its length field allows
65,535)."""

FONTS: Mapping[str, str] = MappingProxyType(
    {
        "KANJI JAPANESE": "shift_jis",
        "CHINA GB2312": "gb2312",
        "CHINA GB18030": "gb18030",
        "TAIWAN BIG-5": "big5",
        "KOREA C-5601C": "euc_kr",
    }
)
"""Epson's answers to GS I 69, and the two-byte codec that each means [gs_ci]."""

_LONG_KEYS = {"MANUFACTURER": "MFG", "MODEL": "MDL", "COMMAND SET": "CMD"}


def model_by_usb(vendor: int, product: int) -> PrinterModel | None:
    """The model with these USB ids."""
    for model in printer_models():
        if (vendor, product) in model.usb:
            return model
    return None


def model_by_name(name: str, maker: str = "") -> PrinterModel | None:
    """The model that gives itself this name (GS I 67, MDL) or, failing that, this maker's name.

    The longest known beginning wins, so ``POS-5802`` is not taken for any ``POS-58``. The maker
    alone (GS I 66, MFG) decides only where it stands among a model's names, or is Epson's.
    """
    for words in (name, maker):
        found = _longest(words)
        if found is not None:
            return found
    return printer_model("epson-80") if maker.strip("_ ").upper() == "EPSON" else None


def with_fonts(model: PrinterModel, fonts: str) -> PrinterModel:
    """The model with the two-byte characters that the printer says it has (GS I 69).

    An answer that is not in FONTS (Thai, or none) leaves the model as it is; of several, the
    first counts. So no Chinese goes to a Western printer, and none is refused by a Chinese one.
    """
    for font in fonts.strip("_ ").split(","):
        codec = FONTS.get(font.strip().upper().replace(".", " "))
        if codec is not None:
            return replace(model, kanji=codec)
    return model


def model_by_device_id(text: str) -> PrinterModel | None:
    """The model that an IEEE 1284 device id (USB GET_DEVICE_ID) names.

    ``CMD:STAR`` is the Star language whatever the model is called; a printer whose command set
    is neither Star's nor ESC/POS, or another language too, is not one of ours.
    """
    fields = device_id_fields(text)
    languages = fields.get("CMD", "").upper().replace("ESCPOS", "ESC/POS").split(",")
    if any(language.strip().startswith("STAR") for language in languages):
        return printer_model("star-line")
    if fields.get("CMD") and [language.strip() for language in languages] != ["ESC/POS"]:
        return None
    return model_by_name(fields.get("MDL", ""), fields.get("MFG", ""))


def device_id_fields(text: str) -> Mapping[str, str]:
    """A device id's fields: ``MFG:EPSON;MDL:TM-T88V;`` is ``{"MFG": "EPSON", "MDL": "TM-T88V"}``.

    Keys in upper case, the long ones (MANUFACTURER, MODEL, COMMAND SET) under their short names
    (IEEE 1284-2000, 7.6). What has no colon is left out; of a repeated key the first counts.
    """
    fields: dict[str, str] = {}
    for part in text[:MAX_DEVICE_ID].split(";"):
        key, colon, value = part.partition(":")
        key = key.strip("\x00 \t\r\n").upper()
        if colon and key:
            fields.setdefault(_LONG_KEYS.get(key, key), value.strip("\x00 \t\r\n"))
    return fields


def _longest(words: str) -> PrinterModel | None:
    """The model with the longest name that these words begin with."""
    # Clones put an underscore before their answers to GS I, some makers their own name.
    plain = words.strip("_ ").upper().removeprefix("EPSON ").removeprefix("STAR ")
    fitting = [known for known in _names() if plain.startswith(known)]
    return _names()[max(fitting, key=len)] if fitting else None


@cache
def _names() -> Mapping[str, PrinterModel]:
    return {name.upper(): model for model in printer_models() for name in model.names}
