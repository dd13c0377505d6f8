"""All faults by name, and which of them a device can have."""

from __future__ import annotations

from pos_guard_simulator.faults.entry import FaultEntry, Group
from pos_guard_simulator.faults.of_host import PAYMENT_FAULTS, PROVIDER_FAULTS
from pos_guard_simulator.faults.of_link import LINK_FAULTS
from pos_guard_simulator.faults.of_printer import PRINTER_FAULTS
from pos_guard_simulator.faults.of_scanner import SCANNER_FAULTS
from pos_guard_simulator.faults.of_shop import SHOP_FAULTS

CATALOGUE: tuple[FaultEntry, ...] = (
    *PRINTER_FAULTS,
    *SCANNER_FAULTS,
    *LINK_FAULTS,
    *PAYMENT_FAULTS,
    *PROVIDER_FAULTS,
    *SHOP_FAULTS,
)
"""Built from the enums and vocabularies that the twins use."""


def faults_for(device: str, profile: str = "") -> list[FaultEntry]:
    """What a device of this kind can have, its line included.

    ``profile``: as the device has it (a protocol; of a scanner ``serial``, ``ssi``, ``hid-pos`` or
    ``keyboard``); then only what it really has.
    """
    return [
        entry
        for entry in CATALOGUE
        if device in entry.devices
        and (not profile or not entry.profiles or profile in entry.profiles)
        and profile not in entry.never
    ]


def find(name: str) -> list[FaultEntry]:
    """The faults of that name, or that key; some names are of more than one device."""
    return [entry for entry in CATALOGUE if name in (entry.name, entry.key)]


def of_group(group: Group) -> list[FaultEntry]:
    """The faults of one group."""
    return [entry for entry in CATALOGUE if entry.group is group]
