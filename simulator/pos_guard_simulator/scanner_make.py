"""Any scanner twin by the name of its model, on any interface."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pos_guard.errors import LocalError
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.hid_pos import LAYOUTS
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.session import Effects
from pos_guard.ports.usb_descriptors import UsbIdentity
from pos_guard.scanners.ssi_decoder import DecoderSettings
from pos_guard_simulator.scanner_line import ScannerLine
from pos_guard_simulator.scanner_menu_make import factory_settings, serial_twin
from pos_guard_simulator.scanner_shown import ShownScanner
from pos_guard_simulator.scanner_ssi import SsiScanner, SsiTwinSettings
from pos_guard_simulator.scanner_state import SerialTwin
from pos_guard_simulator.scanner_usb import (
    HidPosShown,
    KeyboardShown,
    SessionHidPosScanner,
    UsbScanner,
)
from pos_guard_simulator.usb_scanner import HONEYWELL_XENON, NEWLAND_ENGINE
from pos_guard_simulator.usb_scanner_keyboard import METROLOGIC, UsbKeyboardScanner
from pos_guard_simulator.usb_serial.cdc import SCANNER, UsbSerial

HID = frozenset({"hid-pos", "hid-keyboard", "evdev"})
"""The languages of scanners that are on the USB only."""

_ALWAYS_READING = frozenset({"lines", "em3000", "hid-keyboard", "evdev"})


@dataclass(frozen=True, slots=True)
class ScannerOptions:
    """How a scanner is set up; None and empty: as its model leaves the factory.

    ``aim``: an AIM identifier before each code. ``encoding``: of text in codes. ``host_trigger``:
    it reads only once it is triggered. ``layout``: of HID POS reports, or of a keyboard.
    ``faults`` hold from the start.
    """

    model: str = "generic-serial"
    terminator: bytes | None = None
    aim: bool = False
    encoding: str = ""
    host_trigger: bool = False
    layout: str = ""
    faults: tuple[str, ...] = ()


def scanner_line(options: ScannerOptions) -> ScannerLine:
    """A scanner for a pty or a socket (bench.Bench).

    :raises LocalError: for a model that is on no serial line, or an option that it does not have.
    """
    model = _model(options)
    if model.language in HID:
        raise LocalError(f"{model.name} is on the USB only")
    if options.layout:
        raise LocalError(f"{model.name} has no layout")
    line = ScannerLine(_serial(model, options), _encoding(model, options))
    _arm(line, options.faults)
    return line


def usb_scanner(options: ScannerOptions, *, serial: str = "") -> UsbScanner:
    """A scanner for the USB: HID as its model has it, else a serial one as CDC-ACM.

    :raises LocalError: as ``scanner_line``.
    """
    model = _model(options)
    if model.language not in HID:
        line = scanner_line(options)
        cdc = UsbSerial(line, cdc_identity(model.name, serial))
        return UsbScanner(cdc, line, lambda act: cdc.act(lambda _: act()))
    if options.aim:
        raise LocalError(f"{model.name} tells symbologies in its reports, or not at all")
    make = _hid_pos if model.language == "hid-pos" else _keyboard
    return make(model, options, serial)


def cdc_identity(model: str, serial: str = "") -> UsbIdentity:
    """Of a model with a serial line, when it is on the USB.

    :raises LocalError: when there is no such model.
    """
    return _identity(scanner_model(model), SCANNER, serial)


def _model(options: ScannerOptions) -> ScannerModel:
    model = scanner_model(options.model)
    if options.host_trigger and model.language in _ALWAYS_READING:
        raise LocalError(f"{model.name} has no trigger for its host")
    return model


def _encoding(model: ScannerModel, options: ScannerOptions) -> str:
    name = options.encoding or model.encoding
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise LocalError(f"there is no encoding {name!r}") from error
    return name


def _serial(model: ScannerModel, options: ScannerOptions) -> SerialTwin:
    settings = replace(factory_settings(model), aim=options.aim)
    if options.terminator is not None:
        settings = replace(settings, terminator=options.terminator)
    if model.language != "ssi":
        return serial_twin(model, settings, free=not options.host_trigger)
    if options.aim:
        raise LocalError(f"{model.name} tells symbologies in its packets")
    host = {param.TRIGGER_MODE: param.TRIGGER_HOST} if options.host_trigger else {}
    decoder = DecoderSettings(host, suffix=settings.terminator)
    return SsiScanner(SsiTwinSettings(decoder))


def _hid_pos(model: ScannerModel, options: ScannerOptions, serial: str) -> UsbScanner:
    if options.terminator is not None:
        raise LocalError(f"{model.name} sends reports, which have no line end")
    layout = options.layout or model.layout or "honeywell-64"
    if layout not in LAYOUTS:
        raise LocalError(f"no layout {layout!r}, only: {', '.join(LAYOUTS)}")
    maker = NEWLAND_ENGINE if layout == "newland-64" else HONEYWELL_XENON
    device = SessionHidPosScanner(
        layout, _identity(model, maker, serial), encoding=_encoding(model, options)
    )
    shown = HidPosShown(device, host_trigger=options.host_trigger)
    return _hid(device, shown, options.faults)


def _keyboard(model: ScannerModel, options: ScannerOptions, serial: str) -> UsbScanner:
    end = b"\r" if options.terminator is None else options.terminator
    device = UsbKeyboardScanner(
        options.layout or "us",
        _identity(model, METROLOGIC, serial),
        # One Enter for CR LF, as scanners that type have it.
        terminator=end.replace(b"\r\n", b"\r").replace(b"\n", b"\r").decode("ascii"),
    )
    return _hid(device, KeyboardShown(device), options.faults)


def _hid(
    device: SessionHidPosScanner | UsbKeyboardScanner, shown: ShownScanner, faults: Iterable[str]
) -> UsbScanner:
    _arm(shown, faults)

    def do(act: Callable[[], Effects]) -> None:
        act()  # reports wait in the device: there are no effects

    return UsbScanner(device, shown, do)


def _arm(shown: ShownScanner, faults: Iterable[str]) -> None:
    for fault in faults:
        shown.arm(fault)


def _identity(model: ScannerModel, usual: UsbIdentity, serial: str) -> UsbIdentity:
    """The model's ids where it has any; a product number where only the vendor is known."""
    serial = serial or usual.serial
    exact = next((one for one in model.usb if one.product is not None), None)
    if exact is not None and exact.product is not None:
        return replace(usual, vendor=exact.vendor, product=exact.product, serial=serial)
    if model.usb and all(one.vendor != usual.vendor for one in model.usb):
        return replace(usual, vendor=model.usb[0].vendor, serial=serial)
    return replace(usual, serial=serial)
