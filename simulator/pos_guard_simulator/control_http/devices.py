"""The devices of a stage over HTTP: what they are, what they are asked, what they printed."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.bodies import body_of
from pos_guard_simulator.control_http.failures import UNKNOWN_DEVICE, ApiError
from pos_guard_simulator.control_http.operations import Operation
from pos_guard_simulator.control_http.table import operations_of
from pos_guard_simulator.control_http.table_printer import PAPER, PICTURE
from pos_guard_simulator.simulate_device import STATE, Device, Fields
from pos_guard_simulator.stage.stage import Stage


@dataclass(frozen=True, slots=True)
class _Kept:
    """The paper of a printer; ``first`` is the number of the first of ``slips``."""

    first: int
    slips: Sequence[str]
    loose: str


@dataclass(frozen=True, slots=True)
class Devices:
    """Answers for the devices of one stage. Whatever a twin does runs in a thread of its own."""

    stage: Stage

    async def listed(self, request: Request) -> Response:
        """Every device, with where it is."""
        del request
        found: list[Json] = [self._facts(name) for name in self.stage.devices]
        return JSONResponse({"devices": found})

    async def shown(self, request: Request) -> Response:
        """One device, with how it is and what it can be asked."""
        name = self._name(request)
        operations: list[Json] = list(self._operations(name))
        state: Json = None
        if STATE in operations:
            state = dict(await self._ask(name, STATE, {}))
        return JSONResponse({**self._facts(name), "operations": operations, "state": state})

    async def asked(self, request: Request) -> Response:
        """Carry out an operation."""
        name, op = self._name(request), request.path_params["op"]
        known = self._operations(name)
        if op not in known:
            listed = ", ".join(known)
            raise ApiError(404, "unknown-operation", f"{name} has no {op!r}, only: {listed}")
        body = await body_of(request, known[op])
        known[op].check(body)
        return JSONResponse(dict(await self._ask(name, op, body)))

    async def faults(self, request: Request) -> Response:
        """The catalogue, or what one device can have."""
        # Loaded when it is asked for: it knows every device that there is.
        from pos_guard_simulator.faults.catalogue import CATALOGUE, faults_for
        from pos_guard_simulator.faults.command import fault_json

        name = request.query_params.get("device")
        chosen = CATALOGUE if name is None else faults_for(self._known(name).kind)
        return JSONResponse({"faults": [fault_json(one) for one in chosen]})

    async def receipts(self, request: Request) -> Response:
        """The receipts that were cut and are kept, and the paper that is not cut yet."""
        name = self._printer(request)
        kept = await self._paper(name)
        base = _path(name, "receipts")
        found: list[Json] = [
            {
                "number": number,
                "text": text,
                "png": f"{base}/{number}.png",
                "txt": f"{base}/{number}.txt",
            }
            for number, text in enumerate(kept.slips, kept.first)
        ]
        return JSONResponse({"receipts": found, "loose": kept.loose})

    async def receipt_png(self, request: Request) -> Response:
        """One of them as a picture; 0 is the paper that is not cut yet."""
        name = self._printer(request)
        number = _number(request, await self._paper(name))
        fields: dict[str, Json] = {"number": number} if number else {}
        answer = await self._ask(name, PICTURE, fields)
        return Response(base64.b64decode(str(answer["png"])), media_type="image/png")

    async def receipt_txt(self, request: Request) -> Response:
        """One of them as text."""
        kept = await self._paper(self._printer(request))
        number = _number(request, kept)
        text = kept.slips[number - kept.first] if number else kept.loose
        return Response(text + "\n", media_type="text/plain; charset=utf-8")

    def _known(self, name: str) -> Device:
        device = self.stage.devices.get(name)
        if device is None:
            known = ", ".join(self.stage.devices)
            raise ApiError(404, UNKNOWN_DEVICE, f"there is no {name!r} here, only: {known}")
        return device

    def _name(self, request: Request) -> str:
        name = str(request.path_params["device"])
        self._known(name)
        return name

    def _printer(self, request: Request) -> str:
        name = self._name(request)
        if PAPER not in self.stage.devices[name].ops:
            raise ApiError(404, "no-paper", f"{name} prints nothing")
        return name

    def _operations(self, name: str) -> Mapping[str, Operation]:
        return operations_of(self.stage.devices[name])

    def _facts(self, name: str) -> dict[str, Json]:
        return {"name": name, **self.stage.facts(name), "url": _path(name)}

    async def _ask(self, name: str, op: str, body: Mapping[str, Json]) -> Mapping[str, Json]:
        return await run_in_threadpool(self.stage.ask, name, op, Fields(body))

    async def _paper(self, name: str) -> _Kept:
        answer = await self._ask(name, PAPER, {})
        first, slips, loose = answer["first"], answer["slips"], answer["loose"]
        if not isinstance(first, int) or not isinstance(slips, list):
            raise TypeError("a printer tells its paper as a list, and the first number of it")
        return _Kept(first, [str(slip) for slip in slips], str(loose))


def _number(request: Request, kept: _Kept) -> int:
    number = int(request.path_params["number"])
    if number and not kept.first <= number < kept.first + len(kept.slips):
        message = f"receipt {number} is not kept, or was not printed yet"
        raise ApiError(404, "no-receipt", message)
    return number


def _path(*parts: str) -> str:
    return "/".join(("/v1/devices", *(quote(part, safe="") for part in parts)))
