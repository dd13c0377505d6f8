"""The payment terminals and hosts that there are by name, and their twins."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from functools import partial

from pos_guard.errors import LocalError
from pos_guard.frames.iso8583_profile import PROFILES
from pos_guard.frames.printer_models import model_names
from pos_guard.frames.scanner_models import scanner_models
from pos_guard.links.session import Effects
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator import simulate_payments as payments
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.caisse_ap_twin import CaisseSettings
from pos_guard_simulator.faults.on_device import with_faults
from pos_guard_simulator.guarded.devices import guarded_payment, payee_lists
from pos_guard_simulator.guarded.policy import Lists
from pos_guard_simulator.guarded.settings import GuardedDevice
from pos_guard_simulator.pytest_plugin.clock import Alarm
from pos_guard_simulator.pytest_plugin.place import Place, UsbPlace
from pos_guard_simulator.pytest_plugin.room import TCP, Room
from pos_guard_simulator.pytest_plugin.scripted import PosHost, PosTerminal
from pos_guard_simulator.pytest_plugin.wanted import Wanted, WantedError, one_of
from pos_guard_simulator.simulate_device import Device, OnUsb
from pos_guard_simulator.simulate_stx import stx_device
from pos_guard_simulator.simulate_terminals import caisse_device, host_device, host_settings
from pos_guard_simulator.stx_kinds import STX_KINDS
from pos_guard_simulator.usb_serial.cdc import UsbSerial
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import TerminalSettings

NAMES: Mapping[str, Callable[[], list[str]]] = {
    "printer": lambda: sorted(model_names()),
    "scanner": lambda: sorted(model.name for model in scanner_models()),
    "terminal": lambda: ["zvt", "zvt-serial", "caisse-ap", *STX_KINDS],
    "host": lambda: [*payments.PROVIDERS, *PROFILES],
}
"""What each device may be. Options of an ISO 8583 host follow a comma (docs/link-iso8583.md)."""

HTTP = "http://127.0.0.1"
"""Where a provider is in the settings of its link, which says so in the Host header."""

_USUAL = Wanted()


@functools.cache
def payees(terminal: str, host: str) -> Lists:
    """Who may be paid in a shop whose own devices these are, by their profiles."""
    own = {terminal: _terminal(terminal, serial=True), host: _host(host)}
    return payee_lists({profile: device.facts for profile, device in own.items()})


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
    device = _faulty(_terminal(name, serial=serial), room, "terminal")
    protocol = "zvt-serial" if name == "zvt" and serial else name
    return PosTerminal(device, "terminal", _seat(room, "terminal", device, protocol))


def host(room: Room) -> PosHost:
    """The payment host that a test wants.

    :raises WantedError: for an option that it does not have.
    """
    name = room.wanted.host
    device = _faulty(_host(name), room, "host")
    return PosHost(device, "host", _seat(room, "host", device, "http"))


def _faulty(device: Device, room: Room, name: str) -> Device:
    """The device, with what can go wrong on its line; a real one and the USB have none of that."""
    level = room.wanted.level_of(name)
    if name in room.real or level == "usb":
        return device
    return with_faults(device, serial=level != "tcp")


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
        return room.real_place(name)
    if room.wanted.level_of(name) != "usb":
        profile: str = getattr(room.wanted, name)
        link = partial(_link, profile, device)
        return room.stand(name, _twin(device), protocol, link)
    watched = room.watch(name, _twin(device), protocol)
    cdc = UsbSerial(watched)

    def run(act: Callable[[], Effects]) -> None:
        cdc.act(lambda twin: twin.said(act()))

    place = UsbPlace(room.bus, cdc, run, "cdc_acm")
    alarm = Alarm(watched.due, lambda: cdc.act(lambda twin: twin.said(twin.ring())))
    return room.keep(name, place, alarm)


def _link(profile: str, device: Device, where: str, app: str) -> GuardedDevice:
    if profile in payments.PROVIDERS:
        where = HTTP
    elif profile == "caisse-ap":
        where, app = TCP
    return guarded_payment(profile, device.facts, where, app)


def _twin(device: Device) -> Twin:
    twin = device.twin
    if isinstance(twin, OnUsb):
        raise TypeError(f"a {device.kind} is on no USB of its own")
    return twin
