"""What a Star printer answers or does as the bytes arrive, and a whole day on its twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames.star_replies import StarReplyScanner
from pos_guard.frames.star_status import StarStatus, parse_asb
from pos_guard.frames.star_table import scan, star_scanner
from pos_guard.links.printer import IDLE
from pos_guard.links.printer_realtime import harmless_picture
from pos_guard.links.printer_star import STAR
from pos_guard.links.session import Effects, ToApp, ToDevice
from pos_guard.model import Source, Tender
from pos_guard.money import Money
from pos_guard_simulator.printer import ReceiptPrinter
from tests.links.printer_rig import Bench, approve_card
from tests.links.star_rig import (
    ASK,
    BILL,
    CARD,
    CASH,
    CUT,
    ENTER,
    ETB,
    LEAVE,
    MODEL,
    PULSES,
    RASTER_CUT,
    RESET_NOW,
    paper,
    star_bench,
)
from tests.shop import Shop, shop

DOCUMENT = b"\x1b\x1d\x03\x01\x00\x00"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def bench(place: Shop) -> Bench:
    return star_bench(place)


def row(dots: bytes) -> bytes:
    return b"b" + len(dots).to_bytes(2, "little") + dots


# -- questions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [ASK, b"\x05", b"\x04"], ids=["ESC ACK SOH", "ENQ", "EOT"])
def test_a_status_request_never_waits_for_a_job(bench: Bench, ask: bytes) -> None:
    assert bench.till(b"Kitchen\n" + ask + b"2 x Latte\n") == ask
    assert bench.till(CUT) == b"Kitchen\n2 x Latte\n" + CUT


@pytest.mark.parametrize("place_of_cut", range(1, 3))
def test_a_status_request_in_a_picture_is_asked_once_and_as_it_arrives(
    bench: Bench, place_of_cut: int
) -> None:
    before, after = ENTER + b"b\x08\x00\xff\xff" + ASK[:place_of_cut], ASK[place_of_cut:]
    assert bench.till(before) == ENTER
    assert bench.till(after + b"\x0f\x0f\x0f") == ASK
    printed = bench.till(RASTER_CUT)
    assert printed == b"b\x08\x00\xff\xff\x00\x06\x01\x0f\x0f\x0f" + RASTER_CUT


@pytest.mark.parametrize("ask", [ETB, DOCUMENT], ids=["ETB", "ESC GS ETX"])
def test_what_confirms_a_job_keeps_its_place(bench: Bench, ask: bytes) -> None:
    assert bench.till(ask) == ask
    assert bench.till(b"Kitchen\n" + ask) == b""
    assert bench.timers()[IDLE] == pytest.approx(0.05)
    assert bench.timer(IDLE) == b"Kitchen\n" + ask
    job = b"Kitchen\n" + ask + b"2 x Latte\n" + CUT + ask
    assert bench.till(job) == job


@pytest.mark.parametrize("ask", [ETB, DOCUMENT], ids=["ETB", "ESC GS ETX"])
def test_nothing_confirms_a_receipt_that_was_not_printed(bench: Bench, ask: bytes) -> None:
    bench.till(BILL)
    printed = bench.till(CARD[: -len(CUT)] + ask + CUT)
    assert "NOT PAID" in paper(printed)
    assert ask not in printed


def test_answers_and_automatic_status_reach_the_till(bench: Bench) -> None:
    assert bench.session.device_data(b"\x23\x06\x00\x00\x00\x00\x00\x00\x00") == [
        ToApp(b"\x23\x06\x00\x00\x00\x00\x00\x00\x00")
    ]


# -- what acts at once ----------------------------------------------------------------------------


def test_a_reset_on_arrival_clears_what_is_held_too(bench: Bench) -> None:
    assert bench.till(b"Kitchen\n" + RESET_NOW) == RESET_NOW
    assert bench.timer(IDLE) == b""


@pytest.mark.parametrize(
    "job",
    [
        b"x\n\x1b\x1dyD1\x00\x03\x00" + RESET_NOW + b"\x1b\x1dyP",
        b"x\n\x1b\x1dxD\x03\x00" + RESET_NOW,
        b"x\n\x1bl\x1b\x06\x18",
    ],
    ids=["in a QR code", "in a PDF417", "across commands"],
)
def test_a_reset_that_hides_where_no_dot_is_stops_the_job(bench: Bench, job: bytes) -> None:
    printed = bench.till(job + CUT)
    assert "HELD BACK" in paper(printed)
    assert RESET_NOW not in printed


def test_a_reset_in_a_picture_loses_a_dot(bench: Bench) -> None:
    assert bench.till(ENTER + row(RESET_NOW + b"\xff") + RASTER_CUT) == (
        ENTER + row(b"\x00\x06\x18\xff") + RASTER_CUT
    )


PICTURES = [
    (b"b", 3, b""),
    (b"\x1b\x1dS\x01", 9, b"\x01\x00\x00"),
    (b"\x1bL", 4, b""),
    (b"\x1bK", 4, b""),
]


@given(
    dots=st.lists(st.sampled_from(b"\x1b\x06\x01\x18\x00"), min_size=3, max_size=48),
    kind=st.sampled_from(PICTURES),
)
@settings(max_examples=200, deadline=None)
def test_no_picture_keeps_a_command_and_none_loses_its_length(
    dots: list[int], kind: tuple[bytes, int, bytes]
) -> None:
    name, head, more = kind
    raw = name + len(dots).to_bytes(2, "little") + more + bytes(dots)
    token = scan(ENTER + raw)[-1]
    assert (token.raw, token.name in STAR.heads) == (raw, True)
    clean = harmless_picture(token, STAR)
    assert len(clean) == len(raw)
    assert clean[:head] == raw[:head]
    assert not STAR.find(clean)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from([CUT, ENTER, LEAVE, b"\x1bE", b"TOTAL 1.00\n", ASK, b"b\x02\x00"]),
        ),
        max_size=16,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_comes_a_reset_or_a_pulse_is_only_sent_where_it_stands_alone(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    made = shop(tmp_path_factory.mktemp("garbage"))
    bench = star_bench(made)
    whole = b"".join(parts)
    sent = b"".join(bench.till(part) for part in parts) + bench.timer(IDLE)
    alone = [token for token in star_scanner().feed(whole) if token.raw == RESET_NOW]
    assert len([found for found in STAR.find(sent) if found.raw == RESET_NOW]) <= len(alone)
    assert not [token for token in star_scanner().feed(sent) if token.raw in PULSES.values()]
    made.store.close()


# -- on the twin ----------------------------------------------------------------------------------


class Counter:
    """A till on the link, and the twin of a Star printer behind it."""

    def __init__(self, place: Shop) -> None:
        self.bench = star_bench(place)
        self.printer = ReceiptPrinter(MODEL)
        self._heard = StarReplyScanner()
        self.answers: list[StarStatus] = []

    def till(self, data: bytes) -> None:
        self._carry(self.bench.session.app_data(data))
        self._carry(self.bench.session.timer(IDLE))

    def _carry(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self._carry(self.bench.session.device_data(self.printer.data(effect.data)))
            elif isinstance(effect, ToApp):
                replies = self._heard.feed(effect.data)
                self.answers += [parse_asb(found.raw) for found in replies if found.kind == "asb"]

    @property
    def slips(self) -> list[str]:
        return [slip.text for slip in self.printer.paper.receipts]


def test_a_shift_on_the_twin(place: Shop) -> None:
    counter = Counter(place)
    guard = place.guard
    counter.till(BILL)
    counter.till(CARD)  # not paid yet
    approve_card(counter.bench)
    for _ in range(2):
        counter.till(CARD)
    bill, slip, receipt, copy = counter.slips
    assert "TOTAL   EUR 12.50" in bill
    assert "NOT PAID" in slip
    assert "TOTAL" not in slip
    assert "CARD 12.50\nPAID" in receipt
    assert "Sale " in receipt
    assert copy.lstrip().startswith("COPY 2 /")
    assert counter.printer.pulses == []
    counter.till(b"\x07Kitchen\n" + CUT)
    assert counter.printer.pulses == []
    guard.tell_order("A-18", Money(1250, "EUR"), Source.APP)
    guard.tell_tender(Tender.CASH, Source.APP)
    counter.till(CASH.replace(b"A-17", b"A-18") + b"\x07")
    assert len(counter.printer.pulses) == 1
    assert "CHANGE 7.50" in counter.slips[-1]


def test_the_till_learns_that_its_job_is_printed(place: Shop) -> None:
    counter = Counter(place)
    counter.till(b"\x1b\x1ea\x01")
    counter.till(b"Kitchen\n" + CUT + ETB)
    assert counter.answers[-1].count == 1
    counter.till(ASK)
    assert counter.answers[-1].state.ready


def test_a_slip_after_rows_of_dots_is_readable_on_the_twin(place: Shop) -> None:
    counter = Counter(place)
    counter.till(BILL)
    counter.till(ENTER + row(b"\xff\x0f") * 3 + LEAVE + b"TOTAL 12.50\nPAID\n" + ENTER + RASTER_CUT)
    assert "NOT PAID" in counter.slips[-1]
    counter.till(row(b"\xff\x0f") * 3 + RASTER_CUT + LEAVE + b"Kitchen\n" + CUT)
    assert counter.slips[-1].strip() == "Kitchen"
