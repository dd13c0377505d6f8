"""A guard before simulated devices: settings, the daemon over them, a session before a twin."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from pos_guard.config import parse_config
from pos_guard.errors import PortError, SettingsError
from pos_guard.frames.printer_models import printer_model
from pos_guard.links.events import LinkEvent, LinkFailed, Side, SideChanged
from pos_guard.links.session import (
    CancelTimer,
    CloseApp,
    CloseDevice,
    Effects,
    QuietSession,
    SetTimer,
    ToApp,
    ToDevice,
)
from pos_guard.links.wire import HIGH_WATER, MAX_QUEUED
from pos_guard.sessions import make_session
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.guarded.devices import guarded_payment, guarded_printer, payee_lists
from pos_guard_simulator.guarded.inline import Around, GuardedTwin
from pos_guard_simulator.guarded.policy import NAMES, OWN, policy_of, policy_text
from pos_guard_simulator.guarded.running import GuardRun
from pos_guard_simulator.guarded.settings import GuardedDevice, settings_text
from pos_guard_simulator.guarded.verdicts import GuardVerdict
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.pytest_plugin import profiles
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.shop import shop

BILL = b"\x1b@Corner shop\nOrder: 17\nTOTAL EUR 12.50\nCARD 12.50\nPAID\n\x1dVB\x00"

TCP = ("tcp:127.0.0.1:1", "tcp:127.0.0.1:0")
HTTP = ("http://127.0.0.1:1", "tcp:127.0.0.1:0")


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*profiles.NAMES["terminal"](), *profiles.NAMES["host"]()])
def test_each_device_has_a_link_that_the_daemon_takes(name: str, tmp_path: Path) -> None:
    provider = name in ("wechat", "wechat-v2", "alipay", "aggregator")
    device = guarded_payment(name, {}, *(HTTP if provider else TCP))
    (link,) = parse_config(settings_text({"device": device}), tmp_path / "guard.toml").links
    made = shop(tmp_path)
    assert make_session(link, made.guard).name == "device"
    made.store.close()


@pytest.mark.parametrize(
    ("terminal", "host", "kind", "own"),
    [
        ("zvt", "wechat", "terminals", "52001233"),
        ("transbank", "wechat", "terminals", "ABCD1234"),
        ("concert-e+", "wechat", "terminals", "52001233"),
        ("caisse-ap", "wechat", "terminals", "1999403"),
        ("zvt", "wechat", "wechat", "1900000109"),
        ("zvt", "alipay", "alipay", "2014072300007148"),
    ],
)
def test_the_shops_own_devices_may_be_paid(terminal: str, host: str, kind: str, own: str) -> None:
    assert own in profiles.payees(terminal, host)[kind]


def test_a_device_whose_messages_name_nobody_has_a_payee() -> None:
    assert guarded_payment("concert-e+", {"payees": []}, *TCP).settings == {"payee": "52001233"}
    named = guarded_payment("transbank", {"payees": ["ABCD1234"]}, *TCP)
    assert named.settings == {}
    assert payee_lists({"transbank": {"payees": ["ABCD1234"]}})["terminals"] == ["ABCD1234"]


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_can_be_read(name: str) -> None:
    policy = policy_of("EUR", name=name)
    assert policy.payees.terminals == ("52001233",)
    assert ("cashier" in policy.roles) is (name in (OWN, "retail", "restaurant"))


def test_a_policy_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="only: test, retail"):
        policy_text("EUR", name="lenient")


# -- the daemon ----------------------------------------------------------------------------------


def test_a_daemon_before_a_printer(tmp_path: Path) -> None:
    printer, events = ReceiptPrinter(printer_model("epson")), list[LinkEvent]()
    told: list[tuple[str, str]] = []
    till = tmp_path / "till-printer"
    with Bench() as bench:
        path = bench.pty("printer", PrinterSeat(printer))
        device = guarded_printer("epson", f"serial:{path}:115200", f"pty:{till}")

        def on_verdict(verdict: GuardVerdict) -> None:
            told.append((verdict.reason, bench.ask(lambda: printer.paper.text)))

        run = GuardRun(
            tmp_path,
            {"printer": device},
            policy_text("EUR"),
            on_event=events.append,
            on_verdict=on_verdict,
        )
        with run:
            assert run.addresses == {"printer": f"pty:{till}"}
            assert run.socket.is_socket()
            with serial.Serial(str(till), 115200, timeout=10) as port:
                port.write(BILL)
                # The answer stands in line behind the job: all of it was judged.
                port.write(b"\x1dr\x01")
                assert port.read(1) != b""
            assert [one.reason for one in run.verdicts()] == ["not-paid"]
        text = bench.ask(lambda: printer.paper.text)
        run.start()
        assert [one.reason for one in run.verdicts()] == ["not-paid"]
        run.stop()
    assert "NOT PAID" in text
    assert told == [("not-paid", "")], "once, and before anything was printed"
    assert SideChanged("printer", Side.DEVICE, up=True) in events


def test_a_daemon_that_cannot_start_leaves_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        app = f"tcp:127.0.0.1:{taken.getsockname()[1]}"
        device = guarded_printer("epson", "tcp:127.0.0.1:1", app)
        run = GuardRun(tmp_path, {"printer": device}, policy_text("EUR"))
        with pytest.raises(PortError, match="in use"):
            run.start()
    wrong = GuardedDevice("zvt", "nowhere", "tcp:127.0.0.1:0")
    with pytest.raises(SettingsError, match="is no address"):
        GuardRun(tmp_path, {"terminal": wrong}, policy_text("EUR")).start()


# -- a session before a twin ---------------------------------------------------------------------


class Passing(QuietSession):
    """Hands on what it is given; a till that sends ! breaks it, one that sends ? is hung up on."""

    name = "link"

    def app_data(self, data: bytes) -> Effects:
        if data == b"!":
            raise ValueError("broken")
        if data == b"?":
            return [CloseApp("asked too much"), CloseDevice("and anew")]
        return [ToDevice(data), SetTimer("wait", 5), ToApp(b"heard")]

    def device_data(self, data: bytes) -> Effects:
        return [CancelTimer("wait"), ToApp(data.upper())]

    def timer(self, name: str) -> Effects:
        return [ToApp(name.encode())]

    def answered(self, decision: int) -> Effects:
        return [ToDevice(b"%d" % decision)]


class Echo:
    """Says what it hears; ``room`` at a time."""

    def __init__(self) -> None:
        self.room = 1 << 20
        self.got = b""
        self.calls: list[str] = []

    def connected(self) -> Effects:
        self.calls.append("connected")
        return [SetTimer("warm", 1)]

    def data(self, data: bytes) -> Effects:
        self.got += data
        return [ToApp(data), CloseApp("enough")] if data == b"x" else [ToApp(data)]

    def closed(self) -> Effects:
        self.calls.append("closed")
        return [CancelTimer("warm")]

    def timer(self, name: str) -> Effects:
        return [ToApp(name.encode())]


class Bed:
    def __init__(self, *, stays: bool = False) -> None:
        self.echo, self.events, self.noted = Echo(), list[LinkEvent](), list[tuple[bytes, bool]]()

        def note(data: bytes, outward: bool) -> None:
            self.noted.append((data, outward))

        around = Around(self.events.append, note)
        self.twin = GuardedTwin(Passing(), self.echo, around, stays=stays)
        assert self.twin.begin() == [SetTimer("device warm", 1)]
        assert self.twin.connected() == []


def test_what_the_till_and_the_device_say_passes_the_session() -> None:
    bed = Bed()
    assert bed.twin.data(b"sell") == [
        SetTimer("guard wait", 5),
        ToApp(b"heard"),
        CancelTimer("guard wait"),
        ToApp(b"SELL"),
    ]
    assert bed.noted == [(b"sell", False), (b"sell", True)]
    assert bed.twin.timer("device warm") == [CancelTimer("guard wait"), ToApp(b"WARM")]
    assert bed.twin.timer("guard wait") == [ToApp(b"wait")]
    assert ToApp(b"7") in bed.twin.answered(7)
    assert bed.twin.said([ToApp(b"by hand")])[-1] == ToApp(b"BY HAND")


def test_a_till_that_is_not_there_is_told_nothing() -> None:
    bed = Bed()
    assert bed.twin.closed() == []
    assert bed.twin.timer("guard wait") == []


@pytest.mark.parametrize(
    "lose",
    [
        lambda bed: bed.twin.data(b"x"),
        lambda bed: bed.twin.data(b"?"),
        lambda bed: bed.twin.data(bytes(MAX_QUEUED + 1)),
    ],
    ids=["the device hangs up", "the guard hangs up", "it takes nothing"],
)
def test_a_lost_device_is_connected_anew(lose: Callable[[Bed], Effects]) -> None:
    bed = Bed()
    effects = lose(bed)
    (again,) = [one for one in effects if isinstance(one, SetTimer) and "connects" in one.name]
    assert bed.echo.calls == ["connected", "closed"]
    assert bed.twin.timer(again.name) == [SetTimer("device warm", 1)]
    assert bed.echo.calls == ["connected", "closed", "connected"]
    ups = [one.up for one in bed.events if isinstance(one, SideChanged) and one.side is Side.DEVICE]
    assert ups == [True, False, True]


def test_a_pty_is_never_hung_up_but_a_connection_is() -> None:
    assert CloseApp("asked too much") in Bed().twin.data(b"?")
    bed = Bed(stays=True)
    assert not any(isinstance(one, CloseApp) for one in bed.twin.data(b"?"))
    ups = [one.up for one in bed.events if isinstance(one, SideChanged) and one.side is Side.APP]
    assert ups == [True, False, True]


def test_an_unplugged_device_gets_nothing_until_it_is_back() -> None:
    bed = Bed()
    (again,) = (one for one in bed.twin.unplug() if isinstance(one, SetTimer))
    assert bed.twin.timer(again.name) == []
    bed.twin.data(b"lost")
    bed.twin.said([ToApp(b"into the air")])
    bed.twin.plug()
    bed.twin.data(b"kept")
    assert bed.echo.got == b"kept"


def test_a_full_device_holds_the_till_up() -> None:
    bed = Bed()
    bed.echo.room = 10
    bed.twin.data(b"0123456789abc")
    assert bed.echo.got == b"0123456789abc"
    bed.echo.room = 0
    bed.twin.data(bytes(HIGH_WATER))
    assert (bed.twin.room, len(bed.echo.got)) == (0, 13)
    bed.echo.room = 1 << 20
    bed.twin.said([])
    assert bed.twin.room > 0
    assert len(bed.echo.got) == 13 + HIGH_WATER


def test_a_session_that_fails_closes_both_sides_and_lets_nothing_pass() -> None:
    bed = Bed()
    effects = bed.twin.data(b"!")
    assert CloseApp("ValueError: broken") in effects
    assert not any(isinstance(one, SetTimer) for one in effects)
    assert LinkFailed("link", "ValueError: broken") in bed.events
    assert bed.twin.data(b"sell") == []
    assert bed.echo.got == b""
    bed.twin.revive(Passing())
    bed.twin.data(b"sell")
    assert bed.echo.got == b"sell"


def test_a_power_cut_tells_the_session_nothing() -> None:
    bed = Bed()
    bed.twin.data(b"sell")
    bed.twin.timer("guard wait")
    assert bed.twin.die() == [CancelTimer("device warm")]
    assert bed.twin.data(b"more") == []
    bed.twin.revive(Passing())
    assert bed.echo.calls == ["connected", "closed", "connected"]
