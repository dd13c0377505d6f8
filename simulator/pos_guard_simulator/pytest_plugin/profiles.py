"""The payment terminals and hosts that there are by name, and their twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import LocalError
from pos_guard.frames.iso8583_profile import PROFILES
from pos_guard.frames.printer_models import model_names
from pos_guard.frames.scanner_models import scanner_models
from pos_guard.links.session import Effects
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator import simulate_payments as payments
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.caisse_ap_twin import CaisseSettings
from pos_guard_simulator.pytest_plugin.clock import Alarm
from pos_guard_simulator.pytest_plugin.place import Place, UsbPlace
from pos_guard_simulator.pytest_plugin.real import RealPlace
from pos_guard_simulator.pytest_plugin.room import Room
from pos_guard_simulator.pytest_plugin.scripted import PosHost, PosTerminal
from pos_guard_simulator.pytest_plugin.wanted import Wanted, WantedError, one_of
from pos_guard_simulator.simulate_device import Device, OnUsb
from pos_guard_simulator.simulate_stx import stx_device
from pos_guard_simulator.simulate_terminals import caisse_device, host_device, host_settings
from pos_guard_simulator.stx_kinds import STX_KINDS
from pos_guard_simulator.usb_cdc import UsbSerial
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings

NAMES: Mapping[str, Callable[[], list[str]]] = {
    "printer": lambda: sorted(model_names()),
    "scanner": lambda: sorted(model.name for model in scanner_models()),
    "terminal": lambda: ["zvt", "zvt-serial", "caisse-ap", *STX_KINDS],
    "host": lambda: [*payments.PROVIDERS, *PROFILES],
}
"""What each device may be. Options of an ISO 8583 host follow a comma (docs/link-iso8583.md)."""

_USUAL = Wanted()


def check(wanted: Wanted) -> None:
    """The models and profiles that a test wants are there.

    :raises WantedError: one is not; the message names those that are.
    """
    for device, names in NAMES.items():
        name: str = getattr(wanted, device)
        if name != getattr(_USUAL, device):
            base = name.partition(",")[0] if device == "host" else name
            one_of(f"{device} model or profile", base, names())


def terminal(room: Room) -> PosTerminal:
    """The payment terminal that a test wants.

    :raises WantedError: it is at no such level.
    """
    name, level = room.wanted.terminal, room.wanted.level_of("terminal")
    serial = level != "tcp" or name == "zvt-serial"
    if name == "caisse-ap" and level not in ("tcp", "memory"):
        raise WantedError(f"Caisse-AP terminals are at level tcp or memory, not {level}")
    device = _terminal(name, serial=serial)
    protocol = "zvt-serial" if name == "zvt" and serial else name
    return PosTerminal(device, "terminal", _seat(room, "terminal", device, protocol))


def host(room: Room) -> PosHost:
    """The payment host that a test wants.

    :raises WantedError: for an option that it does not have.
    """
    name = room.wanted.host
    device = _host(name)
    return PosHost(device, "host", _seat(room, "host", device, "http"))


def _terminal(name: str, *, serial: bool) -> Device:
    if name.startswith("zvt"):
        framing = Framing.SERIAL if serial else Framing.TCP
        return payments.terminal_device(TerminalSettings(framing=framing), Script())
    if name == "caisse-ap":
        return caisse_device(CaisseSettings(), Script())
    return stx_device(name, Script())


def _host(name: str) -> Device:
    if name in payments.PROVIDERS:
        profile, merchant, _ = payments.PROVIDERS[name]
        return payments.provider_device(profile, frozenset({merchant}), {}, {})
    try:
        return host_device(host_settings(name), Script())
    except LocalError as error:
        raise WantedError(str(error)) from error


def _seat(room: Room, name: str, device: Device, protocol: str) -> Place:
    if name in room.real:
        return RealPlace(room.real[name], name)
    watched = room.watch(name, _twin(device), protocol)
    if room.wanted.level_of(name) != "usb":
        return room.seat(name, watched)
    cdc = UsbSerial(watched)

    def run(act: Callable[[], Effects]) -> None:
        cdc.act(lambda twin: twin.said(act()))

    place = UsbPlace(room.bus, cdc, run, "cdc_acm")
    alarm = Alarm(watched.due, lambda: cdc.act(lambda twin: twin.said(twin.ring())))
    return room.keep(name, place, alarm)


def _twin(device: Device) -> Twin:
    twin = device.twin
    if isinstance(twin, OnUsb):
        raise TypeError(f"a {device.kind} is on no USB of its own")
    return twin
