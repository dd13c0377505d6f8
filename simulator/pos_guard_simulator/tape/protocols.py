"""What a tape knows of each protocol: how its bytes are cut, and how secrets are taken out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import ssi
from pos_guard.frames.decoded import Decoded
from pos_guard.frames.decoders import decoder_of
from pos_guard.frames.stx import STX, StxFormat, lrc
from pos_guard_simulator.tape import zvt_secrets
from pos_guard_simulator.tape.digits import hide_all, hide_numbers, is_clean

Hide = Callable[[Decoded], bytes | None]
"""A unit's bytes without secrets; None: that cannot be done. May raise FrameError."""

BYTES, LINES = "bytes", "lines"
PAPER = frozenset({"escpos", "star"})

_STX_FORMATS = {
    "concert-e+": ("stx_concert", "FORMAT"),
    "credibanco": ("stx_hypercom", "FORMAT"),
    "hypercom-ecr": ("stx_hypercom", "FORMAT"),
    "nexi-p17": ("stx_nexi", "FORMAT"),
    "pax-poslink": ("stx_pax", "FORMAT"),
    "transbank": ("stx_transbank", "FORMAT"),
}

_HEADS = {"credibanco": 21, "hypercom-ecr": 21}
"""Bytes of STX, length and header, whose digits are addresses: they may look like a card number."""

_FIELD_END = rb"\x1c"
"""POSLink's fields end with FS."""

FRAMED = frozenset({"caisse-ap", "mis-pos", "ssi", "zvt", "zvt-serial", *_STX_FORMATS})
"""Both sides speak in frames."""

BY_SILENCE = frozenset({"caisse-ap"})
"""Their messages have no mark at their end: the other side's answer says that one is over."""

PAYMENTS = FRAMED - {"ssi"}
"""Their messages are about money, and each differs from the last by a time or a number."""

PROTOCOLS = (BYTES, LINES, *sorted(PAPER | FRAMED))
"""``lines``: a scanner on a serial line; ``bytes``: whatever nobody here can read."""

REFUSED: Mapping[str, str] = {
    "iso8583": "a message's MAC covers the card number, and its key is not ours",
    "provider": "its requests are signed, and its codes pay",
    "wechat": "its requests are signed, and its codes pay",
    "alipay": "its requests are signed, and its codes pay",
    "hidpos": "its reports are on the USB, which no relay of bytes carries",
    "register": "its registers are binary, and its scans have no frame: record it as lines",
}
"""Protocols of which no tape can be made, and why."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Whole units, and how many bytes behind them wait for more. ``lost``: nobody can read it."""

    units: Sequence[Decoded]
    pending: int
    lost: bool = False


def check(protocol: str) -> str:
    """The protocol, if tapes know it.

    :raises LocalError: it has none, and why.
    """
    if protocol in PROTOCOLS:
        return protocol
    reason = next((REFUSED[name] for name in REFUSED if protocol.startswith(name)), None)
    if reason is not None:
        raise LocalError(f"no tape can be made of {protocol}: {reason}")
    raise LocalError(f"{protocol!r} is none of: {', '.join(PROTOCOLS)}")


def cut(protocol: str, data: bytes) -> Cut:
    """Cut a stream of a protocol that has a decoder into its units."""
    decode = decoder_of(protocol)
    if decode is None:
        raise LocalError(f"{protocol} has no frames")
    units: list[Decoded] = []
    at = 0
    for unit in decode(data):
        raw = _on_line(protocol, unit.raw, data[at : at + 3])
        units.append(unit if raw is unit.raw else replace(unit, raw=raw))
        if data[at : at + len(raw)] != raw:
            return Cut((), 0, lost=True)
        at += len(raw)
    if at != len(data):
        return Cut((), 0, lost=True)
    last = units[-1] if units else None
    if last is None:
        return Cut((), 0)
    torn = last.error is not None and last.error.code == "truncated"
    if torn or (protocol in BY_SILENCE and not last.raw.endswith(b"\r\n")):
        return Cut(units[:-1], len(last.raw))
    return Cut(units, 0)


def last_unit(protocol: str, data: bytes) -> Decoded | None:
    """What waited for its end, now that silence says that it has come; None: no whole unit."""
    decode = decoder_of(protocol) if protocol in BY_SILENCE else None
    units = [] if decode is None else list(decode(data))
    return units[0] if len(units) == 1 and units[0].raw == data else None


def _on_line(protocol: str, raw: bytes, line: bytes) -> bytes:
    """Protocollo 17 has ETX and a checksum behind ACK and NAK; the decoder shows the one byte."""
    return line if protocol == "nexi-p17" and len(raw) == 1 and line[1:2] == b"\x03" else raw


def hidden(protocol: str, unit: Decoded) -> bytes | None:
    """A unit of frames without its secrets; None: it is withheld.

    It must read as before: the same message about the same money.
    """
    if unit.error is not None and unit.secret_ranges:
        return None
    try:
        raw = _hider(protocol)(unit)
    except FrameError:
        return None
    if raw is None or not (raw == unit.raw or _alike(protocol, unit, raw)):
        return None
    return raw if is_clean(raw[_HEADS.get(protocol, 0) :]) else None


def _alike(protocol: str, unit: Decoded, raw: bytes) -> bool:
    units = cut(protocol, raw).units
    if len(units) != 1:
        return False
    now = units[0]
    same_error = (now.error and now.error.code) == (unit.error and unit.error.code)
    return (now.name, now.intent) == (unit.name, unit.intent) and same_error


@cache
def _hider(protocol: str) -> Hide:
    if protocol == "zvt":
        return lambda unit: zvt_secrets.without_secrets(unit.raw)
    if protocol == "zvt-serial":
        return lambda unit: zvt_secrets.without_secrets_serial(unit.raw)
    if protocol == "ssi":
        return _ssi
    head = _HEADS.get(protocol, 0)
    if protocol == "caisse-ap":
        return lambda unit: _in_place(protocol, unit, head)
    form = _stx_format(protocol)
    return lambda unit: _sealed(form, _in_place(protocol, unit, head))


def _stx_format(protocol: str) -> StxFormat:
    if protocol == "mis-pos":
        from pos_guard.frames.stx_mispos_profile import example

        return example().form
    module, name = _STX_FORMATS[protocol]
    form: StxFormat = getattr(import_module(f"pos_guard.frames.{module}"), name)
    return form


def _sealed(form: StxFormat, raw: bytes) -> bytes:
    """With the checksum that its bytes have now."""
    return raw[:-1] + bytes([lrc(form, raw[1:-1])]) if raw[0] == STX else raw


def _ssi(unit: Decoded) -> bytes | None:
    """The secret is the code, behind opcode and code type; parts of a picture are none to keep."""
    if unit.error is not None or not unit.secret_ranges:
        return unit.raw
    packet = ssi.parse(unit.raw)
    if packet.opcode != ssi.Op.DECODE_DATA:
        return None
    covered = unit.raw[:5] + hide_numbers(unit.raw[5:-2])
    if covered == unit.raw[:-2]:
        covered = unit.raw[:5] + hide_all(unit.raw[5:-2])
    return covered + ssi.checksum(covered).to_bytes(2, "big")


def _in_place(protocol: str, unit: Decoded, head: int) -> bytes:
    raw = bytearray(unit.raw)
    for start, stop in _spans(protocol, unit):
        raw[start:stop] = hide_all(unit.raw[start:stop])
    return bytes(raw[:head]) + hide_numbers(bytes(raw[head:]))


def _spans(protocol: str, unit: Decoded) -> Sequence[tuple[int, int]]:
    """Where the secrets stand. Some decoders blank more than that: then only what is secret."""
    if protocol == "transbank":
        return _values(unit)
    if protocol == "pax-poslink":
        return _but_the_trace(unit)
    return unit.secret_ranges


def _values(unit: Decoded) -> Sequence[tuple[int, int]]:
    """The account and the voucher among the parameters, which are blanked all together."""
    spans: list[tuple[int, int]] = []
    values = [unit.fields.get(name) for name in unit.secret_fields]
    for value in values:
        if isinstance(value, str) and value:
            said = re.escape(value.encode("latin-1", "replace"))
            found = list(re.finditer(rb"(?<=\|)" + said + rb"(?=[|\x03])", unit.raw))
            if not found:
                return unit.secret_ranges
            spans += [one.span() for one in found]
    return spans


def _but_the_trace(unit: Decoded) -> Sequence[tuple[int, int]]:
    """Behind the account stands the trace: receipt and reference number, and no secret."""
    spans: list[tuple[int, int]] = []
    for start, stop in unit.secret_ranges:
        ends = [found.end() for found in re.finditer(_FIELD_END, unit.raw[start:stop])]
        account = start + ends[0] if ends else stop
        trace = start + ends[1] if len(ends) > 1 else stop
        spans += [(start, account), (trace if ends else stop, stop)]
    return spans
