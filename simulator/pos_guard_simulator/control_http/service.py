"""The control API as a service of a stage. What it needs is loaded when it begins."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.listening import listening, url_of
from pos_guard_simulator.control_http.place import HttpPlace
from pos_guard_simulator.simulate_place import named
from pos_guard_simulator.stage.perform import Service
from pos_guard_simulator.stage.stage import Stage
from pos_guard_simulator.systems.files import write_private
from pos_guard_simulator.web.load import live_pages

if TYPE_CHECKING:
    import socket

    from starlette.routing import BaseRoute

TOKEN_BYTES = 32
"""256 bit: nobody guesses it."""

Verdict = Callable[[], Mapping[str, Json] | None]
Pages = Callable[[Stage], "Sequence[BaseRoute]"]
"""The routes of pages that are served beside the API; they find it at ``/v1``."""


def http_service(
    place: HttpPlace | None, *, verdict: Verdict = lambda: None, pages: Pages | None = None
) -> Service:
    """The service behind ``--http``; without a place it serves nobody.

    It gives ``url`` and ``token`` to the ready line, and with pages also ``page``, an address that
    opens them in a browser. ``verdict`` tells what is known of the verdict on the run, in any
    thread. ``pages`` are served beside the API, instead of the live page of ``--web``.

    The service raises click.UsageError when the place cannot be had, LocalError without its
    libraries (naming the command that installs them), and ValueError for a stage without journal.
    """

    @contextlib.contextmanager
    def service(stage: Stage) -> Generator[Mapping[str, Json], None, None]:
        if place is None:
            yield {}
            return
        token = place.token or secrets.token_urlsafe(TOKEN_BYTES)
        with contextlib.ExitStack() as undo:
            listener = undo.enter_context(listening(place))
            said: dict[str, Json] = {"url": url_of(listener), "token": token}
            if place.unix is not None:
                said["socket"] = str(place.unix)
            if place.token_file is not None:
                undo.enter_context(_written(place.token_file, token))
                said["token_file"] = str(place.token_file)
            shown = live_pages if pages is None and place.web else pages
            if shown is not None:
                said["page"] = f"{said['url']}/?token={token}"
            routes: Sequence[BaseRoute] = () if shown is None else shown(stage)
            undo.enter_context(_served(stage, place, listener, token, verdict, routes))
            yield {"http": said}

    return service


@contextlib.contextmanager
def _served(
    stage: Stage,
    place: HttpPlace,
    listener: socket.socket,
    token: str,
    verdict: Verdict,
    pages: Sequence[BaseRoute],
) -> Generator[None, None, None]:
    try:
        from pos_guard_simulator.control_http.app import Api, make_app
        from pos_guard_simulator.control_http.feed import Feed
        from pos_guard_simulator.control_http.gate import Door
        from pos_guard_simulator.control_http.server import serving
    except ImportError as error:
        raise LocalError(
            'the control API needs Starlette and Uvicorn: pip install "pos-guard[simulator]"'
        ) from error
    if stage.journal is None:
        raise ValueError("the control API tells events: give the stage a journal")
    feed = Feed(stage.journal)
    door = Door(token)
    if place.tcp is not None:
        port = listener.getsockname()[1]
        door = Door(token, place.tcp.host, place.public, cookie=f"pos-guard-{port}")
    app = make_app(Api(stage, feed, url_of(listener), verdict), door, pages)
    with serving(app, feed, listener):
        yield


@contextlib.contextmanager
def _written(path: Path, token: str) -> Generator[None, None, None]:
    """The token in a file that only our user can read, as long as it opens anything."""
    with named(f"--http-token-file {path}"):
        write_private(path, f"{token}\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
