"""The OpenAPI document: valid to a reader of others, true of every device, its examples run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import click
import httpx
import pytest
import segno
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from pos_guard_simulator.control_http import openapi
from pos_guard_simulator.control_http.table import operations_of
from pos_guard_simulator.simulate import host, printer, provider, scanner, terminal
from tests.control_http.http_rig import ANY, Served, happened, made, serving

DEVICES = {
    "bon": ("printer", *ANY),
    "star": ("printer", *ANY, "--profile", "star-line"),
    "hand": ("scanner", *ANY, "--profile", "cr"),
    "ssi": ("scanner", "--rfc2217", "127.0.0.1:0", "--model", "zebra-ssi"),
    "usb": ("scanner", "--usbip", "127.0.0.1:0", "--model", "honeywell-hidpos"),
    "keys": ("scanner", "--usbip", "127.0.0.1:0", "--model", "generic-wedge"),
    "zvt": ("terminal", "zvt", "--rfc2217", "127.0.0.1:0"),
    "caisse": ("terminal", "caisse-ap", *ANY),
    "stx": ("terminal", "transbank", *ANY),
    "bank": ("host", "iso8583", *ANY),
    "wechat": ("provider", "wechat", *ANY),
}


@pytest.fixture(scope="module")
def api() -> Iterator[Served]:
    with serving(DEVICES) as api:
        yield api


@pytest.fixture(scope="module")
def document(api: Served) -> dict[str, Any]:
    with api.client() as client:
        read: dict[str, Any] = client.get("/v1/openapi.json").json()
    return read


def posts(document: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and description of every operation of a device."""
    for path, methods in document["paths"].items():
        if path.startswith(f"/v1/devices/{name}/"):
            yield path, methods["post"]


def test_a_reader_of_others_finds_it_valid() -> None:
    devices = [made(*words)[0] for words in DEVICES.values()]
    one_of_each = {device.kind: device for device in devices}
    assert len(one_of_each) == 5
    validate(openapi.document(one_of_each, "http://127.0.0.1:8099"))


def test_it_says_where_it_is_and_names_each_operation_once(
    api: Served, document: dict[str, Any]
) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": api.url}]
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(set(ids)) == len(ids)


def commands() -> Iterator[tuple[str, ...]]:
    """Every device that the command line knows."""
    for group in (host, printer, provider, scanner, terminal):
        name = str(group.name)
        if isinstance(group, click.Group):
            yield from ((name, one) for one in group.commands)
        else:
            yield (name,)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_operation_of_every_device_has_its_row(words: tuple[str, ...]) -> None:
    device, _ = made(*words)
    rows = operations_of(device)
    assert set(device.ops) <= set(rows)
    assert [name for name, row in rows.items() if row.open] == []


def body_of(described: dict[str, Any]) -> dict[str, Any]:
    content = described["requestBody"]["content"]["application/json"]
    body: dict[str, Any] = content.get("example", {})
    Draft202012Validator(content["schema"]).validate(body)
    return body


@pytest.mark.parametrize("name", DEVICES)
def test_its_examples_run_and_the_answers_are_as_described(
    api: Served, document: dict[str, Any], name: str
) -> None:
    asked: list[str] = []
    with api.client() as client:
        for path, described in posts(document, name):
            op = path.rpartition("/")[2]
            answer = client.post(path, json=body_of(described))
            asked.append(op)
            if op == "scan-picture" or (op == "lines" and answer.status_code == 422):
                assert described["responses"]["422"] == {"$ref": "#/components/responses/422"}
                schema = document["components"]["schemas"]["Error"]
            else:
                assert answer.status_code == 200, f"{op}: {answer.text}"
                schema = described["responses"]["200"]["content"]["application/json"]["schema"]
                if "properties" in schema:  # nothing that is not described
                    schema = {**schema, "additionalProperties": False}
            Draft202012Validator(schema).validate(answer.json())
            if op == "fault":
                client.post(f"/v1/devices/{name}/clear", json=body_of(described))
    assert {"state", "plug", "unplug", "lines"} < set(asked)


def test_a_picture_is_described_as_it_is_answered(api: Served, document: dict[str, Any]) -> None:
    path = "/v1/devices/usb/scan-picture"
    content = document["paths"][path]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "image/*"}
    drawn = io.BytesIO()
    segno.make("4006381333931", micro=False).save(drawn, kind="png", scale=4)
    with api.client() as client:
        answer = client.post(path, content=drawn.getvalue(), headers={"Content-Type": "image/png"})
    schema = document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]
    Draft202012Validator(schema["schema"]).validate(answer.json())
    assert answer.json()["bytes"] == 13


@pytest.mark.parametrize(
    "path",
    ["/v1", "/v1/devices", "/v1/devices/{device}", "/v1/devices/{device}/receipts", "/v1/events",
     "/v1/faults", "/v1/verdict"],
)  # fmt: skip
def test_the_other_answers_are_as_described(
    api: Served, document: dict[str, Any], path: str
) -> None:
    described = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    with api.client() as client, api.dial("bon") as till:
        till.sendall(b"Tea 3.00\n\x1dV\x00")
        happened(client, 1, kind="receipt")
        answer = client.get(path.replace("{device}", "bon"))
    Draft202012Validator(described["schema"]).validate(answer.json())


def test_every_error_is_described(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for described in methods.values():
            errors = {name for name in described["responses"] if int(name) >= 400}
            assert {"401", "403"} <= errors, path
            for status in errors:
                reference = {"$ref": f"#/components/responses/{status}"}
                assert described["responses"][status] == reference
    for answer in document["components"]["responses"].values():
        schema = answer["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Error"}


def test_the_token_is_asked_for_everywhere(document: dict[str, Any], api: Served) -> None:
    assert document["security"] == [{"bearer": []}]
    with httpx.Client(base_url=api.url) as client:
        for path, methods in document["paths"].items():
            for method in methods:
                filled = path.replace("{device}", "bon").replace("{number}", "0")
                assert client.request(method, filled).status_code == 401, path
