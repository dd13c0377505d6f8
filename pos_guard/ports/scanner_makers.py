"""Who makes scanners, by USB vendor id: whose devices may be tried when none is named.

The ids are those that other programs for scanners list, and those of the scanner models of this
package; a device of another maker is named by its own ids.
"""

from __future__ import annotations

from pos_guard.frames.scanner_models import model_by_usb

MAKERS = {
    0x0536: "Hand Held Products (Honeywell)",
    0x05E0: "Zebra (Symbol)",
    0x05F9: "Datalogic (PSC)",
    0x065A: "Opticon",
    0x067E: "Intermec",
    0x080C: "Datalogic",
    0x08FB: "Socket",
    0x0C2E: "Honeywell (Metrologic)",
    0x11FA: "Code",
    0x1DC2: "Datalogic",
    0x1EAB: "Newland",
    0x23D0: "Youjie",
    0x2415: "CipherLab",
    0x2745: "Unitech",
    0x27DD: "Mindeo",
    0x324F: "Sunmi",
    0x32C3: "Newland",
}


def is_known(vendor: int, product: int) -> bool:
    """Its vendor makes scanners, or one of our models says that it has these ids."""
    return vendor in MAKERS or model_by_usb(vendor, product) is not None
