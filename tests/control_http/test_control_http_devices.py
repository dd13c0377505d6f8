"""Devices over HTTP: what they are, what they are asked, what they printed, what is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import segno
from PIL import Image

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.operations import MAX_BODY
from tests.control_http.http_rig import Served, happened, serving

CODE = "134612345678901234"
"""A payment code as WeChat's documents show them: 18 digits that begin with 10 to 15."""

CUT = b"\x1dV\x00"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def api() -> Iterator[Served]:
    with serving() as api:
        yield api


@pytest.fixture
def client(api: Served) -> Iterator[httpx.Client]:
    with api.client() as client:
        yield client


def qr(text: str, kind: str = "PNG") -> bytes:
    """A picture of a code, drawn by a program of others."""
    drawn = io.BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=4, border=4)
    picture = io.BytesIO()
    Image.open(drawn).convert("RGB").save(picture, kind)
    return picture.getvalue()


def test_it_says_what_it_is_and_where_the_rest_is(client: httpx.Client) -> None:
    about = client.get("/v1").json()
    assert about["name"] == "pos-guard simulate"
    assert about["seq"] == client.get("/v1/events").json()["next"]
    for name, path in about["links"].items():
        if name != "end":
            assert client.get(path).status_code == 200, name


def test_devices_with_their_places_and_state(api: Served, client: httpx.Client) -> None:
    listed = client.get("/v1/devices").json()["devices"]
    assert [(one["name"], one["device"]) for one in listed] == [
        ("bon", "printer"),
        ("hand", "scanner"),
        ("card", "terminal"),
    ]
    with api.dial("bon"):
        assert listed[0]["addresses"]["tcp"].startswith("127.0.0.1:")
    bon = client.get(listed[0]["url"]).json()
    assert bon["profile"] == "epson"
    assert {"fault", "clear", "paper", "state", "plug"} <= set(bon["operations"])
    assert bon["state"]["faults"] == []


def test_receipts_as_text_and_picture() -> None:
    with serving({"bon": ("printer", "--tcp", "127.0.0.1:0")}) as api, api.client() as client:
        with api.dial("bon") as till:
            till.sendall(b"Coffee 12.50\n" + CUT + b"Tea\n" + CUT + b"not cut\n")
            happened(client, 2, kind="receipt")
        found = client.get("/v1/devices/bon/receipts").json()
        assert [(one["number"], one["text"]) for one in found["receipts"]] == [
            (1, "Coffee 12.50"),
            (2, "Tea"),
        ]
        second = client.get(found["receipts"][1]["txt"])
        assert second.headers["content-type"] == "text/plain; charset=utf-8"
        assert second.text == "Tea\n"
        first = client.get(found["receipts"][0]["png"])
        assert first.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(first.content)).width >= 576  # an 80 mm head
        assert client.get("/v1/devices/bon/receipts/0.png").content.startswith(b"\x89PNG")
        for missing in ("3.txt", "3.png"):
            answer = client.get(f"/v1/devices/bon/receipts/{missing}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no-receipt")


def test_a_fault_and_its_end(client: httpx.Client) -> None:
    fault = {"name": "paper_out"}
    assert client.post("/v1/devices/bon/fault", json=fault).json() == {}
    assert client.get("/v1/devices/bon").json()["state"]["faults"] == ["paper_out"]
    assert client.post("/v1/devices/bon/clear", json=fault).status_code == 200
    assert client.post("/v1/devices/bon/state").json()["faults"] == []


def test_a_scanned_code_reaches_the_till_and_is_masked_in_events(api: Served) -> None:
    with api.client() as client, api.dial("hand") as till:
        happened(client, 1, device="hand", kind="connected")
        asked = {"payload": CODE, "symbology": "qr"}
        assert client.post("/v1/devices/hand/scan", json=asked).json() == {"read": True}
        assert till.makefile("rb").read(19) == CODE.encode() + b"\r"
        told = client.get("/v1/events", params={"device": "hand", "wait": 20}).text
        assert '"kind":"scan"' in told
        assert CODE not in told


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_picture_that_is_dropped_is_scanned(api: Served, kind: str) -> None:
    with api.client() as client, api.dial("hand") as till:
        answer = client.post(
            "/v1/devices/hand/scan-picture",
            params={"symbology": "qr"},
            content=qr("https://example.com/1", kind.upper()),
            headers={"Content-Type": f"image/{kind}"},
        )
        assert answer.json() == {"read": True, "symbology": "]Q1", "bytes": 21}
        assert till.makefile("rb").read(22) == b"https://example.com/1\r"


WRONG: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("GET /v1/devices/x", {}, 404, "unknown-device", "only: bon, hand, card"),
    ("POST /v1/devices/x/state", {}, 404, "unknown-device", "no 'x'"),
    ("POST /v1/devices/bon/scan", {}, 404, "unknown-operation", "bon has no 'scan'"),
    ("GET /v1/devices/hand/receipts", {}, 404, "no-paper", "prints nothing"),
    ("GET /v1/devices/bon/receipts/1.gif", {}, 404, "not-found", "no GET"),
    ("GET /v1/nothing", {}, 404, "not-found", "no GET at /v1/nothing"),
    ("PUT /v1/devices", {}, 405, "method-not-allowed", "no PUT"),
    ("GET /v1/devices/bon/state", {}, 405, "method-not-allowed", "no GET"),
    ("POST /v1/devices/bon/fault", {"json": {}}, 422, "bad-field", "'name' is missing"),
    ("POST /v1/devices/bon/fault", {"json": {"nam": "x"}}, 422, "bad-field", "no field of"),
    ("POST /v1/devices/bon/fault", {"json": {"name": 1}}, 422, "bad-field", "not a text"),
    ("POST /v1/devices/bon/fault", {"json": {"name": "x"}}, 422, "bad-request", "'x'"),
    ("POST /v1/devices/bon/fault", {"json": {"name": "drop", "at": -1}}, 422, "bad-field", "'at'"),
    ("POST /v1/devices/bon/fault", {"json": {"name": "drop", "direction": "up"}}, 422,
     "bad-field", "'direction' is not one of: in, out"),
    ("POST /v1/devices/bon/lines", {"json": {"cts": 1}}, 422, "bad-field", "true or false"),
    ("POST /v1/devices/bon/lines", {"json": {"cts": True}}, 422, "bad-request", "modem lines"),
    ("POST /v1/devices/bon/fault", {"json": ["name"]}, 400, "bad-json", "object"),
    ("POST /v1/devices/bon/fault", {"content": b"{", "headers": JSON}, 400, "bad-json", "JSON"),
    ("POST /v1/devices/bon/fault", {"content": b'{"name":"drop","name":"stall"}',
     "headers": JSON}, 400, "bad-json", "twice"),
    ("POST /v1/devices/bon/fault", {"data": {"name": "drop"}}, 415, "unsupported-media-type",
     "application/json"),
    ("POST /v1/devices/hand/scan", {"content": b"x", "headers": {"Content-Type": "image/png"}},
     415, "unsupported-media-type", "application/json"),
    ("POST /v1/devices/hand/scan-picture", {"content": b"no picture",
     "headers": {"Content-Type": "image/png"}}, 422, "bad-request", "no picture"),
    ("POST /v1/devices/hand/scan-picture", {"json": {"png": "?"}}, 422, "bad-request", "Base64"),
    ("POST /v1/devices/hand/scan", {"json": {"payload": "x" * MAX_BODY}}, 413, "too-long",
     str(MAX_BODY)),
    ("POST /v1/devices/hand/scan", {"json": {}}, 422, "bad-request", "payload"),
    ("GET /v1/events?since=x", {}, 422, "bad-field", "'since'"),
    ("GET /v1/events?wait=31", {}, 422, "bad-field", "up to 30"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "request_", "status", "code", "says"), WRONG)
def test_what_cannot_be_done_is_said(
    client: httpx.Client, line: str, request_: dict[str, Any], status: int, code: str, says: str
) -> None:
    method, _, path = line.partition(" ")
    answer = client.request(method, path, **request_)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), answer.text
    assert says in error["message"]


def test_a_body_without_a_length_is_bounded_too(client: httpx.Client) -> None:
    parts = (b" " * 4_096 for _ in range(100))
    answer = client.post("/v1/devices/bon/state", content=parts, headers=JSON)
    assert answer.status_code == 413


def test_two_clients_at_once_are_served(api: Served) -> None:
    with api.client() as one, api.client() as other:
        for client in (one, other, one, other):
            assert client.post("/v1/devices/card/script", json={"do": "approve"}).is_success
        assert one.get("/v1/devices/card").json()["state"]["idle"] is True


def test_the_run_is_ended_over_http() -> None:
    with serving() as api, api.client() as client:
        assert not api.stage.ended.is_set()
        answer = client.post("/v1/end")
        assert (answer.status_code, answer.json()) == (202, {"ending": True})
        assert api.stage.ended.wait(10)


def test_the_verdict_of_a_run_as_far_as_it_is_known() -> None:
    known: list[dict[str, Json]] = [{"met": False, "outcomes": []}, {"met": None, "outcomes": []}]
    with serving(verdict=known.pop) as api, api.client() as client:
        assert client.get("/v1/verdict").json()["verdict"]["met"] is None
        assert client.get("/v1/verdict").json()["verdict"]["met"] is False
    with serving() as api, api.client() as client:
        assert client.get("/v1/verdict").json() == {"verdict": None}


def test_what_can_go_wrong_and_with_which_device(client: httpx.Client) -> None:
    listed = client.get("/v1/faults").json()["faults"]
    keys = {one["key"] for one in listed}
    assert {"printer:paper_out", "link:drop", "people:wrong_pin"} <= keys
    of_bon = client.get("/v1/faults", params={"device": "bon"}).json()["faults"]
    assert {one["key"] for one in of_bon} < keys
    assert {"paper_out", "drop"} <= {one["name"] for one in of_bon}
    assert all("printer" in one["devices"] for one in of_bon)
    assert client.get("/v1/faults", params={"device": "x"}).status_code == 404
