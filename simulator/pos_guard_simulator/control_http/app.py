"""The application: the routes of the table, the gate before them, errors as JSON."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import click
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.devices import Devices
from pos_guard_simulator.control_http.endpoints import ENDPOINTS
from pos_guard_simulator.control_http.event_stream import events
from pos_guard_simulator.control_http.failures import ApiError, failure
from pos_guard_simulator.control_http.feed import Feed
from pos_guard_simulator.control_http.gate import API, Door, Gate
from pos_guard_simulator.control_http.openapi import document, program_version
from pos_guard_simulator.stage.stage import Stage

Handler = Callable[[Request], Awaitable[Response]]
Verdict = Callable[[], Mapping[str, Json] | None]

_LINKED = ("openapi", "devices", "events", "faults", "verdict", "end")
_FAILURES = (ApiError, LocalError, FrameError, click.ClickException, TimeoutError)
_CODES = {404: "not-found", 405: "method-not-allowed"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Api:
    """What the application serves. ``verdict``: on the run, None where there will be none."""

    stage: Stage
    feed: Feed
    url: str
    verdict: Verdict


def make_app(api: Api, door: Door, pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The API, and pages beside it; whoever wants either must have the token."""
    devices = Devices(api.stage)
    handlers: Mapping[str, Handler] = {
        "about": partial(_about, api),
        "openapi": partial(_openapi, api),
        "devices": devices.listed,
        "device": devices.shown,
        "receipts": devices.receipts,
        "receipt_png": devices.receipt_png,
        "receipt_txt": devices.receipt_txt,
        "events": partial(events, api.feed),
        "faults": devices.faults,
        "verdict": partial(_verdict, api),
        "end": partial(_end, api),
    }
    routes: list[BaseRoute] = [
        Route(
            one.path.replace("{number}", "{number:int}"), handlers[one.name], methods=[one.method]
        )
        for one in ENDPOINTS
    ]
    routes.append(Route(f"{API}/devices/{{device}}/{{op}}", devices.asked, methods=["POST"]))
    return Starlette(
        routes=[*routes, *pages],
        middleware=[Middleware(Gate, door=door)],
        exception_handlers={
            **dict.fromkeys(_FAILURES, _failed),
            HTTPException: _not_served,
            Exception: _broken,
        },
    )


async def _about(api: Api, request: Request) -> Response:
    del request
    links: dict[str, Json] = {one.name: one.path for one in ENDPOINTS if one.name in _LINKED}
    about: dict[str, Json] = {"name": "pos-guard simulate", "version": program_version()}
    return JSONResponse({**about, "seq": api.feed.newest, "links": links})


async def _openapi(api: Api, request: Request) -> Response:
    del request
    return JSONResponse(document(api.stage.devices, api.url))


async def _verdict(api: Api, request: Request) -> Response:
    del request
    verdict = api.verdict()
    return JSONResponse({"verdict": None if verdict is None else dict(verdict)})


async def _end(api: Api, request: Request) -> Response:
    del request
    api.stage.ended.set()
    return JSONResponse({"ending": True}, 202)


async def _failed(request: Request, error: Exception) -> Response:
    told = failure(error)
    return await _broken(request, error) if told is None else _answer(told)


async def _not_served(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    method, path = request.method, request.url.path
    return _answer(ApiError(status, _CODES.get(status, "bad-request"), f"no {method} at {path}"))


async def _broken(request: Request, error: Exception) -> Response:
    """Our own fault: said on standard error, as nobody else can."""
    _log.error("%s %s", request.method, request.url.path, exc_info=error)
    return _answer(ApiError(500, "internal", "the simulator has a fault; its output says more"))


def _answer(error: ApiError) -> Response:
    return JSONResponse(dict(error.body), error.status)
