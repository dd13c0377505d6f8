"""The page's routes for ``--web``; the one place that says what is missing for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pos_guard.errors import LocalError
from pos_guard_simulator.stage.stage import Stage

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


def live_pages(stage: Stage) -> Sequence[BaseRoute]:
    """The live page of a stage, for ``http_service(…, pages=live_pages)``.

    :raises LocalError: without its libraries, naming the command that installs them.
    """
    try:
        from pos_guard_simulator.web.pages import routes
    except ImportError as error:
        raise LocalError(
            f"the live page needs {error.name}: pip install 'pos-guard[dashboard]'"
        ) from error
    return routes(stage)
