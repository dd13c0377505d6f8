"""``pos-guard decode register``: commands, replies and scans of one line, wrong ones included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.registers import (
    HOST,
    HostFrame,
    Kind,
    ReplyFrame,
    Status,
    host_size,
    parse_host,
    parse_reply,
    reply_size,
)

PROTOCOL = "register"

_HEAD = re.compile(rb"\x7e\x00|[\x02\x03]\x00")
_NAMES = {
    Kind.READ: "read",
    Kind.WRITE: "write",
    Kind.SAVE: "save",
    Kind.HEARTBEAT: "heartbeat",
}
_STATUS_NAMES = {
    Status.DONE: "done",
    Status.BAD_CRC: "crc-failed",
    Status.UNKNOWN: "unknown-command",
}


def decode(data: bytes) -> Iterator[Decoded]:
    """Each command and reply, and the scans between them, which are masked.

    What begins as a frame and is none has ``error``; the next one is still decoded.
    """
    start = 0
    while start < len(data):
        whole = _whole(data, start)
        if whole is not None:
            yield _shown(whole)
            start += len(whole.raw)
            continue
        stop = _stop(data, start)
        yield _rest(data[start:stop])
        start = stop


def _whole(data: bytes, start: int) -> HostFrame | ReplyFrame | None:
    """The right frame that begins here, if one does."""
    size = _size(data, start)
    if size is None:
        return None
    try:
        raw = data[start : start + size]
        return parse_host(raw) if raw.startswith(HOST) else parse_reply(raw)
    except FrameError:
        return None


def _size(data: bytes, start: int) -> int | None:
    if data.startswith(HOST, start):
        return host_size(data, start)
    return reply_size(data, start) if _HEAD.match(data, start) else None


def _stop(data: bytes, start: int) -> int:
    """Where bytes that are no right frame end: where their length says, or the next frame begins.

    A scan that stands before a broken frame ends there too.
    """
    size = _size(data, start)
    stop = len(data) if size is None else min(start + size, len(data))
    at = start
    while (head := _HEAD.search(data, at + 1, stop)) is not None:
        at = head.start()
        if _whole(data, at) is not None or (size is None and data.startswith(HOST, at)):
            return at
    return stop


def _rest(raw: bytes) -> Decoded:
    if not _HEAD.match(raw):
        # Between frames stands what was scanned: a payment code too.
        text: Json = raw.decode("utf-8", "replace")
        return Decoded(
            PROTOCOL,
            "scan",
            raw,
            {"data": text},
            secret_fields=frozenset({"data"}),
            secret_ranges=((0, len(raw)),),
        )
    error = FrameError("framing", "no frame")
    try:
        if raw.startswith(HOST):
            parse_host(raw)
        else:
            parse_reply(raw)
    except FrameError as wrong:
        error = wrong
    name = "command" if raw.startswith(HOST) else "reply"
    # What cannot be read may be a scan that only begins like a frame.
    return Decoded(PROTOCOL, name, raw, error=error, secret_ranges=((4, max(4, len(raw))),))


def _shown(frame: HostFrame | ReplyFrame) -> Decoded:
    if isinstance(frame, ReplyFrame):
        status = _STATUS_NAMES.get(Status(frame.status)) if _known(frame.status) else None
        fields: dict[str, Json] = {
            "status": frame.status,
            "meaning": status,
            "data": frame.data.hex().upper(),
        }
        return Decoded(PROTOCOL, "heartbeat-reply" if frame.alive else "reply", frame.raw, fields)
    fields = {"type": frame.kind, "address": f"{frame.address:04X}"}
    if frame.kind == Kind.READ:
        fields["count"] = frame.count
    else:
        fields["data"] = frame.data.hex().upper()
    fields["crc"] = "ok" if frame.checked else "not-checked"
    name = _NAMES[Kind(frame.kind)] if frame.kind in tuple(Kind) else "command"
    return Decoded(PROTOCOL, name, frame.raw, fields)


def _known(status: int) -> bool:
    return status in tuple(Status)
