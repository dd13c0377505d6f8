"""The one place that knows which session speaks which protocol, and how settings reach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from pos_guard.config import LinkConfig, Milliseconds, Protocol
from pos_guard.frames.lines import LineSettings
from pos_guard.guard import Guard
from pos_guard.links.printer import PrinterSession
from pos_guard.links.provider import WAITS, ProviderSession
from pos_guard.links.scanner import ScannerSession, ScannerSettings
from pos_guard.links.session import Session
from pos_guard.links.zvt import ZvtSession
from pos_guard.links.zvt_model import ZvtTiming
from pos_guard.links.zvt_wire import Framing
from pos_guard.ports.address import Address, Kind

MakeSession = Callable[[LinkConfig, Guard], Session]


def make_session(link: LinkConfig, guard: Guard) -> Session:
    """A fresh session for this link."""
    return _SESSIONS[link.protocol](link, guard)


def _zvt(link: LinkConfig, guard: Guard) -> Session:
    table = link.zvt
    times = {
        f"{name}_s": value / 1000
        for name in ("answer", "till", "decide", "alive", "resolve", "half", "frame_ack")
        if (value := _of(table, f"{name}_ms")) is not None
    }
    timing = replace(ZvtTiming(), **times)
    if table.again_ms is not None:
        timing = replace(timing, again_s=tuple(pause / 1000 for pause in table.again_ms))
    framing = (
        link.app_framing or _framing(link.app),
        link.device_framing or _framing(link.device),
    )
    survives = link.app.kind is Kind.PTY
    return ZvtSession(link.name, guard, timing, framing=framing, app_survives=survives)


def _printer(link: LinkConfig, guard: Guard) -> Session:
    return PrinterSession(link.name, guard, link.printer)


def _scanner(link: LinkConfig, guard: Guard) -> Session:
    table = link.scanner
    settings = ScannerSettings(
        lines=LineSettings(prefix=table.prefix, suffix=table.suffix, aim=table.aim),
        idle_seconds=table.idle_ms / 1000,
        encoding=table.encoding,
        also=table.also,
        beep=table.beep,
        instead=table.instead,
    )
    return ScannerSession(link.name, guard, settings)


def _wechat(link: LinkConfig, guard: Guard) -> Session:
    times = {
        field.name: value / 1000
        for field in fields(WAITS)
        if (value := _of(link.wechat, f"{field.name}_ms")) is not None
    }
    default = 443 if link.device.kind is Kind.HTTPS else 80
    host = link.device.host
    if link.device.port != default:
        host = f"{host}:{link.device.port}"
    return ProviderSession(link.name, guard, host, replace(WAITS, **times))


_SESSIONS: Mapping[Protocol, MakeSession] = {
    Protocol.ZVT: _zvt,
    Protocol.ESCPOS: _printer,
    Protocol.SCANNER: _scanner,
    Protocol.WECHAT: _wechat,
}


def _of(table: object, key: str) -> Milliseconds | None:
    value: Milliseconds | None = getattr(table, key)
    return value


def _framing(address: Address) -> Framing:
    return Framing.TCP if address.kind is Kind.TCP else Framing.SERIAL
