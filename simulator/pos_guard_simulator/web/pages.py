"""The routes of the live page. They are served beside the control API, behind the same token."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pos_guard.web.shell import Shell, Site
from pos_guard_simulator.stage.stage import Stage
from pos_guard_simulator.web.shown import shown_stage
from pos_guard_simulator.web.words import LIVE_WORDS

_HERE = Path(__file__).parent


def routes(stage: Stage) -> list[BaseRoute]:
    """The page of a stage at ``/``, and its static files; it asks the control API at ``/v1``."""
    shell = Shell(Site("live", LIVE_WORDS, _HERE / "templates", _HERE / "static"))

    def live(request: Request) -> Response:
        shown = shown_stage(stage, shell.language(request))
        return shell.page(request, "live.html", stage=shown)

    return [Route("/", live), *shell.static()]
