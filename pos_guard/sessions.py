"""The one place that knows which session speaks which protocol, and how settings reach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from pos_guard.config import EXCHANGE, LinkConfig, Protocol, ProviderTable
from pos_guard.guard import Guard
from pos_guard.links.session import Session
from pos_guard.links.setting_types import Milliseconds
from pos_guard.links.zvt_wire import Framing
from pos_guard.ports.address import Address, Kind

MakeSession = Callable[[LinkConfig, Guard], Session]
Descriptor = Callable[[], bytes]


# Each maker imports what its protocol is made of: a shop has a few of them, and memory for those.


def make_session(link: LinkConfig, guard: Guard, descriptor: Descriptor = bytes) -> Session:
    """A fresh session for this link.

    ``descriptor`` gives the report descriptor of a HID device once that is connected.
    """
    if link.protocol is Protocol.SCANNER:
        return _scanner(link, guard, descriptor)
    return _SESSIONS[link.protocol](link, guard)


def _zvt(link: LinkConfig, guard: Guard) -> Session:
    from pos_guard.links.zvt import ZvtSession
    from pos_guard.links.zvt_model import ZvtTiming

    table, usual = link.zvt, ZvtTiming()
    again = table.again_ms
    timing = ZvtTiming(
        answer_s=_seconds(table.answer_ms, usual.answer_s),
        till_s=_seconds(table.till_ms, usual.till_s),
        decide_s=_seconds(table.decide_ms, usual.decide_s),
        alive_s=_seconds(table.alive_ms, usual.alive_s),
        resolve_s=_seconds(table.resolve_ms, usual.resolve_s),
        again_s=usual.again_s if again is None else tuple(pause / 1000 for pause in again),
        half_s=_seconds(table.half_ms, usual.half_s),
        frame_ack_s=_seconds(table.frame_ack_ms, usual.frame_ack_s),
    )
    framing = (
        link.app_framing or _framing(link.app),
        link.device_framing or _framing(link.device),
    )
    survives = link.app.kind is Kind.PTY
    return ZvtSession(link.name, guard, timing, framing=framing, app_survives=survives)


def _printer(link: LinkConfig, guard: Guard) -> Session:
    from pos_guard.links.printer import PrinterSession
    from pos_guard.links.printer_readers import picture_reader

    settings = link.printer
    return PrinterSession(link.name, guard, settings, picture_reader(settings.reader))


def _scanner(link: LinkConfig, guard: Guard, descriptor: Descriptor) -> Session:
    from pos_guard.links.scanner import ScannerSession
    from pos_guard.links.scanner_make import make_parts

    parts = make_parts(link.scanner, link.app.kind, link.device.kind)
    return ScannerSession(
        link.name, guard, parts.language, parts.front, parts.settings, descriptor=descriptor
    )


def _wechat(link: LinkConfig, guard: Guard) -> Session:
    return _provider_session(link, guard, link.wechat, "wechat-v3")


def _provider(link: LinkConfig, guard: Guard) -> Session:
    return _provider_session(link, guard, link.provider, link.profile)


def _provider_session(
    link: LinkConfig, guard: Guard, table: ProviderTable, profile: str
) -> Session:
    from pos_guard.links.provider import WAITS, ProviderSession, Waits
    from pos_guard.links.provider_make import read_profile

    waits = Waits(
        request=_seconds(table.request_ms, WAITS.request),
        connect=_seconds(table.connect_ms, WAITS.connect),
        hold=_seconds(table.hold_ms, WAITS.hold),
        reply=_seconds(table.reply_ms, WAITS.reply),
    )
    default = 443 if link.device.kind is Kind.HTTPS else 80
    host = link.device.host
    if link.device.port != default:
        host = f"{host}:{link.device.port}"
    return ProviderSession(link.name, guard, host, waits, read_profile(profile))


def _exchange(link: LinkConfig, guard: Guard) -> Session:
    from pos_guard.links.dialect import ExchangeTiming
    from pos_guard.links.exchange import ExchangeSession
    from pos_guard.links.exchange_make import make_parts

    parts = make_parts(link.protocol, link.profile, link.app.kind, link.device.kind)
    table, usual = link.exchange, parts.timing
    again = table.again_ms
    timing = ExchangeTiming(
        answer_s=_seconds(table.answer_ms, usual.answer_s),
        decide_s=_seconds(table.decide_ms, usual.decide_s),
        alive_s=_seconds(table.alive_ms, usual.alive_s),
        resolve_s=_seconds(table.resolve_ms, usual.resolve_s),
        again_s=usual.again_s if again is None else tuple(pause / 1000 for pause in again),
    )
    survives = link.app.kind is Kind.PTY
    parts = replace(parts, timing=timing)
    return ExchangeSession(
        link.name, guard, parts, app_survives=survives, payee=table.payee or None
    )


_SESSIONS: Mapping[Protocol, MakeSession] = {
    Protocol.ZVT: _zvt,
    Protocol.ESCPOS: _printer,
    Protocol.WECHAT: _wechat,
    Protocol.PROVIDER: _provider,
    **dict.fromkeys(EXCHANGE, _exchange),
}


def _seconds(set_to: Milliseconds | None, usual: float) -> float:
    return usual if set_to is None else set_to / 1000


def _framing(address: Address) -> Framing:
    return Framing.TCP if address.kind is Kind.TCP else Framing.SERIAL
