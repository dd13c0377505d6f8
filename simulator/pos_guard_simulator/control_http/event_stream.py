"""Events for clients: as Server-Sent Events, or as plain JSON that a client waits for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from anyio.lowlevel import checkpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.failures import ApiError
from pos_guard_simulator.control_http.feed import MAX_BATCH, Batch, Feed, Wanted, batch, heard
from pos_guard_simulator.control_http.operations import BAD_FIELD

HEARTBEAT_SECONDS = 15.0
"""Between signs of life: proxies hang up on what is silent for 30 s or more."""

MAX_WAIT = 30
"""Seconds that a client may wait for events in one request, well below its own time limit."""

RETRY_MS = 500
"""After which a browser calls again when the stream broke."""

_STREAM = "text/event-stream"
_MAX_SEQ = 10**15


@dataclass(frozen=True, slots=True)
class _Asked:
    """``after``: the last event that the client has."""

    after: int
    wanted: Wanted
    wait: int
    most: int


async def events(feed: Feed, request: Request) -> Response:
    """A stream for those who accept one, a list for the others.

    :raises ApiError: 422 for a parameter that is wrong.
    """
    asked = _read(request, feed)
    if _STREAM in request.headers.get("accept", ""):
        if request.method == "HEAD":  # an endless body that nobody would get
            return Response(media_type=_STREAM)
        return StreamingResponse(_stream(feed, asked), media_type=_STREAM)
    return JSONResponse(await _list(feed, asked))


def frame(data: Json, *, seq: int | None = None, event: str = "") -> str:
    """One event as the stream has it; JSON has no line ends."""
    head = "" if seq is None else f"id: {seq}\n"
    named = f"event: {event}\n" if event else ""
    return f"{head}{named}data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _stream(feed: Feed, asked: _Asked) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    after = asked.after
    while True:
        # To send need not wait for anything: who hung up must be noticed, others must be served.
        await checkpoint()
        changed = feed.changed
        found = batch(feed.journal, after, asked.wanted, asked.most)
        after = found.next
        if found.lost or found.events:
            yield _written(found)
        if found.more:
            continue
        if feed.closed:
            yield frame({"seq": after}, seq=after, event="end")
            return
        if not await heard(changed, HEARTBEAT_SECONDS):
            # The number goes along: with a filter most events are not sent.
            yield f": alive\nid: {after}\n\n"


def _written(found: Batch) -> str:
    lost = "" if found.lost is None else frame(_lost(found), seq=found.lost[1], event="lost")
    return lost + "".join(frame(one.as_json(), seq=one.seq) for one in found.events)


async def _list(feed: Feed, asked: _Asked) -> dict[str, Json]:
    loop = asyncio.get_running_loop()
    limit = loop.time() + asked.wait
    after = asked.after
    while True:
        changed = feed.changed
        found = batch(feed.journal, after, asked.wanted, asked.most)
        after = found.next
        left = limit - loop.time()
        if found.events or found.lost or feed.closed or left <= 0:
            break
        await heard(changed, left)
    listed: list[Json] = [one.as_json() for one in found.events]
    return {"events": listed, "next": after, "more": found.more, "lost": _lost(found)}


def _lost(found: Batch) -> Json:
    return None if found.lost is None else {"from": found.lost[0], "to": found.lost[1]}


def _read(request: Request, feed: Feed) -> _Asked:
    given = request.query_params
    last = request.headers.get("last-event-id")
    after = _number("since", given.get("since") if last is None else last, 0, _MAX_SEQ)
    if after and not feed.journal.since(after - 1):
        after = 0  # of another run: its numbers say nothing here
    return _Asked(
        after,
        Wanted(frozenset(given.getlist("device")), frozenset(given.getlist("kind"))),
        _number("wait", given.get("wait"), 0, MAX_WAIT),
        max(_number("most", given.get("most"), MAX_BATCH, MAX_BATCH), 1),
    )


def _number(name: str, text: str | None, usual: int, most: int) -> int:
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal()) or len(text) > 16 or int(text) > most:
        raise ApiError(422, BAD_FIELD, f"{name!r} is not a whole number up to {most}", field=name)
    return int(text)
