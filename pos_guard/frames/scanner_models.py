"""The scanner models of this package, by name or USB ids.

Languages, links, drivers and twins read the same facts.
"""

from __future__ import annotations

from functools import cache

from pos_guard.frames.scanner_model import Register, ScannerModel, UsbId
from pos_guard.frames.scanner_model_file import parse_scanner_model, scanner_names, scanner_text

__all__ = [
    "Register",
    "ScannerModel",
    "UsbId",
    "model_by_usb",
    "scanner_model",
    "scanner_models",
    "scanner_names",
]


def scanner_models() -> tuple[ScannerModel, ...]:
    """Every model once, sorted by name."""
    return tuple(scanner_model(name) for name in scanner_names())


@cache
def scanner_model(name: str) -> ScannerModel:
    """One model by its name.

    :raises LocalError: when there is no such model; the message names those there are.
    """
    return parse_scanner_model(name, scanner_text(name))


def model_by_usb(vendor: int, product: int) -> ScannerModel | None:
    """The model with these ids, else one that any product of the vendor is, else None."""
    for wanted in (UsbId(vendor, product), UsbId(vendor)):
        for model in scanner_models():
            if wanted in model.usb:
                return model
    return None
