"""What went wrong with a request, as a status and a JSON object; never a traceback."""

from __future__ import annotations

from collections.abc import Mapping

import click

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.decoded import Json
from pos_guard_simulator.simulate_device import RequestError

UNKNOWN_DEVICE = "unknown-device"

_STATUS = {"bad-json": 400, UNKNOWN_DEVICE: 404}
"""Of the codes of a RequestError; any other is a field that is wrong: 422."""


class ApiError(Exception):
    """A request that is not carried out. ``code`` is a stable name for programs."""

    def __init__(self, status: int, code: str, message: str, *, field: str = "") -> None:
        self.status = status
        self.code = code
        self.field = field
        super().__init__(message)

    @property
    def body(self) -> Mapping[str, Json]:
        """The answer."""
        told: dict[str, Json] = {"code": self.code, "message": str(self)}
        if self.field:
            told["field"] = self.field
        return {"error": told}


def failure(error: Exception) -> ApiError | None:
    """The answer to a request that ended in this error; None: it is nobody's fault but ours."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, RequestError):
        return ApiError(_STATUS.get(error.code, 422), error.code, str(error))
    if isinstance(error, FrameError):
        return ApiError(400, "bad-json", str(error))
    if isinstance(error, LocalError):
        return ApiError(422, "bad-request", str(error))
    if isinstance(error, click.ClickException):  # a place that was taken meanwhile
        return ApiError(409, "conflict", error.message)
    if isinstance(error, TimeoutError):
        return ApiError(503, "unavailable", "the device did not answer in time")
    return None
