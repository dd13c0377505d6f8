"""``pos(guard=True)``: the guard between an app that knows nothing of it and the devices."""

from __future__ import annotations

import pytest

from pos_guard.frames.printer_models import printer_model
from pos_guard_simulator import till
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.printer import ReceiptPrinter
from pos_guard_simulator.pytest_plugin import guarding, profiles
from pos_guard_simulator.simulated_printer import PrinterSeat
from tests.plugin.plugin_run import passes, run

pytest_plugins = ["pytester"]

LOADED = (guarding, till)

HEAD = """
from pos_guard_simulator import till

def at(*levels):
    return pytest.mark.parametrize("level", [
        pytest.param(level, marks=pytest.mark.pos(level=level, guard=True)) for level in levels
    ])

def zvt(pos, seconds=9.0):
    if pos.terminal.address.startswith("/"):
        line = till.SerialLine(pos.terminal.address, 115200)
        framing = till.SerialFraming(line, ack_seconds=5.0)
    else:
        framing = till.TcpFraming(till.TcpLine(pos.terminal.host, pos.terminal.port))
    return till.ZvtLink(framing, currency=978, answer_seconds=seconds, result_seconds=seconds)
"""

RECEIPTS = (
    HEAD
    + """
@at("memory", "pty", "rfc2217")
def test_a_paid_receipt_that_nobody_paid_is_held_back(pos, level):
    with pos.printer.open() as port:
        port.write(BILL)
        verdict = pos.guard.verdicts[-1]
    assert (verdict.link, verdict.kind, verdict.amount) == ("printer", "receipt", 1250)
    assert (verdict.level, verdict.reason) == ("DENY", "not-paid")
    assert not verdict.allowed
    assert "NOT PAID" in pos.printer.paper.text
    assert "CARD" not in pos.printer.paper.text
    assert pos.printer.drawer_pulses == 0
    assert pos.guard.told[-1].say.en.startswith("No paid order fits")

@at("tcp")
def test_on_the_network(pos, level):
    with socket.create_connection((pos.printer.host, pos.printer.port), 5) as line:
        line.sendall(BILL)
        assert pos.guard.next_verdict().reason == "not-paid"

@at("pty", "tcp")
def test_a_sale_and_its_receipt(pos, level):
    line = zvt(pos)
    pos.shop.order(1250, "17")
    assert line.pay(1250).approved
    line.close()
    assert [one.kind for one in pos.terminal.moved] == ["sale"]
    if level == "pty":
        with pos.printer.open() as port:
            port.write(BILL)
            receipt = pos.printer.next_receipt()
    else:
        with socket.create_connection((pos.printer.host, pos.printer.port), 5) as port:
            port.sendall(BILL)
            receipt = pos.printer.next_receipt()
    assert receipt.claims_paid and receipt.order_id == "17"
    assert receipt.codes[0].startswith("PGSALE:TEST-000001.")
    assert [(one.link, one.allowed) for one in pos.guard.verdicts] == [
        ("terminal", True), ("printer", True),
    ]

@pytest.mark.pos(guard=True, clock="frozen", level="memory")
def test_a_job_without_a_cut_is_judged_when_time_has_passed(pos):
    with pos.printer.open() as port:
        port.write(BILL[:-4])
        assert len(pos.guard.verdicts) == 0 and pos.printer.paper.text == ""
        pos.clock.advance(60)
        assert pos.guard.verdicts[-1].reason == "not-paid"
"""
)


def test_receipts(pytester: pytest.Pytester) -> None:
    passes(pytester, RECEIPTS, 7)


def test_on_several_workers(pytester: pytest.Pytester) -> None:
    passes(pytester, RECEIPTS, 7, "-n", "2")


REAL = (
    HEAD
    + """
@pytest.mark.pos(guard=True)
def test_what_reaches_the_real_printer(pos):
    with pos.printer.open(timeout=5) as port:
        port.write(BILL)
        assert pos.guard.next_verdict().reason == "not-paid"
        port.write(bytes((0x10, 0x04, 0x04)))
        assert port.read(1) == bytes((0x12,))
    assert "NOT PAID" in pos.printer.paper.text

@pytest.mark.pos(guard=True)
def test_the_app_would_pass_by_the_guard(terminal): ...
"""
)


def test_before_a_real_printer(pytester: pytest.Pytester) -> None:
    device = ReceiptPrinter(printer_model("epson"))
    with Bench() as bench:
        path = bench.pty("printer", PrinterSeat(device))
        real = ("--pos-real", f"printer={path}:115200", "--pos-real", "terminal=tcp:192.0.2.1:1")
        result = run(pytester, REAL, *real, "-rs")
        text = bench.ask(lambda: device.paper.text)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*on real hardware: the app opens the terminal itself*"])
    assert "NOT PAID" in text
    assert "CARD" not in text


PROFILES = """
@pytest.mark.parametrize("profile", %r)
def test_terminal(request, profile):
    level = "tcp" if profile == "caisse-ap" else "pty"
    request.node.add_marker(pytest.mark.pos(guard=True, terminal=profile, level=level))
    pos = request.getfixturevalue("pos")
    assert pos.terminal.address
    ups = [(one.side, one.up) for one in pos._heard.events if type(one).__name__ == "SideChanged"]
    assert ("device", True) in ups
    assert not [one for one in pos._heard.events if type(one).__name__ == "LinkFailed"]

@pytest.mark.parametrize("profile", %r)
@pytest.mark.parametrize("level", ["pty", "memory"])
def test_host(request, profile, level):
    request.node.add_marker(pytest.mark.pos(guard=True, host=profile, level=level))
    pos = request.getfixturevalue("pos")
    assert pos.host.moved == []
    assert not [one for one in pos._heard.events if type(one).__name__ == "LinkFailed"]

@pytest.mark.parametrize("model", ["honeywell-serial", "newland-em3000", "zebra-ssi", "gm65"])
@pytest.mark.pos(guard=True, level="memory")
def test_scanner(request, model):
    request.node.add_marker(pytest.mark.pos(scanner=model))
    pos = request.getfixturevalue("pos")
    with pos.scanner.open(timeout=5) as port:
        assert pos.scan("6901234567892")
        assert pos.guard.verdicts[-1].kind == "scan"
        assert b"6901234567892" in port.read_until(b"\\r")
"""


def test_every_profile_has_a_link(pytester: pytest.Pytester) -> None:
    terminals, hosts = profiles.NAMES["terminal"](), profiles.NAMES["host"]()
    count = len(terminals) + 2 * len(hosts) + 4
    passes(pytester, PROFILES % (terminals, hosts), count)


PEOPLE = (
    HEAD
    + """
from concurrent.futures import ThreadPoolExecutor

def refunds(pos, amount):
    line = zvt(pos)
    pos.shop.order(9000, "17")
    assert line.pay(9000).approved
    assert pos.shop.sign_in("ben")
    with pos.scanner.open() if pos.scanner.address.startswith("/") else socket.create_connection(
        (pos.scanner.host, pos.scanner.port), 5
    ):
        sale = pos.shop.sale_code(pos.guard.verdicts[-1])
        assert pos.scan(sale)
    return line, ThreadPoolExecutor(1).submit(line.refund, amount)

@pytest.mark.parametrize("level", ["pty", "tcp"])
@pytest.mark.parametrize("yes", [True, False])
def test_a_second_person_is_asked(request, level, yes):
    request.node.add_marker(pytest.mark.pos(level=level, guard=True))
    pos = request.getfixturevalue("pos")
    line, refund = refunds(pos, 5000)
    (pos.shop.approve if yes else pos.shop.decline)("maya")
    assert refund.result(20).approved is yes
    line.close()
    assert [one.kind for one in pos.terminal.moved] == (["sale", "refund"] if yes else ["sale"])
    verdict = pos.guard.verdicts[-1]
    assert (verdict.operation, verdict.amount, verdict.allowed) == ("refund", 5000, yes)
    assert pos.shop.waiting == []

@pytest.mark.pos(guard=True)
def test_a_badge_ends_at_the_guard(pos):
    with pos.scanner.open(timeout=0.05) as port:
        assert pos.scan(pos.shop.badge("ben"))
        assert pos.scan("6901234567892", symbology="]E0")
        assert pos.guard.verdicts[-1].kind == "scan"
        port.timeout = 5
        assert port.read_until(b"\\r") == b"6901234567892\\r"
    assert pos.guard.context().operator.value == "ben"

@pytest.mark.pos(guard="retail", level="memory")
def test_the_policy_of_a_pack(pos):
    assert "refunds-of-a-shift" in [limit.id for limit in pos.guard.policy.limits]
    assert pos.guard.policy.payees.terminals == ("52001233",)
"""
)


def test_people(pytester: pytest.Pytester) -> None:
    passes(pytester, PEOPLE, 6)


TROUBLE = (
    HEAD
    + """
@at("pty", "tcp")
def test_a_terminal_that_takes_the_money_and_says_nothing(pos, level):
    pos.terminal.goes_silent(1250, moved=True)
    pos.shop.order(1250)
    line = zvt(pos, 0.3)
    assert not line.pay(1250).approved
    line.close()
    pos.settle()
    pos.terminal.approve()
    assert pos.guard.store.ledger.reserved() != ()
    pos.clock.advance(600)
    assert [entry.amount for entry in pos.guard.unresolved("terminal")] == [1250]
    asked = pos.explain()["terminal behind the guard"]
    assert any("> repeat_receipt" in line for line in asked)

@at("memory", "pty")
def test_the_printers_cable_is_pulled_behind_the_guard(pos, level):
    with pos.printer.open() as port:
        pos.printer.unplug()
        port.write(b"lost\\n\\x1dV\\x00")
        pos.settle()
        pos.printer.plug()
        port.write(b"\\x1b@Hello\\n\\x1dVB\\x00")
        assert "Hello" in pos.printer.next_receipt().text

@at("pty", "tcp")
def test_a_power_cut_takes_the_guard_too(pos, level):
    pos.shop.order(1250, "17")
    line = zvt(pos)
    assert line.pay(1250).approved
    line.close()
    pos.power_cut(seconds=60)
    assert pos.guard.next_verdict().operation == "sale"
    if level == "pty":
        with pos.printer.open() as port:
            port.write(BILL)
            assert pos.guard.next_verdict().allowed
    else:
        with socket.create_connection((pos.printer.host, pos.printer.port), 5) as port:
            port.sendall(BILL)
            assert pos.guard.next_verdict().allowed

@at("memory", "pty")
def test_a_fault_of_the_printer_is_seen_through_the_guard(pos, level):
    with pos.printer.open(timeout=5) as port, pos.fault("paper_out"):
        port.write(bytes((0x10, 0x04, 0x04)))
        assert port.read(1)[0] & 0b01100000 == 0b01100000

@pytest.mark.pos(level="tcp", guard=True, currency="CNY")
def test_a_provider(pos):
    client = till.WeChatClient(pos.host.url, mchid="1900000109", currency="CNY", seconds=5.0)
    pos.shop.order(100)
    assert client.pay("ORDER001", "134650000000000001", 100).approved
    verdict = pos.guard.verdicts[-1]
    assert (verdict.link, verdict.amount, verdict.allowed) == ("host", 100, True)

@pytest.mark.pos(level="usb", guard=True)
def test_no_usb(pos): ...

@pytest.mark.pos(guard="lenient")
def test_no_policy(pos): ...
"""
)


def test_trouble(pytester: pytest.Pytester) -> None:
    result = run(pytester, TROUBLE)
    result.assert_outcomes(passed=9, errors=2)
    result.stdout.fnmatch_lines_random(
        ["*the guard stands before no USB device*", "*no policy 'lenient', only: *test, retail*"]
    )


FAILS = (
    HEAD
    + """
@pytest.mark.pos(guard=True, level="memory")
def test_none(pos):
    with pos.printer.open() as port:
        port.write(BILL)
        pos.guard.verdicts[1]

@pytest.mark.pos(guard=True, level="memory")
def test_no_further(pos):
    pos.guard.next_verdict(within=0.01)

@pytest.mark.pos(guard=True, level="memory")
def test_level(pos):
    with pos.printer.open() as port:
        port.write(BILL)
        assert pos.guard.verdicts[-1].level == "ALLOW"
"""
)


def test_what_a_failure_says(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILS)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*the guard gave 1 verdicts:",
            "*printer: receipt 1250: DENY not-paid (receipt-paid)",
            "*pos-guard verdicts*",
            "*no further verdict within 0.01 s",
            "*(nothing was sent)",
            "*AssertionError: assert 'DENY' == 'ALLOW'",
        ]
    )
