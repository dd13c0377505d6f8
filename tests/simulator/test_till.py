"""The demo's till speaks its protocols by itself, to anybody, and every call ends in time."""

from __future__ import annotations

import ast
import json
import os
import pty
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.clock import ManualClock
from pos_guard.frames.printer_models import printer_model
from pos_guard.links.zvt_wire import Framing
from pos_guard_simulator import till, till_lines, till_printer, till_wechat, till_zvt
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.till import (
    CARD,
    CASH,
    Item,
    Payment,
    Printer,
    Sale,
    Scanner,
    SerialFraming,
    SerialLine,
    TcpFraming,
    TcpLine,
    Till,
    TillError,
    TillTimeoutError,
    WeChatClient,
    ZvtLink,
)
from pos_guard_simulator.till_zvt import ACK_UNIT, serial_frame
from pos_guard_simulator.wechat import WechatTwin
from pos_guard_simulator.zvt_book import Script as TerminalScript
from pos_guard_simulator.zvt_terminal import TerminalSettings, ZvtTerminal

SALE = Sale("A-0017", (Item("拿铁 Latte", 450, 2), Item("牛角包 Croissant", 350)))
GOLDEN = json.loads((Path(__file__).parents[1] / "golden/till_zvt.json").read_text("utf-8"))
FRAMES = {entry["id"]: bytes.fromhex(entry["hex"]) for entry in GOLDEN}

COMPLETION = FRAMES["zvt-060"]
APPROVED = FRAMES["zvt-061"]
ABORTED = FRAMES["zvt-064"]


class Script:
    """A line whose other end answers each send with the next bytes of a script."""

    def __init__(self, *answers: bytes) -> None:
        self.sent: list[bytes] = []
        self.closed = False
        self._answers = list(answers)
        self._waiting = b""

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        if self._answers:
            self._waiting += self._answers.pop(0)

    def receive(self, seconds: float) -> bytes:
        if not self._waiting:
            raise TillTimeoutError(f"nothing within {seconds}")
        data, self._waiting = self._waiting[:3], self._waiting[3:]
        return data

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("module", [till, till_lines, till_printer, till_wechat, till_zvt])
def test_the_till_knows_nothing_of_pos_guard(module: object) -> None:
    path = getattr(module, "__file__", None)
    assert isinstance(path, str)
    for node in ast.walk(ast.parse(Path(path).read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert name.split(".")[0] != "pos_guard"
            assert "pos_guard_simulator" not in name or name.startswith("pos_guard_simulator.till")


# -- ZVT ------------------------------------------------------------------------------------


def terminal(*answers: bytes) -> tuple[Script, ZvtLink]:
    line = Script(*answers)
    return line, ZvtLink(TcpFraming(line))


@pytest.mark.parametrize(
    ("ask", "unit"),
    [
        (lambda link: link.register(0x41), "06000600000041 0978"),
        (lambda link: link.pay(1250), "06010A 04000000001250 490978"),
        (lambda link: link.refund(1250), "06310D 000000 04000000001250 490978"),
        (lambda link: link.reverse("0175"), "063006 000000 870175"),
        (lambda link: link.repeat_receipt(), "062003 000000"),
    ],
)
def test_commands_have_the_standards_layout(ask: Callable[[ZvtLink], object], unit: str) -> None:
    line, link = terminal()
    ask(link)
    assert line.sent == [bytes.fromhex(unit)]


def test_registration_is_the_bytes_that_another_client_sends() -> None:
    line = Script()
    ZvtLink(TcpFraming(line), password="987654").register(0x41)
    assert line.sent == [FRAMES["zvt-056"]]


def test_an_approved_payment_is_acknowledged_unit_by_unit() -> None:
    line, link = terminal(ACK_UNIT + FRAMES["zvt-062"] + APPROVED + COMPLETION)
    result = link.pay(4000)
    assert result == till.PayResult(approved=True, code="00", receipt="0175", amount=4000)
    assert line.sent[1:] == [ACK_UNIT] * 3


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ACK_UNIT + ABORTED, "6C"),
        (ACK_UNIT + bytes.fromhex("040F0227 6C") + bytes.fromhex("060F00"), "6C"),
        (bytes.fromhex("848300"), "84 83"),
        (ACK_UNIT, "timeout"),
        (b"", "timeout"),
    ],
)
def test_whatever_is_no_approval_is_none(answer: bytes, code: str) -> None:
    assert terminal(answer)[1].pay(1250) == till.PayResult(approved=False, code=code)


def test_a_late_answer_can_still_be_heard() -> None:
    line, link = terminal(b"", APPROVED + COMPLETION)
    assert link.pay(4000).code == "timeout"
    line.send(b"")
    assert link.listen(1).approved


def test_an_end_said_once_more_is_not_the_answer_to_the_next_command() -> None:
    line, link = terminal(APPROVED + COMPLETION, b"", ACK_UNIT + ABORTED)
    assert link.pay(1250) == till.PayResult(approved=False, code="6C")
    assert line.sent[1:] == [ACK_UNIT] * 3


def test_an_end_of_what_was_asked_for_is_taken_without_an_answer_before_it() -> None:
    _, link = terminal(APPROVED + COMPLETION)
    assert link.pay(4000).approved
    part, link = terminal(ACK_UNIT + APPROVED + COMPLETION)
    assert link.pay(5000).amount == 4000, "a terminal may approve a part"
    assert len(part.sent) == 3


def test_serial_frames_are_those_of_the_standards_example() -> None:
    framed = FRAMES["zvt-serial-001"]
    assert serial_frame(bytes.fromhex("060F0BF0F0F7322E31342E313500")) == framed


def test_a_serial_payment_acknowledges_frames_and_answers_a_bad_one_with_nak() -> None:
    bad = serial_frame(ACK_UNIT)[:-1] + b"\x00"
    line = Script(
        b"\x06" + bad,
        serial_frame(ACK_UNIT) + serial_frame(APPROVED),
        b"",
        b"\x06" + serial_frame(COMPLETION),
        b"",
        b"\x06",
    )
    link = ZvtLink(SerialFraming(line))
    assert link.pay(4000).approved
    assert line.sent[1] == b"\x15"


def test_a_serial_unit_is_repeated_until_it_is_acknowledged_then_given_up() -> None:
    line = Script(b"\x15", b"\x06" + serial_frame(FRAMES["refused"]))
    assert ZvtLink(SerialFraming(line)).pay(1000).code == "84 83"
    assert line.sent[0] == line.sent[1]
    assert b"\x10\x10" in line.sent[0]
    silent = Script()
    assert ZvtLink(SerialFraming(silent)).pay(1000).code == "timeout"
    assert len(silent.sent) == till_zvt.REPEATS


@given(st.binary(max_size=60))
@settings(max_examples=60)
def test_garbage_from_a_terminal_ends_in_a_result_or_the_tills_own_error(data: bytes) -> None:
    for framing in (TcpFraming, SerialFraming):
        link = ZvtLink(framing(Script(ACK_UNIT + data)))
        try:
            result = link.pay(1250)
        except TillError:
            continue
        assert not result.approved or b"\x06\x0f" in data


# -- printing -------------------------------------------------------------------------------


class Desk:
    """A line to a simulated printer."""

    def __init__(self) -> None:
        self.twin = ReceiptPrinter(printer_model("china"))
        self._answers = b""

    def send(self, data: bytes) -> None:
        self._answers += self.twin.data(data)

    def receive(self, seconds: float) -> bytes:
        if not self._answers:
            raise TillTimeoutError(f"nothing within {seconds}")
        data, self._answers = self._answers, b""
        return data

    def close(self) -> None:
        """Nothing to hang up."""


def test_papers_fit_their_columns_and_say_what_they_are() -> None:
    desk = Desk()
    printer = Printer(desk)
    printer.bill(SALE)
    printer.receipt(
        SALE, [Payment(CARD, 750), Payment(CASH, 1000)], change=500, drawer=True, total=1250
    )
    printer.refund_slip("A-0017", Payment(CARD, 500))
    bill, receipt, slip = (paper.text for paper in desk.twin.paper.receipts)
    assert "待支付 NOT PAID" in bill
    assert "合计 TOTAL                             EUR 12.50" in bill
    assert "拿铁 Latte  x2" in bill
    assert "已支付 PAID" in receipt
    assert "找零 Change                                 5.00" in receipt
    assert "退款金额 Refund" in slip
    assert len(desk.twin.pulses) == 1


def test_the_display_shows_the_total_and_the_printer_prints_on() -> None:
    desk = Desk()
    printer = Printer(desk)
    printer.show_total(1250)
    assert [line.strip() for line in desk.twin.display.splitlines()] == ["合计 TOTAL", "12.50"]
    assert printer.status(1) & 0x12 == 0x12
    assert desk.twin.paper.text.strip() == ""


# -- whole tills ----------------------------------------------------------------------------


def test_a_card_sale_prints_its_receipt_only_when_approved() -> None:
    desk = Desk()
    sale = Sale("B-1", (Item("Tea", 4000),))
    Till(Printer(desk), terminal(ACK_UNIT + ABORTED)[1]).sell_by_card(sale)
    assert len(desk.twin.paper.receipts) == 1
    Till(Printer(desk), terminal(ACK_UNIT + APPROVED + COMPLETION)[1]).sell_by_card(sale)
    assert "PAID" in desk.twin.paper.receipts[-1].text


def test_a_cash_sale_opens_the_drawer_and_gives_change() -> None:
    desk = Desk()
    Till(Printer(desk)).sell_for_cash(SALE, 2000)
    assert "找零 Change                                 7.50" in desk.twin.paper.text
    assert len(desk.twin.pulses) == 1


def test_a_part_that_is_not_there_is_said() -> None:
    with pytest.raises(TillError, match="terminal"):
        Till(Printer(Desk())).sell_by_card(SALE)
    with pytest.raises(TillError, match="scanner"):
        Till(Printer(Desk())).sell_by_wechat(SALE, "T1-0001", 1)


def test_a_scanner_ends_codes_with_any_line_end() -> None:
    line = Script(b"134567\r\n\nPGOP:anna\rlast\n")
    line.send(b"")
    scanner = Scanner(line)
    assert [scanner.read(1) for _ in range(3)] == ["134567", "PGOP:anna", "last"]
    with pytest.raises(TillTimeoutError):
        scanner.read(0.01)


def test_a_scanner_without_line_ends_is_given_up() -> None:
    line = Script(b"x" * (till.MAX_SCAN + 3))
    line.send(b"")
    with pytest.raises(TillError, match="line end"):
        Scanner(line).read(5)


# -- real lines -----------------------------------------------------------------------------


def test_a_tcp_line_speaks_times_out_and_notices_the_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = TcpLine("127.0.0.1", server.getsockname()[1])
        peer, _ = server.accept()
        line.send(b"hello")
        assert peer.recv(5) == b"hello"
        with pytest.raises(TillTimeoutError):
            line.receive(0.01)
        peer.sendall(b"there")
        assert line.receive(1) == b"there"
        peer.close()
        with pytest.raises(TillError, match="hung up"):
            line.receive(1)
        line.close()
        port = server.getsockname()[1]
    with pytest.raises(TillError, match="nobody answers"):
        TcpLine("127.0.0.1", port)


def test_a_serial_line_speaks_through_a_pty() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    line = SerialLine(os.ttyname(slave))
    try:
        line.send(b"\x1b@")
        assert os.read(master, 2) == b"\x1b@"
        os.write(master, b"\x16\x12")
        assert line.receive(1) == b"\x16\x12"
        with pytest.raises(TillTimeoutError):
            line.receive(0.01)
    finally:
        line.close()
        os.close(slave)
        os.close(master)


# -- WeChat ---------------------------------------------------------------------------------


class Provider(BaseHTTPRequestHandler):
    """Answers with what the test put on the server, and keeps what it heard."""

    heard: ClassVar[list[tuple[str, str, str, bytes]]]
    answer: ClassVar[tuple[int, bytes]]

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        signed = self.headers["Authorization"]
        type(self).heard.append((self.command, self.path, signed, self.rfile.read(size)))
        self.send_response(self.answer[0])
        self.send_header("Content-Length", str(len(self.answer[1])))
        self.end_headers()
        self.wfile.write(self.answer[1])

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """A test needs no access log."""


@pytest.fixture
def provider() -> Iterator[tuple[type[Provider], WeChatClient]]:
    class Fresh(Provider):
        heard: ClassVar[list[tuple[str, str, str, bytes]]] = []
        answer: ClassVar[tuple[int, bytes]] = (200, b"{}")

    with HTTPServer(("127.0.0.1", 0), Fresh) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        yield Fresh, WeChatClient(base, mchid="1900000109", seconds=5)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "approved", "code", "receipt"),
    [
        (200, b'{"trade_state":"SUCCESS","transaction_id":"42000"}', True, "SUCCESS", "42000"),
        (200, b'{"trade_state":"USERPAYING"}', False, "USERPAYING", None),
        (403, b'{"code":"NOT_ENOUGH","message":"x"}', False, "NOT_ENOUGH", None),
        (500, b'{"code":"SYSTEM_ERROR"}', False, "SYSTEM_ERROR", None),
        (502, b"", False, "502", None),
    ],
)  # fmt: skip
def test_only_success_is_paid(
    provider: tuple[type[Provider], WeChatClient],
    status: int,
    body: bytes,
    approved: bool,
    code: str,
    receipt: str | None,
) -> None:
    seen, client = provider
    seen.answer = (status, body)
    assert client.pay("T1-000017", "130000000000000000", 1250) == till.PayResult(
        approved, code, receipt
    )


def test_requests_have_the_providers_shape(
    provider: tuple[type[Provider], WeChatClient],
) -> None:
    seen, client = provider
    seen.answer = (200, b'{"status":"PROCESSING","refund_id":"5030"}')
    client.pay("T1-000017", "130000000000000000", 1250)
    client.query("T1-000017")
    assert client.refund("T1-000017", "R1", 500, 1250).receipt == "5030"
    pay, query, refund = seen.heard
    assert pay[:2] == ("POST", "/v3/pay/transactions/codepay")
    assert json.loads(pay[3])["amount"] == {"total": 1250, "currency": "CNY"}
    assert query[:2] == ("GET", "/v3/pay/transactions/out-trade-no/T1-000017?mchid=1900000109")
    assert refund[:2] == ("POST", "/v3/refund/domestic/refunds")
    assert json.loads(refund[3])["amount"] == {"refund": 500, "total": 1250, "currency": "CNY"}
    assert 'mchid="1900000109"' in refund[2]


@pytest.mark.parametrize("body", [b"<html>", b"[1]"])
def test_an_answer_that_is_no_object_is_an_error(
    provider: tuple[type[Provider], WeChatClient], body: bytes
) -> None:
    seen, client = provider
    seen.answer = (200, body)
    with pytest.raises(TillError):
        client.query("T1-000017")


# -- the twins, over real ports -------------------------------------------------------------


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as made:
        yield made


def dialled(bench: Bench, twin: ZvtTerminal, framing: Framing) -> ZvtLink:
    if framing is Framing.SERIAL:
        line = SerialFraming(SerialLine(bench.pty("terminal", twin)))
        return ZvtLink(line, answer_seconds=5, result_seconds=5)
    host, _, port = bench.tcp("terminal", twin).rpartition(":")
    return ZvtLink(TcpFraming(TcpLine(host, int(port))), answer_seconds=5, result_seconds=5)


@pytest.mark.parametrize("framing", [Framing.TCP, Framing.SERIAL])
def test_a_shift_at_the_simulated_terminal(bench: Bench, framing: Framing) -> None:
    twin = ZvtTerminal(TerminalSettings(framing=framing), TerminalScript({999: "decline:6C"}))
    link = dialled(bench, twin, framing)
    assert link.register().approved
    paid = link.pay(1000)
    assert (paid.approved, paid.receipt, paid.amount) == (True, "0001", 1000)
    assert link.pay(999).approved is False
    assert link.repeat_receipt().receipt == "0001"
    assert link.reverse("0001").approved
    assert link.refund(250).approved
    link.close()
    assert [(move.kind, move.amount) for move in twin.moved] == [
        ("reversal", 1000),
        ("refund", 250),
    ]


def test_a_silent_terminal_is_a_timeout_and_no_decline(bench: Bench) -> None:
    twin = ZvtTerminal(script=TerminalScript({1250: "silent-after"}))
    host, _, port = bench.tcp("terminal", twin).rpartition(":")
    line = TcpFraming(TcpLine(host, int(port)))
    link = ZvtLink(line, answer_seconds=5, result_seconds=0.2)
    assert link.pay(1250) == till.PayResult(approved=False, code="timeout")
    link.close()


def test_a_sale_and_a_refund_at_the_simulated_provider(bench: Bench) -> None:
    twin = WechatTwin(ManualClock(), frozenset({"1900000109"}))
    client = WeChatClient(f"http://{bench.tcp('wechat', twin)}", mchid="1900000109", seconds=5)
    assert client.pay("T1-000017", "130000000000000000", 1250).approved
    assert client.query("T1-000017").approved
    assert client.refund("T1-000017", "R1", 500, 1250).approved
    assert [move.fen for move in twin.moved] == [1250, 500]
    other = WeChatClient("http://127.0.0.1:1", mchid="1", seconds=1)
    with pytest.raises(TillError, match="cannot be reached"):
        other.query("T1-000017")
