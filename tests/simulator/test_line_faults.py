"""Faults of a line, byte for byte, and what a printer's seat makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.links.session import CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.line_faults import LineFault, LinePlan, Wire
from pos_guard_simulator.printer import Fault, ReceiptPrinter, Setup
from pos_guard_simulator.simulate_faults import PrinterPlan, parse_fault
from pos_guard_simulator.simulated_printer import PrinterSeat

DATA = b"0123456789"
EOT = b"\x10\x04\x01"
MANGLES = [LineFault.DROP, LineFault.DUPLICATE, LineFault.GARBLE]


def carried(plan: LinePlan, piece: int, seed: int = 0) -> tuple[bytes, list[LinePlan]]:
    """DATA through a wire in pieces: the bytes that come out, and the events between them."""
    wire = Wire(seed)
    wire.plan(plan)
    parts = [
        part
        for start in range(0, len(DATA), piece)
        for part in wire.carry(DATA[start : start + piece])
    ]
    data = b"".join(part for part in parts if isinstance(part, bytes))
    return data, [part for part in parts if isinstance(part, LinePlan)]


@pytest.mark.parametrize("piece", [1, 3, 10])
@pytest.mark.parametrize(
    ("fault", "at", "amount", "out"),
    [
        (LineFault.DROP, 3, 1, b"012456789"),
        (LineFault.DROP, 0, 4, b"456789"),
        (LineFault.DROP, 8, 5, b"01234567"),
        (LineFault.DROP, 10, 1, DATA),
        (LineFault.DUPLICATE, 3, 2, b"012334456789"),
    ],
)
def test_bytes_are_dropped_and_doubled_at_their_place(
    fault: LineFault, at: int, amount: int, out: bytes, piece: int
) -> None:
    assert carried(LinePlan(fault, at, amount=amount), piece) == (out, [])


@pytest.mark.parametrize("piece", [1, 10])
def test_garbled_bytes_are_other_bytes_and_the_same_ones_each_run(piece: int) -> None:
    plan = LinePlan(LineFault.GARBLE, 2, amount=4)
    out, _ = carried(plan, piece, seed=7)
    assert len(out) == len(DATA)
    assert [at for at in range(len(DATA)) if out[at] != DATA[at]] == [2, 3, 4, 5]
    assert carried(plan, 3, seed=7)[0] == out
    assert carried(plan, piece, seed=8)[0] != out


@pytest.mark.parametrize("piece", [1, 4, 10])
@pytest.mark.parametrize("fault", sorted(set(LineFault) - set(MANGLES)))
def test_other_faults_are_told_between_the_bytes(fault: LineFault, piece: int) -> None:
    assert carried(LinePlan(fault, 4), piece) == (DATA, [LinePlan(fault, 4)])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(LinePlan, st.sampled_from(MANGLES), st.integers(0, 12), amount=st.integers(1, 4)),
        max_size=4,
    ),
    st.integers(1, 10),
)
def test_pieces_do_not_matter(plans: list[LinePlan], piece: int) -> None:
    outs: list[bytes] = []
    for size in (piece, len(DATA)):
        wire = Wire(3)
        for plan in plans:
            wire.plan(plan)
        parts = [wire.carry(DATA[at : at + size]) for at in range(0, len(DATA), size)]
        outs.append(b"".join(part for row in parts for part in row if isinstance(part, bytes)))
    assert outs[0] == outs[1]


class Rig:
    """A printer behind a faulty line, and a host that notes what reaches it."""

    def __init__(self, *plans: LinePlan, setup: Setup | None = None) -> None:
        self.printer = ReceiptPrinter(setup=setup or Setup(interface="tcp"))
        self.seat = PrinterSeat(self.printer)
        self.line = FaultyLine(self.seat)
        self.said = b""
        self.timers: dict[str, float] = {}
        self.hung_up = False
        for plan in plans:
            self.do(self.line.plan(plan))

    def do(self, effects: Effects) -> bytes:
        """Carry out effects; what reaches the host by them."""
        said = b""
        for effect in effects:
            if isinstance(effect, ToApp):
                said += effect.data
            elif isinstance(effect, SetTimer):
                self.timers[effect.name] = effect.seconds
            else:
                self.hung_up = self.hung_up or isinstance(effect, CloseApp)
        self.said += said
        return said

    def data(self, data: bytes) -> bytes:
        return self.do(self.line.data(data))

    def ring(self, name: str) -> bytes:
        del self.timers[name]
        return self.do(self.line.timer(name))


def test_without_a_plan_nothing_changes() -> None:
    rig = Rig()
    assert rig.do(rig.line.connected()) == b""
    assert rig.data(b"one\n" + EOT) == b"\x12"
    assert rig.do(rig.line.outward(rig.seat.fail(Fault.COVER_OPEN))) == b""
    assert rig.do(rig.line.closed()) == b""
    assert rig.printer.paper.text == "one\n"


def test_a_lost_byte_on_the_way_in_and_a_garbled_one_on_the_way_out() -> None:
    rig = Rig(LinePlan(LineFault.DROP, 1), LinePlan(LineFault.GARBLE, 0, outward=True))
    answer = rig.data(b"one\n" + EOT + EOT)
    assert rig.printer.paper.text == "oe\n"
    assert answer[0] != 0x12
    assert answer[1] == 0x12


@pytest.mark.parametrize("outward", [False, True])
def test_a_delay_holds_one_direction_for_its_time(outward: bool) -> None:
    rig = Rig(LinePlan(LineFault.DELAY, 0 if outward else 4, outward=outward, amount=250))
    assert rig.data(b"one\n" + EOT) == b""
    assert rig.printer.paper.text == "one\n"
    name = "line-out" if outward else "line-in"
    assert rig.timers == {name: 0.25}
    assert rig.line.room == (4096 if outward else 0)
    assert rig.ring(name) == b"\x12"


@pytest.mark.parametrize("outward", [False, True])
def test_a_stall_lasts_until_it_is_cleared(outward: bool) -> None:
    rig = Rig(LinePlan(LineFault.STALL, outward=outward))
    assert rig.data(EOT) == b""
    assert rig.line.room == (4096 if outward else 0)
    assert rig.do(rig.line.clear(LineFault.DROP)) == b""
    assert rig.do(rig.line.clear(LineFault.STALL)) == b"\x12"
    assert rig.data(EOT) == b"\x12"


def test_half_open_takes_bytes_that_go_nowhere_until_somebody_dials_anew() -> None:
    rig = Rig(LinePlan(LineFault.HALF_OPEN, 2))
    assert rig.data(b"one\n" + EOT) == b""
    assert rig.line.room > 4096
    assert not rig.hung_up
    rig.do(rig.line.closed())
    rig.do(rig.line.connected())
    assert rig.data(b"\ntwo\n" + EOT) == b"\x12"
    assert rig.printer.paper.text == "on\ntwo\n"


def test_unplugged_the_host_is_hung_up_on_and_what_came_before_is_printed() -> None:
    rig = Rig(LinePlan(LineFault.UNPLUG, 4))
    assert rig.data(b"one\ntwo\n" + EOT) == b""
    assert rig.hung_up
    assert rig.printer.paper.text == "one\n"


@pytest.mark.parametrize(("interface", "hung_up"), [("serial", False), ("tcp", True)])
def test_a_power_cycle_loses_the_buffer_and_resets_a_network_connection(
    interface: str, hung_up: bool
) -> None:
    setup = Setup(interface="tcp" if interface == "tcp" else "serial", power_notice=True)
    rig = Rig(LinePlan(LineFault.POWER_CYCLE, 7, amount=500), setup=setup)
    assert rig.data(b"one\ntwo\n" + EOT) == b"\x3b\x31\x00"  # from its first power on
    assert rig.timers == {"line-power": 0.5}
    assert rig.data(EOT) == b""
    answer = rig.ring("line-power")
    assert rig.hung_up is hung_up
    assert answer == (b"" if hung_up else b"\x3b\x31\x00")
    rig.do(rig.line.connected())
    assert rig.data(b"new\n" + EOT) == b"\x12"
    assert rig.printer.paper.text == "one\nnew\n"


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("paper_out", PrinterPlan(Fault.PAPER_OUT)),
        ("paper_end@3", PrinterPlan(Fault.PAPER_OUT, 3)),
        ("paper_out:3", PrinterPlan(Fault.PAPER_OUT, 3)),
        ("cutter@10000", PrinterPlan(Fault.CUTTER, 10_000)),
        ("cover_open_printing@0", PrinterPlan(Fault.COVER_OPEN_PRINTING)),
        ("drop", LinePlan(LineFault.DROP)),
        ("drop@120", LinePlan(LineFault.DROP, 120)),
        ("drop@in:120x4", LinePlan(LineFault.DROP, 120, amount=4)),
        ("garble@out:5", LinePlan(LineFault.GARBLE, 5, outward=True)),
        ("delay@7", LinePlan(LineFault.DELAY, 7, amount=1000)),
        ("power_cycle@7x250", LinePlan(LineFault.POWER_CYCLE, 7, amount=250)),
        ("unplug@9", LinePlan(LineFault.UNPLUG, 9)),
    ],
)
def test_faults_as_they_are_written(text: str, trouble: PrinterPlan | LinePlan) -> None:
    assert parse_fault(text) == trouble


@pytest.mark.parametrize(
    "text",
    ["", "fire", "paper_out@", "paper_out@-1", "paper_out@x", "paper_out:10001", "cutter@1x2",
     "cutter@out:1", "paper_out@３", "drop@3x0", "drop@99999999999", "stall@3x4", "drop@up:3",
     "delay@0x600001"],
)  # fmt: skip
def test_faults_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"none of|no number|counts lines|at most|no amount"):
        parse_fault(text)
