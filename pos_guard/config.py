"""The daemon's settings: one strict TOML file, every problem at once, each with its line.

Paths are relative to the file. Times are whole milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NewType

from pos_guard.errors import LocalError
from pos_guard.ledger.opening import LedgerAddress
from pos_guard.links.exchange_make import make_parts as make_exchange_parts
from pos_guard.links.printer_settings import ModelName, PrinterSettings
from pos_guard.links.provider_make import is_own, read_profile
from pos_guard.links.scanner_make import make_parts
from pos_guard.links.scanner_settings import (
    Codec,
    ScannerLanguageName,
    ScannerName,
    ScannerTable,
    contradictions,
    read_codec,
    read_language,
    read_scanner,
)
from pos_guard.links.setting_types import Hex, Milliseconds, hexadecimal, milliseconds
from pos_guard.links.zvt_wire import Framing
from pos_guard.ports.address import Address, Kind
from pos_guard.shared_settings import (
    Hours,
    LedgerTable,
    Merchant,
    read_address,
    read_hours,
    read_merchant,
)
from pos_guard.strict import TomlFile, read_text
from pos_guard.toml_lines import KeyPath

MAX_LINKS = 32
"""Links of one daemon: a till has four or five; a lane server a few tills."""

_NAME = re.compile(r"(?!app$)[A-Za-z0-9][A-Za-z0-9_-]{0,31}", re.ASCII)

_SOCKET = "run/decide.sock"
"""The decision socket, where the settings name none."""

_NOTHING_TO_DO = (
    "nothing would be guarded: add a [[link]] table for each device; or name the decision socket,"
    f' if your own programs are to ask (socket = "{_SOCKET}")'
)

LinkName = NewType("LinkName", str)


class Protocol(StrEnum):
    """What is spoken on a link."""

    ZVT = "zvt"
    ESCPOS = "escpos"
    SCANNER = "scanner"
    WECHAT = "wechat"
    STX = "stx"
    ISO8583 = "iso8583"
    CAISSE_AP = "caisse-ap"
    PROVIDER = "provider"


EXCHANGE = frozenset({Protocol.STX, Protocol.ISO8583, Protocol.CAISSE_AP})
"""Protocols of requests and answers, which one session serves: ``links.exchange``."""


@dataclass(frozen=True, slots=True)
class ZvtTable:
    """``[link.zvt]``: waits that differ from the protocol's; see ``links.zvt_model.ZvtTiming``."""

    answer_ms: Milliseconds | None = None
    till_ms: Milliseconds | None = None
    decide_ms: Milliseconds | None = None
    alive_ms: Milliseconds | None = None
    resolve_ms: Milliseconds | None = None
    half_ms: Milliseconds | None = None
    frame_ack_ms: Milliseconds | None = None
    again_ms: tuple[Milliseconds, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExchangeTable:
    """``[link.exchange]``: waits other than the protocol's; see ``dialect.ExchangeTiming``.

    ``payee``: the terminal or merchant at the end of this line, as it stands on the policy's list,
    for protocols whose messages name none (Concert, PAX, often Caisse-AP).
    """

    payee: str = ""
    answer_ms: Milliseconds | None = None
    decide_ms: Milliseconds | None = None
    alive_ms: Milliseconds | None = None
    resolve_ms: Milliseconds | None = None
    again_ms: tuple[Milliseconds, ...] | None = None


@dataclass(frozen=True, slots=True)
class ProviderTable:
    """``[link.provider]``, and ``[link.wechat]`` of old: waits; see ``links.provider.Waits``."""

    request_ms: Milliseconds | None = None
    connect_ms: Milliseconds | None = None
    hold_ms: Milliseconds | None = None
    reply_ms: Milliseconds | None = None


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """``[[link]]``: one till side, one device side, one protocol.

    Without ``app_framing`` and ``device_framing`` ZVT is bare on TCP and framed on ptys and
    serial lines. ``profile`` is a protocol's dialect, or the provider; for a provider of one's
    own the path of its file, which ends in ``.toml``.
    """

    name: LinkName
    protocol: Protocol
    app: Address
    device: Address
    profile: str = ""
    app_framing: Framing | None = None
    device_framing: Framing | None = None
    zvt: ZvtTable = field(default_factory=ZvtTable)
    printer: PrinterSettings = field(default_factory=PrinterSettings)
    scanner: ScannerTable = field(default_factory=ScannerTable)
    wechat: ProviderTable = field(default_factory=ProviderTable)
    exchange: ExchangeTable = field(default_factory=ExchangeTable)
    provider: ProviderTable = field(default_factory=ProviderTable)


@dataclass(frozen=True, slots=True)
class GuardConfig:
    """A whole settings file, with absolute paths; ``libusb`` as the system's loader takes it.

    ``links`` may be empty where the file names a ``socket``: then only programs ask, through it.
    ``policy_key``: the public key that must have signed the policy, or None: it need not be signed.
    ``ledger``: the shared one, or None: this store's is the only one.
    """

    state: Path
    policy: Path
    socket: Path
    keeper: Path
    links: tuple[LinkConfig, ...]
    libusb: str = ""
    policy_key: Path | None = None
    ledger: LedgerTable | None = None


@dataclass(frozen=True, slots=True)
class _File:
    """The file as it is written."""

    link: tuple[LinkConfig, ...] = ()
    state: str = "state"
    policy: str = "policy.toml"
    socket: str | None = None
    keeper: str = "run/keeper.sock"
    libusb: str = ""
    policy_key: str = ""
    ledger: LedgerTable | None = None


def load_config(path: Path) -> GuardConfig:
    """Read a settings file.

    :raises SettingsError: when it cannot be read, or with everything that is wrong in it.
    """
    return parse_config(read_text(path, str(path)), path)


def parse_config(text: str, path: Path) -> GuardConfig:
    """Read settings from their text; ``path`` is where relative paths start, and for messages.

    :raises SettingsError: with everything that is wrong in it.
    """
    file = TomlFile(text, str(path))
    table = file.structure(
        _File,
        {
            Address: _address,
            LinkName: _name,
            Milliseconds: milliseconds,
            Hex: hexadecimal,
            ModelName: _model,
            ScannerName: read_scanner,
            ScannerLanguageName: read_language,
            Codec: read_codec,
            LedgerAddress: read_address,
            Merchant: read_merchant,
            Hours: read_hours,
        },
    )
    root = path.resolve().parent
    problems = [file.problem(where, message) for where, message in _contradictions(table, root)]
    if problems:
        raise file.error(problems)
    return GuardConfig(
        state=root / table.state,
        policy=root / table.policy,
        socket=root / (table.socket or _SOCKET),
        keeper=root / table.keeper,
        links=tuple(_under(root, link) for link in table.link),
        libusb=table.libusb,
        policy_key=root / table.policy_key if table.policy_key else None,
        ledger=None if table.ledger is None else table.ledger.under(root),
    )


_APP_KINDS = {
    Protocol.ZVT: {Kind.TCP, Kind.PTY},
    Protocol.ESCPOS: {Kind.TCP, Kind.PTY, Kind.UNIX, Kind.USB},
    Protocol.SCANNER: {Kind.TCP, Kind.PTY, Kind.HID, Kind.CDC, Kind.UINPUT},
    Protocol.WECHAT: {Kind.TCP},
    Protocol.STX: {Kind.TCP, Kind.PTY},
    Protocol.ISO8583: {Kind.TCP, Kind.PTY},
    Protocol.CAISSE_AP: {Kind.TCP},
    Protocol.PROVIDER: {Kind.TCP},
}

_DEVICE_KINDS = {
    Protocol.ZVT: {Kind.TCP, Kind.SERIAL},
    Protocol.ESCPOS: {Kind.TCP, Kind.SERIAL, Kind.USB, Kind.LP, Kind.UNIX},
    Protocol.SCANNER: {Kind.TCP, Kind.SERIAL, Kind.HID, Kind.CDC, Kind.HIDRAW, Kind.EVDEV},
    Protocol.WECHAT: {Kind.HTTP, Kind.HTTPS},
    Protocol.STX: {Kind.TCP, Kind.SERIAL},
    Protocol.ISO8583: {Kind.TCP, Kind.SERIAL},
    Protocol.CAISSE_AP: {Kind.TCP},
    Protocol.PROVIDER: {Kind.HTTP, Kind.HTTPS},
}

_TABLES = {
    "zvt": (Protocol.ZVT,),
    "printer": (Protocol.ESCPOS,),
    "scanner": (Protocol.SCANNER,),
    "wechat": (Protocol.WECHAT,),
    "exchange": (Protocol.STX, Protocol.ISO8583, Protocol.CAISSE_AP),
    "provider": (Protocol.PROVIDER,),
}


def _contradictions(table: _File, root: Path) -> Iterator[tuple[KeyPath, str]]:
    if len(table.link) > MAX_LINKS:
        yield ("link",), f"at most {MAX_LINKS} links"
    if table.socket == "":
        yield ("socket",), "a path is needed"
    if not table.link and table.socket is None:
        yield ("link",), _NOTHING_TO_DO
    apps: set[str] = set()
    names: set[str] = set()
    for index, link in enumerate(table.link):
        where: KeyPath = ("link", index)
        for key, message in _link_contradictions(link):
            yield (*where, key), message
        for below, message in _scanner_contradictions(link):
            yield (*where, *below), message
        for message in _profile_contradictions(link, root):
            yield (*where, "profile"), message
        if link.name in names:
            yield (*where, "name"), f"{link.name} is the name of an earlier link"
        chosen = link.app.kind is Kind.TCP and link.app.port == 0  # by the system, each anew
        if str(link.app) in apps and not chosen:
            yield (*where, "app"), "an earlier link is there"
        names.add(link.name)
        apps.add(str(link.app))


def _link_contradictions(link: LinkConfig) -> Iterator[tuple[str, str]]:
    if link.app.kind not in _APP_KINDS[link.protocol]:
        yield "app", f"a till cannot use {link.protocol} at {link.app.kind}:"
    if link.device.kind not in _DEVICE_KINDS[link.protocol]:
        yield "device", f"no {link.protocol} device can be at {link.device.kind}:"
    if _copies_nothing(link):
        kind = link.app.kind
        what = "USB printer" if kind is Kind.USB else f"{kind} scanner"
        yield "app", f"only a {what} can be copied: write {kind}:VENDOR:PRODUCT"
    if link.device.kind is Kind.TCP and link.device.port == 0:
        yield "device", "port 0 is nowhere"
    if link.protocol is not Protocol.ZVT:
        for key in ("app_framing", "device_framing"):
            if getattr(link, key) is not None:
                yield key, "only zvt has a framing to choose"
    for key, protocols in _TABLES.items():
        usual = LinkConfig.__dataclass_fields__[key].default_factory
        used = callable(usual) and getattr(link, key) != usual()
        if used and link.protocol not in protocols:
            names = ", ".join(protocols)
            yield key, f"belongs to protocol {names}, and this link speaks {link.protocol}"


def _copies_nothing(link: LinkConfig) -> bool:
    """The till is to see the real device again, but there is none of that kind."""
    app, device = link.app, link.device
    return (
        app.kind in {Kind.USB, Kind.HID, Kind.CDC}
        and not app.vendor
        and (device.kind is not app.kind)
    )


def _scanner_contradictions(link: LinkConfig) -> Iterator[tuple[KeyPath, str]]:
    """What the scanner, its language or the till cannot have."""
    kinds = (link.app.kind, link.device.kind)
    fits = kinds[0] in _APP_KINDS[link.protocol] and kinds[1] in _DEVICE_KINDS[link.protocol]
    if link.protocol is not Protocol.SCANNER or not fits:
        return
    found = [(key, message) for key, message in contradictions(link.scanner, *kinds)]
    if not found:
        try:
            make_parts(link.scanner, *kinds)
        except LocalError as error:
            found = [("", str(error))]
    for key, message in found:
        yield ("scanner", key) if key else ("scanner",), message


def _profile_contradictions(link: LinkConfig, root: Path) -> Iterator[str]:
    """A profile that does not exist, not on such ports, or of a protocol that has none."""
    app, device = link.app.kind, link.device.kind
    fits = app in _APP_KINDS[link.protocol] and device in _DEVICE_KINDS[link.protocol]
    try:
        if link.protocol is Protocol.PROVIDER:
            read_profile(_under(root, link).profile)
        elif link.protocol not in EXCHANGE:
            if link.profile:
                yield f"{link.protocol} has no profiles"
        elif fits:
            make_exchange_parts(link.protocol, link.profile, app, device)
    except LocalError as error:
        yield str(error)


def _under(root: Path, link: LinkConfig) -> LinkConfig:
    """A profile of one's own stands beside the settings."""
    return replace(link, profile=str(root / link.profile)) if is_own(link.profile) else link


def _address(value: object) -> Address:
    return Address.parse(_text(value))


def _name(value: object) -> LinkName:
    text = _text(value)
    if not _NAME.fullmatch(text):
        raise ValueError("is no link name: 1 to 32 letters, digits, - or _, and not app")
    return LinkName(text)


def _model(value: object) -> ModelName:
    name = _text(value)
    try:
        _ = PrinterSettings(ModelName(name)).traits
    except LocalError as error:
        raise ValueError(str(error)) from error
    return ModelName(name)


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("must be text")
    return value
