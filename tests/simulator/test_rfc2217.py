"""A twin's serial line over the network, with pyserial's own client at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from pos_guard.frames import stx_transbank
from pos_guard.frames.stx import build
from pos_guard.links.session import CloseApp, Effects, ToApp
from pos_guard_simulator.bench import READ_BYTES
from pos_guard_simulator.rfc2217_line import MAX_OPTION, Rfc2217Line
from pos_guard_simulator.till import SerialFraming, SerialLine, ZvtLink
from tests.simulator.simulate_process import Control, simulating, usage_error

# pyserial 3.5 starts its reader with Thread.setDaemon and setName, which Python calls old.
pytestmark = pytest.mark.filterwarnings(
    "ignore:set(Daemon|Name)\\(\\) is deprecated:DeprecationWarning"
)

IAC, SB, SE, WILL, DO, COM = b"\xff", b"\xfa", b"\xf0", b"\xfb", b"\xfd", b"\x2c"


class Echo:
    """A twin that says back what it hears."""

    def __init__(self) -> None:
        self.heard = b""

    def connected(self) -> Effects:
        return []

    def data(self, data: bytes) -> Effects:
        self.heard += data
        return [ToApp(data)]

    def closed(self) -> Effects:
        return []

    def timer(self, name: str) -> Effects:
        return [ToApp(name.encode())]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def line(echo: Echo) -> Rfc2217Line:
    made = Rfc2217Line(echo)
    offered = said(made.connected())
    assert IAC + WILL + COM in offered
    assert made.room == READ_BYTES
    return made


def said(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def option(number: int, value: bytes = b"") -> bytes:
    return IAC + SB + COM + bytes([number]) + value.replace(IAC, IAC + IAC) + IAC + SE


def test_a_byte_255_is_doubled_both_ways(line: Rfc2217Line, echo: Echo) -> None:
    assert said(line.data(b"a\xff")) == b"a"
    assert said(line.data(b"\xffb")) == b"\xff\xffb"
    assert echo.heard == b"a\xffb"
    assert said(line.timer("\xff")) == "\xff".encode()


# RFC 2217, section 3: each setting is answered with the value that is in force, code + 100.
@pytest.mark.parametrize(
    ("number", "value", "answer", "name", "now"),
    [
        (1, (115200).to_bytes(4, "big"), (115200).to_bytes(4, "big"), "baudrate", 115200),
        (1, b"\0\0\0\0", (9600).to_bytes(4, "big"), "baudrate", 9600),
        (1, b"\xff\xff\xff\xff", (9600).to_bytes(4, "big"), "baudrate", 9600),
        (2, b"\7", b"\7", "bytesize", 7),
        (2, b"\3", b"\x08", "bytesize", 8),
        (3, b"\3", b"\3", "parity", "E"),
        (4, b"\2", b"\2", "stopbits", "2"),
        (5, b"\x09", b"\x09", "dtr", False),
        (5, b"\x0c", b"\x0c", "rts", False),
        (5, b"\2", b"\2", "flow", "xonxoff"),
        (5, b"\3", b"\3", "flow", "rtscts"),
    ],
)
def test_settings_are_answered_truly(
    line: Rfc2217Line, number: int, value: bytes, answer: bytes, name: str, now: object
) -> None:
    assert said(line.data(option(number, value))) == option(number + 100, answer)
    assert line.settings.told[name] == now


@pytest.mark.parametrize(
    "broken",
    [IAC + SE, option(1, b"\1"), option(3, b"\x63"), IAC + SB + b"x" * 3 * MAX_OPTION],
    ids=["an end without a beginning", "half a speed", "no such parity", "an option without end"],
)
def test_a_client_that_speaks_no_rfc2217_is_hung_up_on(line: Rfc2217Line, broken: bytes) -> None:
    assert line.data(broken) == [CloseApp("no RFC 2217")]
    line.closed()
    assert IAC + WILL + COM in said(line.connected())
    assert said(line.data(b"again")) == b"again"


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_no_bytes_do_worse_than_that(pieces: list[bytes]) -> None:
    line = Rfc2217Line(Echo())
    line.connected()
    for piece in pieces:
        if any(isinstance(effect, CloseApp) for effect in line.data(piece)):
            line.closed()
            line.connected()


@pytest.fixture(scope="module")
def chile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    control = tmp_path_factory.mktemp("chile") / "control"
    with simulating(
        "terminal", "transbank", "--rfc2217", "127.0.0.1:0", "--control", str(control)
    ) as device:
        yield str(device.ready["addresses"]["rfc2217"]), control


def test_pyserial_pays_at_a_terminal_across_the_network(chile: tuple[str, Path]) -> None:
    url, control = chile
    with serial.serial_for_url(url, baudrate=115200, timeout=10) as port, Control(control) as test:
        assert (port.cts, port.dsr, port.cd, port.ri) == (True, True, True, False)
        port.rts = False
        port.write(build(stx_transbank.FORMAT, b"0200|1500|T1|||0|"))
        assert port.read(1) == b"\x06"
        answer = port.read_until(b"\x03") + port.read(1)
        assert answer.startswith(b"\x020210|00|597029414300|ABCD1234|T1|")
        port.write(b"\x06")
        told = test.ask("state")["line"]
        assert told == {
            "baudrate": 115200, "bytesize": 8, "parity": "N", "stopbits": "1", "dtr": True,
            "rts": False, "break": False, "flow": "none",
        }  # fmt: skip
        assert [row["amount"] for row in test.ask("book")["moved"]] == [1500]


def test_a_zvt_terminal_frames_its_bytes_as_on_a_serial_line() -> None:
    with simulating("terminal", "zvt", "--rfc2217", "rfc2217://127.0.0.1:0") as terminal:
        assert terminal.ready["framing"] == "serial"
        line = SerialLine(terminal.ready["addresses"]["rfc2217"], 115200)
        till = ZvtLink(
            SerialFraming(line, ack_seconds=10), currency=978, answer_seconds=10, result_seconds=10
        )
        till.register()
        assert till.pay(1250).approved
        till.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rfc2217", "nowhere"], "HOST:PORT"),
        (["--rfc2217", "127.0.0.1:0", "--tcp", "127.0.0.1:0"], "One place"),
        (["--rfc2217", "127.0.0.1:0", "--usbip", "127.0.0.1:0"], "One place"),
    ],
)
def test_places_that_cannot_be(options: list[str], words: str) -> None:
    assert words in usage_error(*options)
