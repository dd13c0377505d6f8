"""The OpenAPI document of a running stage: every operation of every device, with its fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import quote

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.endpoints import ENDPOINTS, PARAMETERS, Endpoint
from pos_guard_simulator.control_http.operations import MAX_BODY, Operation, Schema, obj
from pos_guard_simulator.control_http.table import operations_of
from pos_guard_simulator.simulate_device import Device

_PARAMETER = re.compile(r"{(\w+)}")
_ANY = (401, 403)
_OF_OPERATION = (400, 401, 403, 404, 409, 413, 415, 422, 503)
_SAYS = {
    400: "The body is no JSON.",
    401: "The token is missing, or is another one.",
    403: "The Host or the Origin is not ours.",
    404: "There is no such device, operation or receipt.",
    409: "Its place cannot be had now.",
    413: f"The body is longer than it may be: usually {MAX_BODY} bytes.",
    415: "The body is of a type that is not understood.",
    422: "A field is missing, unknown, or not what it should be.",
    503: "The device did not answer in time, or there are too many connections.",
}
_ERROR = obj(
    {
        "error": obj(
            {
                "code": {"type": "string", "description": "A stable name, for programs."},
                "message": {"type": "string", "description": "For people."},
                "field": {"type": "string", "description": "The field that is wrong."},
            },
            maybe=frozenset({"field"}),
        )
    }
)


def program_version() -> str:
    """The version of what is installed."""
    try:
        return version("pos-guard")
    except PackageNotFoundError:  # run from its sources
        return "0"


def document(devices: Mapping[str, Device], url: str) -> dict[str, Json]:
    """OpenAPI 3.1 for a stage with these devices, served at this URL."""
    paths: dict[str, Json] = {one.path: _endpoint(one) for one in ENDPOINTS}
    for name, device in devices.items():
        for op, row in operations_of(device).items():
            path = f"/v1/devices/{quote(name, safe='')}/{quote(op, safe='')}"
            paths[path] = _operation(name, row)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pos-guard simulate: control API",
            "version": program_version(),
            "description": "Simulated point-of-sale devices, asked and told over HTTP.",
        },
        "servers": [{"url": url}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "responses": {str(status): _error(says) for status, says in _SAYS.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _endpoint(row: Endpoint) -> dict[str, Json]:
    contents: dict[str, Json] = {} if row.answer is None else {"application/json": _of(row.answer)}
    contents |= {kind: _of(schema) for kind, schema in row.others.items()}
    names: list[str] = _PARAMETER.findall(row.path)
    parameters: list[Json] = [
        *(_parameter(name, "path", PARAMETERS[name]) for name in names),
        *(_parameter(name, "query", schema) for name, schema in row.query.items()),
    ]
    answers: dict[str, Json] = {str(row.status): _answer("Done.", contents)}
    answers |= _errors((*_ANY, *row.errors))
    told: dict[str, Json] = {"operationId": row.name, "summary": row.says, "responses": answers}
    return {row.method.lower(): {**told, "parameters": parameters} if parameters else told}


def _parameter(name: str, where: str, schema: Schema) -> dict[str, Json]:
    return {"name": name, "in": where, "required": where == "path", "schema": dict(schema)}


def _operation(name: str, row: Operation) -> dict[str, Json]:
    answer: Schema = {"type": "object"} if row.open else obj(row.answer, maybe=row.maybe)
    answers: dict[str, Json] = {"200": _answer("Done.", {"application/json": _of(answer)})}
    answers |= _errors(_OF_OPERATION)
    told: dict[str, Json] = {
        "operationId": f"{name}_{row.name}",
        "tags": [name],
        "summary": row.says,
        "requestBody": _body(row),
        "responses": answers,
    }
    return {"post": told}


def _body(row: Operation) -> dict[str, Json]:
    optional = frozenset(one.name for one in row.fields if not one.required)
    schema = obj({one.name: one.schema for one in row.fields}, maybe=optional)
    if not row.open:
        schema["additionalProperties"] = False
    content = _of(schema)
    if row.example:
        content["example"] = dict(row.example)
    contents: dict[str, Json] = {"application/json": content}
    if row.upload:
        contents["image/*"] = {"schema": {}}
    return {"required": any(one.required for one in row.fields), "content": contents}


def _answer(says: str, contents: dict[str, Json]) -> dict[str, Json]:
    return {"description": says, "content": contents}


def _errors(statuses: Iterable[int]) -> dict[str, Json]:
    return {str(one): {"$ref": f"#/components/responses/{one}"} for one in statuses}


def _error(says: str) -> dict[str, Json]:
    reference: dict[str, Json] = {"schema": {"$ref": "#/components/schemas/Error"}}
    return _answer(says, {"application/json": reference})


def _of(schema: Schema) -> dict[str, Json]:
    return {"schema": dict(schema)}
