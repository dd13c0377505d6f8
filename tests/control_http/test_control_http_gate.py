"""Who gets in: the token, the Host, the Origin, the cookie of a page."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from pos_guard.ports.address import Address
from pos_guard_simulator.control_http.listening import listening
from pos_guard_simulator.control_http.option import TOKEN_VARIABLE, read_http_place
from pos_guard_simulator.control_http.place import HttpPlace
from pos_guard_simulator.stage.stage import Stage
from tests.control_http.http_rig import USUAL, Served, serving

PRINTER = {"bon": USUAL["bon"]}


async def _page(request: Request) -> Response:
    return PlainTextResponse(f"the page {request.url.path}")


def pages(stage: Stage) -> list[BaseRoute]:
    assert list(stage.devices) == ["bon"]
    return [Route("/{rest:path}", _page)]


@pytest.fixture(scope="module")
def api() -> Iterator[Served]:
    with serving(PRINTER, pages=pages) as api:
        yield api


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


@pytest.mark.parametrize("path", ["/v1", "/v1/devices", "/v1/openapi.json", "/v1/x"])
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer x", "Bearer é", "Basic eDp5", "{token}"]
)
def test_without_the_token_nothing_is_told(
    api: Served, path: str, authorization: str | None
) -> None:
    headers: dict[bytes, bytes] = {}
    if authorization is not None:
        given = authorization.replace("{token}", str(api.said["token"]))
        headers[b"Authorization"] = given.encode("latin-1")
    answer = httpx.get(api.url + path, headers=headers)
    assert code(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_nothing_is_done_without_the_token(api: Served) -> None:
    assert code(httpx.post(api.url + "/v1/end")) == (401, "unauthorized")
    fault = httpx.post(api.url + "/v1/devices/bon/fault", json={"name": "paper_out"})
    assert code(fault) == (401, "unauthorized")
    assert not api.stage.ended.is_set()
    with api.client() as client:
        assert client.post("/v1/devices/bon/state").json()["faults"] == []


def test_a_token_has_256_bit_and_every_run_another(api: Served) -> None:
    with serving(PRINTER) as other:
        assert len(str(other.said["token"])) == 43  # 32 bytes in Base64
        assert other.said["token"] != api.said["token"]


@pytest.mark.parametrize(
    ("host", "let_in"),
    [
        ("127.0.0.1:{port}", True),
        ("localhost:{port}", True),
        ("localhost", True),
        ("LOCALHOST:9", True),  # through a tunnel, from another port
        ("[::1]:{port}", True),
        ("evil.example", False),
        ("evil.example:{port}", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("192.168.1.5:{port}", False),
        ("", False),
    ],
)
def test_it_must_be_called_by_a_name_of_its_own(api: Served, host: str, let_in: bool) -> None:
    with api.client(Host=host.replace("{port}", api.url.rpartition(":")[2])) as client:
        answer = client.get("/v1")
    assert answer.status_code == (200 if let_in else 403)
    if not let_in:
        assert code(answer) == (403, "unknown-host")


def test_a_page_of_another_origin_may_not_ask(api: Served) -> None:
    for origin in ("http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"):
        with api.client(Origin=origin) as client:
            answer = client.post("/v1/devices/bon/fault", json={"name": "paper_out"})
            assert code(answer) == (403, "other-origin"), origin
            assert "access-control-allow-origin" not in answer.headers
    with api.client(Origin=api.url) as client:
        assert client.get("/v1").status_code == 200


def test_a_browser_logs_in_once_and_the_token_leaves_the_address(api: Served) -> None:
    with httpx.Client(base_url=api.url) as browser:
        assert browser.get("/").status_code == 401
        answer = browser.get("/", params={"token": str(api.said["token"]), "lang": "zh"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=zh")
        cookie = answer.headers["set-cookie"].lower()
        port = api.url.rpartition(":")[2]
        assert cookie.startswith(f"pos-guard-{port}=")
        assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.split("; "))
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert browser.get("/?lang=zh").text == "the page /"
        assert browser.get("/v1/devices").status_code == 200


@pytest.mark.parametrize("path", ["/", "//evil.example/", "/v1x"])
def test_a_wrong_token_logs_nobody_in(api: Served, path: str) -> None:
    answer = httpx.get(f"{api.url}{path}", params={"token": "x"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "token" in answer.text


def test_a_login_leads_nowhere_else(api: Served) -> None:
    token = str(api.said["token"])
    answer = httpx.get(f"{api.url}//evil.example/a", params={"token": token})
    assert answer.headers["location"] == "/evil.example/a"


def test_the_api_takes_no_token_from_the_address(api: Served) -> None:
    answer = httpx.get(f"{api.url}/v1/devices", params={"token": str(api.said["token"])})
    assert code(answer) == (401, "unauthorized")


def test_the_page_stands_in_the_ready_line(api: Served) -> None:
    assert api.said["page"] == f"{api.url}/?token={api.said['token']}"


def test_a_token_in_a_file_is_ours_alone_and_goes_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("left behind, and longer than any token would ever be in such a file")
    file.chmod(0o644)
    with serving(PRINTER, place=read_http_place("127.0.0.1:0", token_file=file)) as api:
        assert file.read_text() == f"{api.said['token']}\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert api.said["token_file"] == str(file)
    assert not file.exists()


def test_a_token_that_somebody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = "a-token-that-two-containers-know-of"
    monkeypatch.setenv(TOKEN_VARIABLE, chosen)
    with serving(PRINTER, place=read_http_place("127.0.0.1:0")) as api:
        assert api.said["token"] == chosen
        headers = {"Authorization": f"bearer {chosen}"}
        assert httpx.get(f"{api.url}/v1", headers=headers).status_code == 200


@pytest.mark.parametrize("weak", ["short", "x" * 257, "spaces in it, " * 4, "ä" * 40])
def test_a_weak_token_is_refused(monkeypatch: pytest.MonkeyPatch, weak: str) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, weak)
    with pytest.raises(click.UsageError, match=TOKEN_VARIABLE):
        read_http_place("127.0.0.1:0")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0.0.0.0:8000", "--http-public"),
        ("192.168.1.5:8000", "--http-public"),
        ("simulator.example:8000", "--http-public"),
        ("[::]:0", "--http-public"),
        ("8000", "HOST:PORT"),
        ("unix:", "unix:PATH"),
        ("unix:/" + "x" * 110, "unix:PATH"),
    ],
)
def test_a_place_that_will_not_do_is_said(text: str, says: str) -> None:
    with pytest.raises(click.UsageError, match=says):
        read_http_place(text)


def test_other_machines_come_only_where_they_may() -> None:
    place = read_http_place("0.0.0.0:0", public=True)
    with serving(PRINTER, place=place) as api, httpx.Client(headers=api.bearer) as client:
        assert "0.0.0.0" not in api.url
        port = api.url.rpartition(":")[2]
        for host, status in (("192.168.1.5", 200), ("10.0.0.9:80", 200), ("evil.example", 403)):
            answer = client.get(f"http://127.0.0.1:{port}/v1", headers={"Host": host})
            assert answer.status_code == status, host


def test_a_place_that_is_taken_is_said(api: Served) -> None:
    taken = HttpPlace(Address.parse(f"tcp:{api.url.removeprefix('http://')}"))
    with pytest.raises(click.UsageError, match="in use"), serving(PRINTER, place=taken):
        pass


def test_a_unix_socket_is_ours_alone_and_goes_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with serving(PRINTER, place=read_http_place(f"unix:{path}")) as api:
        assert (api.url, api.said["socket"]) == ("http://localhost", str(path))
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, base_url="http://any.name") as client:
            assert client.get("/v1").status_code == 401
            assert client.get("/v1", headers=api.bearer).status_code == 200
    assert not path.exists()


def test_an_answer_is_not_held_back_on_its_way() -> None:
    with (
        listening(read_http_place("127.0.0.1:0")) as listener,
        socket.create_connection(listener.getsockname(), 10),
        listener.accept()[0] as ours,
    ):
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
