"""``pos-guard simulate scanner``: any scanner by its model, and what is done to it by name."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

import click

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.frames.symbology import AIM, Symbology, identifier
from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.scanner_make import (
    HID,
    ScannerOptions,
    cdc_identity,
    scanner_line,
    usb_scanner,
)
from pos_guard_simulator.scanner_shown import Seen, ShownScanner
from pos_guard_simulator.simulate_device import Device, Fields, OnUsb, Op, Reply, RequestError
from pos_guard_simulator.simulate_scanner_input import MAX_CODE
from pos_guard_simulator.usb_serial.device import serial_on_usb
from pos_guard_simulator.watches.changes import StateWatch

MAX_PATH = 4_096
"""Characters of a picture's path: PATH_MAX of Linux."""

MAX_PICTURE = 8 << 20
"""Bytes of a picture that is sent along: a photograph as telephones take them."""

_MAX_WRITTEN = (MAX_PICTURE + 2) // 3 * 4  # in Base64

_SHOWN = ("scans", "missed", "beeps", "good_beeps", "leds", "enabled", "reads", "faults")
"""What of its state a journal tells."""

USUAL_AIM = "]Q1"
"""A code without a named symbology is a QR code."""


def scanner_device(options: ScannerOptions, *, png: Path | None = None) -> Device:
    """A scanner: on the USB where its model is only there, else on a serial line or a socket too.

    ``png`` is a picture that it reads once somebody has opened it.

    :raises LocalError: for a model, an option or a picture that it cannot have.
    """
    lies = _picture(png) if png is not None else None
    if on_usb_only(options.model):
        scanner = usb_scanner(options)
        if lies is not None:
            scanner.do(lambda: scanner.shown.lay(*lies))
        return _device(options, OnUsb(scanner.device, scanner.do), scanner.shown)
    line = scanner_line(options)
    if lies is not None:
        line.lay(*lies)
    return _device(options, line, line)


def on_usb_only(model: str) -> bool:
    """Whether such a scanner has no serial line.

    :raises LocalError: when there is no such model.
    """
    return scanner_model(model).language in HID


def _device(options: ScannerOptions, twin: OnUsb | Twin, shown: ShownScanner) -> Device:
    language = scanner_model(options.model).language
    no_text = language in HID or language == "ssi"
    return Device(
        "scanner",
        twin,
        _ops(shown),
        {"model": options.model, "language": language},
        scan=lambda code: _typed(shown, code),
        protocol="ssi" if language == "ssi" else "",
        watch=StateWatch(shown.state, _SHOWN).fresh,
        on_usb=lambda line: serial_on_usb(line, cdc_identity(options.model)),
        encoding="" if no_text else options.encoding or scanner_model(options.model).encoding,
    )


def _ops(shown: ShownScanner) -> Mapping[str, Op]:
    return {
        "scan": lambda fields: _scan(shown, fields),
        "scan-picture": lambda fields: _scan_picture(shown, fields),
        "trigger": lambda _: Reply(effects=shown.pull()),
        "fault": lambda fields: Reply(effects=shown.arm(fields.text("name"))),
        "clear": lambda fields: Reply(effects=shown.clear(fields.text("name"))),
        "state": lambda _: Reply(shown.state()),
    }


def _scan(shown: ShownScanner, fields: Fields) -> Reply:
    code, aim = _code(fields), _aim(fields) or USUAL_AIM
    fields.end()  # before anything is read, not after it
    return _reply(shown.show(code, aim))


def _scan_picture(shown: ShownScanner, fields: Fields) -> Reply:
    shot, wanted = _shot(fields), _aim(fields)
    fields.end()
    code, aim = _picture(shot, wanted)
    return _reply(shown.show(code, aim), symbology=aim, bytes=len(code))


def _reply(seen: Seen, **more: Json) -> Reply:
    answer: dict[str, Json] = {"read": not seen.why, **more}
    if seen.why:
        answer["why"] = seen.why
    return Reply(answer, seen.effects)


def _code(fields: Fields) -> str | bytes:
    """The code: a text, or any bytes as Base64.

    :raises RequestError: neither, or both.
    """
    written = fields.maybe_text("base64", MAX_CODE * 2)
    if written is None:
        return fields.long_text("payload", MAX_CODE)
    try:
        code = base64.b64decode(written, validate=True)
    except binascii.Error as error:
        raise RequestError("bad-request", "'base64' is no Base64") from error
    if not 0 < len(code) <= MAX_CODE:
        raise RequestError("bad-request", f"'base64' is no code of 1 to {MAX_CODE} bytes")
    return code


def _aim(fields: Fields) -> str:
    """The symbology, as AIM identifier or by name; empty: none is given."""
    named = fields.maybe_text("symbology")
    if named is None:
        return ""
    if AIM.fullmatch(named.encode()):
        return named
    if named in list(Symbology):
        return identifier(Symbology(named)) or ""
    raise RequestError("bad-request", "'symbology' is a name (qr) or an AIM identifier (]E0)")


def _shot(fields: Fields) -> Path | bytes:
    """The picture: a file here, or its bytes as Base64.

    :raises RequestError: neither, or both.
    """
    written = fields.maybe_text("png", _MAX_WRITTEN)
    if written is None:
        return Path(fields.long_text("path", MAX_PATH))
    try:
        return base64.b64decode(written, validate=True)
    except binascii.Error as error:
        raise RequestError("bad-request", "'png' is no Base64") from error


def _picture(shot: Path | bytes, aim: str = "") -> tuple[bytes, str]:
    # Loaded when it is needed: it takes Pillow and zxing-cpp.
    from pos_guard_simulator.scanner_picture import read_picture

    symbol = read_picture(shot, aim)
    return symbol.data, symbol.aim


def _typed(shown: ShownScanner, code: bytes) -> Effects:
    """A line of standard input: text where it is UTF-8, else its bytes."""
    try:
        text: str | bytes = code.decode()
    except UnicodeDecodeError:
        text = code
    try:
        return shown.show(text).effects
    except LocalError as error:
        click.echo(f"not scanned: {error}", err=True)
        return []
