"""A request's body: read up to a limit, and only as what it says that it is."""

from __future__ import annotations

import base64

from starlette.requests import Request

from pos_guard.frames.decoded import Json
from pos_guard.frames.json_strict import parse_object
from pos_guard_simulator.control_http.failures import ApiError
from pos_guard_simulator.control_http.operations import Operation

_JSON = "application/json"
_PICTURE = "image/"


async def body_of(request: Request, operation: Operation) -> dict[str, Json]:
    """The fields of a request; a picture as body is the field that the operation has for it.

    Parameters of the address are then the other fields.

    :raises ApiError: 413 or 415.
    :raises FrameError: it is no JSON object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _JSON:
        data = await _read(request, operation.most)
        return parse_object(data, limit=operation.most) if data.strip() else {}
    if operation.upload and kind.startswith(_PICTURE):
        data = await _read(request, operation.most)
        fields: dict[str, Json] = dict(request.query_params)
        return {**fields, operation.upload: base64.b64encode(data).decode("ascii")}
    # Without a body it needs no kind. A form's is refused: any page can make a browser send one.
    if await _read(request, operation.most):
        takes = f"{_JSON} or a picture" if operation.upload else _JSON
        raise ApiError(415, "unsupported-media-type", f"the body must be {takes}")
    return {}


async def _read(request: Request, most: int) -> bytes:
    told = request.headers.get("content-length", "")
    parts: list[bytes] = []
    size = 0
    too_long = told.isdecimal() and int(told[:16]) > most
    if not too_long:
        async for part in request.stream():
            size += len(part)
            if size > most:
                too_long = True
                break
            parts.append(part)
    if too_long:
        raise ApiError(413, "too-long", f"a request has at most {most} bytes")
    return b"".join(parts)
