"""``pos-guard decode ssi``: bytes of either side to packets, wrong ones included."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.ssi import DECODER, HEADER, HOST, BadPacket, Framer, Op, Packet, Status
from pos_guard.frames.ssi_parameters import (
    NO_BEEP,
    build_number,
    read_numbers,
    read_parameters,
)
from pos_guard.frames.ssi_table import code_type, names, opcode_name, parameters

_SOURCES = {DECODER: "decoder", HOST: "host"}
_BITS = {
    Status.AGAIN: "retransmission",
    Status.MORE: "continuation",
    Status.PERMANENT: "permanent",
}
# Payment codes have 16 digits or more (whichever wallet, with prefix and suffix or without), or
# are EMVCo's: "hQVDUFY" is their beginning. Too much hidden is better than a code shown.
_LIKE_A_PAYMENT_CODE = re.compile(rb"\d{16}|hQVDUFY")
# What cannot carry a code.
_PLAIN = frozenset(range(0x100)) - {
    Op.DECODE_DATA,
    Op.MULTIPACKET_SEGMENT,
    Op.BATCH_DATA,
    Op.IMAGE_DATA,
    Op.VIDEO_DATA,
}

Fields = dict[str, Json]


def decode(data: bytes) -> Iterator[Decoded]:
    """Each packet. A damaged one, noise and a cut end have ``error``; the rest is still decoded."""
    framer = Framer()
    parts = False  # the packet before was not the last one of its message
    for event in framer.feed(data):
        if isinstance(event, BadPacket):
            yield _broken(event.error, event.raw)
            continue
        yield _decoded(event, part=parts or event.more)
        parts = event.more
    rest = framer.expire()
    if rest:
        error = FrameError("truncated", "the packet is shorter than its length says", len(rest))
        yield _broken(error, rest)


def _broken(error: FrameError, raw: bytes) -> Decoded:
    # What cannot be read may hold anything, a payment code too: all but the header is blanked.
    noise = error.code == "noise" or len(raw) < HEADER
    shown = 0 if noise else HEADER
    name = "unknown" if noise else opcode_name(raw[1])
    fields = {} if noise else _header(raw)
    hidden = ((shown, len(raw)),) if len(raw) > shown else ()
    return Decoded("ssi", name, raw, fields, error=error, secret_ranges=hidden)


def _decoded(packet: Packet, *, part: bool) -> Decoded:
    fields = _header(packet.raw)
    error = None
    try:
        fields.update(_READERS.get(packet.opcode, _plain)(packet.data))
    except FrameError as wrong:
        error = FrameError(wrong.code, str(wrong), HEADER + (wrong.at or 0))
    secret = packet.opcode not in _PLAIN and (part or _hides(packet))
    if not secret:
        return Decoded("ssi", opcode_name(packet.opcode), packet.raw, fields, error=error)
    # The checksum too: it says what a missing digit is.
    ranges = ((HEADER + 1, len(packet.raw)),)
    return Decoded(
        "ssi",
        opcode_name(packet.opcode),
        packet.raw,
        fields,
        error=error,
        secret_fields=frozenset({"data"}),
        secret_ranges=ranges,
    )


def _hides(packet: Packet) -> bool:
    return packet.opcode != Op.DECODE_DATA or bool(_LIKE_A_PAYMENT_CODE.search(packet.data))


def _header(raw: bytes) -> Fields:
    fields: Fields = {
        "length": raw[0],
        "opcode": f"{raw[1]:02X}",
        "source": _SOURCES.get(raw[2], f"{raw[2]:02X}"),
        "status": raw[3],
    }
    bits: list[Json] = [name for bit, name in _BITS.items() if raw[3] & bit]
    return {**fields, "flags": bits} if bits else fields


def _plain(data: bytes) -> Fields:
    return {"data": data.hex()} if data else {}


def _decode_data(data: bytes) -> Fields:
    if not data:
        raise FrameError("truncated", "there is no code type", 0)
    kind = code_type(data[0])
    return {
        "code_type": f"{kind.code:02X}",
        "code_name": kind.name,
        "symbology": kind.symbology and str(kind.symbology),
        "data": data[1:].decode("utf-8", errors="backslashreplace"),
    }


def _parameters(data: bytes) -> Fields:
    if not data:
        raise FrameError("truncated", "there is no beep code", 0)
    told: dict[str, Json] = {}
    for parameter in read_parameters(data):
        told[_parameter_name(parameter.number)] = parameter.value.hex()
    return {"beep": None if data[0] == NO_BEEP else data[0], "parameters": told}


def _numbers(data: bytes) -> Fields:
    asked: list[Json] = [_parameter_name(number) for number in read_numbers(data)]
    return {"parameters": asked}


def _parameter_name(number: int) -> str:
    row = parameters().get(number)
    code = build_number(number).hex(" ").upper()
    return code if row is None else f"{code} {row.name}"


def _named(table: str, key: str) -> Callable[[bytes], Fields]:
    def read(data: bytes) -> Fields:
        if not data:
            raise FrameError("truncated", f"there is no {key}", 0)
        return {key: names(table).get(data[0], f"{data[0]:02X}"), **_plain(data)}

    return read


def _text(data: bytes) -> Fields:
    return {"text": data.decode("ascii", errors="backslashreplace")}


_READERS: dict[int, Callable[[bytes], Fields]] = {
    Op.DECODE_DATA: _decode_data,
    Op.PARAM_SEND: _parameters,
    Op.PARAM_REQUEST: _numbers,
    Op.NAK: _named("nak", "cause"),
    Op.EVENT: _named("event", "event"),
    Op.BEEP: _named("beep", "beep"),
    Op.REPLY_REVISION: _text,
}
