"""Codes and stickers over the decision socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.api.client import DecisionClient, RequestRefusedError
from pos_guard.frames.decoded import Json
from tests.api.decision_server import serving
from tests.shop import MERCHANT, PINS, POLICY, Shop, shop

GOLDEN = Path(__file__).parents[1] / "golden" / "scan_checks.json"
CODES = {name: entry["payload"] for name, entry in json.loads(GOLDEN.read_text("utf-8")).items()}
WECHAT, STICKER, OTHER = CODES["wechat"], CODES["receive_wechat"], CODES["receive_alipay"]


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    policy = POLICY.replace('"EUR"', '"CNY"').replace(
        'may = ["sale", "preauth"', 'may = ["sale", "manual_code", "preauth"'
    )
    made = shop(tmp_path, policy=policy)
    yield made
    made.store.close()


@pytest.fixture
def path(corner: Shop, tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / "run" / "decide.sock"
    with serving(corner.guard, where):
        yield where


@pytest.fixture
def client(path: Path) -> Iterator[DecisionClient]:
    with DecisionClient(path) as connected:
        yield connected


def pay(client: DecisionClient, **more: Json) -> dict[str, Json]:
    order: dict[str, Json] = {"id": "A1", "total": 1250, "currency": "CNY"}
    client.context(operator="anna", order=order)
    return client.ask("sale", "wechat", 1250, currency="CNY", payee=MERCHANT, **more)


def signed(person: str = "maya") -> dict[str, Json]:
    return {"person": person, "pin": PINS[person]}


def register(client: DecisionClient, name: str, payload: str) -> dict[str, Json]:
    return client.request("payees_add", name=name, place="left", payload=payload, **signed())


def test_an_apps_own_scanner_asks_what_a_code_is(client: DecisionClient) -> None:
    good = client.request("scan", payload=WECHAT + "\r\n")
    assert (good["allowed"], good["level"]) == (True, "ALLOW")
    assert isinstance(good["code"], dict)
    assert (good["code"]["scheme"], good["code"]["payable"]) == ("wechat", True)
    bad = client.request("scan", payload=STICKER)
    assert (bad["allowed"], bad["rule"]) == (False, "code-kind")
    assert WECHAT not in json.dumps([good, bad])
    assert pay(client, payment_code=WECHAT)["level"] == "ALLOW"


def test_an_app_says_that_a_code_was_typed(client: DecisionClient) -> None:
    typed: dict[str, Json] = {"payload": WECHAT, "typed": True}
    client.context(operator="anna")
    assert client.request("scan", **typed)["rule"] == "code-typed"
    assert client.request("scan", payload=WECHAT)["allowed"] is True


def test_a_typed_charge_is_sent_back_once_and_then_takes_the_right(client: DecisionClient) -> None:
    first = pay(client, payment_code=WECHAT, typed=True)
    assert (first["allowed"], first["rule"]) == (False, "code-typed")
    second = client.ask(
        "sale", "wechat", 1250, currency="CNY", payee=MERCHANT, payment_code=WECHAT, typed=True
    )
    assert second["allowed"] is True


def test_a_charge_with_a_receive_code_is_refused(client: DecisionClient) -> None:
    assert pay(client, payment_code=STICKER)["rule"] == "code-kind"


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("scan", {}),
        ("scan", {"payload": ""}),
        ("scan", {"payload": "1", "typed": "yes"}),
        ("scan", {"payload": "x" * 7090}),
        ("payees_check", {"payload": "x", "name": "nothing"}),
        ("payees_scan", {"seconds": 0}),
        ("payees_scan", {"seconds": 121}),
        ("payees_scan", {"seconds": 1, "name": "nothing"}),
        ("payees_add", {"name": "one", "payload": "x", **signed()}),
        ("payees_add", {"name": "one", "place": "l", "payload": "hello", **signed()}),
        ("payees", {"more": 1}),
    ],
)
def test_wrong_requests_are_told(client: DecisionClient, op: str, fields: dict[str, Json]) -> None:
    with pytest.raises(RequestRefusedError) as refused:
        client.request(op, **fields)
    assert refused.value.code == "bad-request"


def test_registering_and_forgetting_takes_a_manager(client: DecisionClient) -> None:
    for who in ({**signed(), "pin": "000111"}, signed("anna")):
        with pytest.raises(RequestRefusedError) as refused:
            client.request("payees_add", name="one", place="left", payload=STICKER, **who)
        assert refused.value.code == "not-permitted"
        with pytest.raises(RequestRefusedError):
            client.request("payees_remove", name="one", **who)
    added = register(client, "one", STICKER)
    assert (added["name"], added["added_by"], added["checked_us"]) == ("one", "maya", None)
    listed = client.request("payees")["stickers"]
    assert listed == [{name: value for name, value in added.items() if name != "v"}]
    assert STICKER not in json.dumps(listed)
    client.request("payees_remove", name="one", **signed())
    assert client.request("payees")["stickers"] == []


def test_a_sticker_is_checked(client: DecisionClient) -> None:
    register(client, "one", STICKER)
    right = client.request("payees_check", payload=STICKER, name="one")
    wrong = client.request("payees_check", payload=OTHER, name="one")
    assert (right["found"], right["right"]) == ("same", True)
    assert (wrong["found"], wrong["right"]) == ("swapped", False)
    assert client.request("scan", payload=STICKER)["rule"] == "code-own"


def test_the_next_scan_at_the_till_is_the_check(client: DecisionClient, path: Path) -> None:
    register(client, "one", STICKER)
    answers: list[dict[str, Json]] = []

    def ask() -> None:
        with DecisionClient(path) as console:
            answers.append(console.check_sticker("one", 30))

    console = threading.Thread(target=ask)
    console.start()
    scans: list[dict[str, Json]] = []
    while not scans or "checked" not in scans[-1]:
        scans.append(client.request("scan", payload=STICKER))
        assert scans[-1]["allowed"] is False
    console.join()
    assert (answers[0]["found"], answers[0]["name"]) == ("same", "one")
    assert client.request("scan", payload=STICKER)["rule"] == "code-own"


def test_a_check_ends_in_vain_or_when_its_console_hangs_up(
    client: DecisionClient, path: Path
) -> None:
    register(client, "one", STICKER)
    with DecisionClient(path) as console:
        assert console.check_sticker(None, 1)["found"] is None
    with socket.socket(socket.AF_UNIX) as console:
        console.connect(str(path))
        console.sendall(b'{"v":1,"op":"payees_scan","seconds":100}\n')
    while (in_vain := tried(client)) is None:
        pass  # the hang-up was not noticed yet
    assert in_vain["found"] is None


def tried(client: DecisionClient) -> dict[str, Json] | None:
    """A check, or None while another one is under way."""
    try:
        return client.check_sticker(None, 1)
    except RequestRefusedError:
        return None
