"""``pos-guard decode stx --profile nexi-p17``: ECR17 messages of both sides, shown."""

from __future__ import annotations

from collections.abc import Iterator

from pos_guard.errors import FrameError
from pos_guard.frames.decoded import Decoded, Json
from pos_guard.frames.stx import StxFormat, StxFrame
from pos_guard.frames.stx_fixed import printable
from pos_guard.frames.stx_nexi import (
    FORMAT,
    LAST_STAN,
    LAYOUTS,
    Request,
    code_of,
    intent_of,
    parse_request,
)
from pos_guard.frames.stx_nexi_line import NexiFramer, is_progress
from pos_guard.frames.stx_nexi_reply import FIXED, OK, PAN_AT, PAN_END, parse_reply
from pos_guard.frames.stx_shown import Shown, show_event

_TERMINAL_ONLY = {"U": "additional_data_result", "K": "vas"}


def decode(data: bytes, form: StxFormat = FORMAT) -> Iterator[Decoded]:
    """Each frame, signal and progress text of a line."""
    framer = NexiFramer(form)
    framer.feed(data)
    while (event := framer.take()) is not None:
        if isinstance(event, StxFrame) and is_progress(event.raw):
            text = event.raw[1:-1].decode("ascii").strip()
            yield Decoded("stx", "progress", event.raw, {"text": text})
        else:
            yield show_event(event, _show)
    rest = framer.drop()
    if rest is not None:
        yield show_event(rest, _show)


def _show(body: bytes, raw: bytes) -> Shown:
    code = code_of(body)
    length: dict[str, Json] = {"length": len(raw)}
    if code in ("E", "V") and len(body) >= FIXED:
        return _show_reply(body, length)
    layout = LAYOUTS.get(code)
    if layout is not None and (len(body) == layout[1].size or code in ("P", "X", "p", "i", "c")):
        return _show_request(parse_request(body), length)
    return _show_other(code, body, length)


def _show_request(request: Request, length: dict[str, Json]) -> Shown:
    fields: dict[str, Json] = {"terminal_id": request.terminal_id, "code": request.code, **length}
    if request.ecr:
        fields["ecr"] = request.ecr
    if request.amount is not None:
        fields["amount"] = request.amount
    if request.stan:
        fields["stan"] = request.stan
        fields["last"] = request.stan == LAST_STAN
    if request.original:
        fields["original"] = request.original
    if request.text:
        fields["text"] = request.text
    return Shown(request.name, fields, intent_of(request))


def _show_reply(body: bytes, length: dict[str, Json]) -> Shown:
    reply = parse_reply(body)
    fields: dict[str, Json] = {
        "terminal_id": reply.terminal_id,
        "code": reply.code,
        "result": reply.result,
        **length,
    }
    told = {
        "text": reply.reason or None,
        "stan": reply.stan,
        "online": reply.online,
        "action_code": reply.action_code,
        "amount": reply.amount,
    }
    fields.update({name: value for name, value in told.items() if value is not None})
    if reply.result != OK:
        return Shown("result", fields)
    fields["pan"] = body[PAN_AT:PAN_END].decode("ascii")
    return Shown("result", fields, masked=frozenset({"pan"}), ranges=((PAN_AT, PAN_END),))


def _show_other(code: str, body: bytes, length: dict[str, Json]) -> Shown:
    """What the terminal says of other things: its receipt, totals and state."""
    names = {"S": "ticket", "T": "totals", "C": "close_session", "s": "status", **_TERMINAL_ONLY}
    if code not in names:
        raise FrameError("unknown-field", f"message {code!r} is not known", 9)
    fields: dict[str, Json] = {"terminal_id": body[:8].decode("ascii"), "code": code, **length}
    if code in ("T", "C", "s"):
        printable(body, 0)
        fields["content"] = body[10:].decode("ascii")
        return Shown(names[code], fields)
    # A receipt has a masked card number at best: nothing of it is shown.
    return Shown(names[code], fields, ranges=((10, len(body)),))
