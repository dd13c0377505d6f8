"""Printer libraries of others, unmodified, print through a real daemon's printer link.

Each is run as its example in examples/printing, over TCP and over a serial port. The printer is
the twin of an 80 mm printer of Chinese make; what counts is the paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard_simulator.demo import shop
from pos_guard_simulator.printer import Fault
from tests.integration.clients.corner import Corner, corner
from tests.integration.clients.libraries import LIBRARIES, Library, node_escpos_esc_z
from tests.integration.clients.slips import BILL, FOREIGN_CODE, codes, draw_logo, pictures, words

TILLS = [(library, port) for library in LIBRARIES for port in ("tcp", "pty")]


@dataclass(frozen=True)
class Till:
    """One library at one port of the corner."""

    library: Library
    corner: Corner

    def run(self, *job: str) -> str:
        return self.library.run(self.corner.where, *job)


@pytest.fixture(scope="module", params=TILLS, ids="-".join)
def shift(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Till]:
    """A till and its corner, for all tests of this library at this port."""
    name, port = request.param
    place = tmp_path_factory.mktemp("till")
    library = LIBRARIES[name](place)
    with corner(tmp_path_factory.mktemp("corner"), port) as ready:
        yield Till(library, ready)


@pytest.fixture
def till(shift: Till) -> Iterator[Till]:
    yield shift
    shift.corner.throw_away()  # left by a test that failed


def test_a_bill_passes_and_paid_is_held_back_until_it_is(till: Till) -> None:
    till.run("bill", "A-17")
    assert words(till.corner.slip()) == [*BILL, "NOT PAID"]
    pulses = till.corner.pulses()
    till.run("paid", "A-17")
    assert "PAID" not in words(till.corner.slip())
    assert till.corner.pulses() == pulses
    till.corner.pay_by_card(1250)
    till.run("paid", "A-17")
    paid = till.corner.slip()
    assert till.corner.pulses() == pulses + 1
    assert words(paid)[:7] == [*BILL, "Card 12.50", "PAID"]
    assert [code.partition(":")[0] for code in codes(paid)] == ["PGSALE"]
    assert till.corner.nothing_more()


def test_the_logo_is_right_to_the_dot_and_the_cut_comes_without_a_drawer(
    till: Till, tmp_path: Path
) -> None:
    rows = draw_logo(tmp_path / "logo.png")
    pulses = till.corner.pulses()
    till.run("logo", str(tmp_path / "logo.png"))
    slip = till.corner.slip()
    assert [list(picture.rows) for picture in pictures(slip)] == [rows]
    assert words(slip) == ["[image 64x24]", "Thank you"]
    assert slip.cut in ("full", "partial")
    assert till.corner.pulses() == pulses
    assert till.corner.nothing_more()


def test_a_strangers_payment_code_is_held_back_and_the_shops_own_passes(till: Till) -> None:
    till.run("code", FOREIGN_CODE)
    held = till.corner.slip()
    assert codes(held) == []
    assert "Scan to pay" not in words(held)
    till.run("code", shop.OWN_CODE)
    own = till.corner.slip()
    assert codes(own) == [shop.OWN_CODE]
    assert words(own)[-1] == "Scan to pay"
    assert till.corner.nothing_more()


def test_status_is_the_printers_own(till: Till) -> None:
    assert till.run("status").splitlines()[-1] == "online paper ok"
    till.corner.fault(Fault.COVER_OPEN)
    assert till.run("status").splitlines()[-1] == "offline paper ok"
    till.corner.clear(Fault.COVER_OPEN)
    till.corner.fault(Fault.PAPER_OUT)
    assert till.run("status").splitlines()[-1] == "offline paper out"
    till.corner.clear(Fault.PAPER_OUT)
    assert till.run("status").splitlines()[-1] == "online paper ok"


def test_node_escpos_own_qr_command_is_judged_as_well(tmp_path: Path) -> None:
    till = node_escpos_esc_z(tmp_path)
    with corner(tmp_path, "tcp", qr="esc-z") as place:
        till.run(place.where, FOREIGN_CODE)
        held = place.slip()
        assert codes(held) == []
        assert "Scan to pay" not in words(held)
        till.run(place.where, shop.OWN_CODE)
        assert codes(place.slip()) == [shop.OWN_CODE]
        assert place.nothing_more()
