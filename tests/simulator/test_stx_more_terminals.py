"""Simulated Concert, ECR17, POSLink and MIS-POS terminals, as a test asks them by name."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from pos_guard.api.message import RequestError
from pos_guard.frames import stx_pax
from pos_guard.frames.decoded import Json
from pos_guard.frames.stx import build
from pos_guard.links.session import ToApp
from pos_guard_simulator.simulate import terminal
from pos_guard_simulator.simulate_device import Fields, carry_out
from pos_guard_simulator.simulate_stx_more import TERMINALS, check_more, more_device
from pos_guard_simulator.stx_pax_twin import pax_terminal
from pos_guard_simulator.stx_twin import StxSettings, StxTwin
from pos_guard_simulator.zvt_book import Script


@pytest.mark.parametrize("profile", TERMINALS)
def test_a_terminal_is_told_what_to_do_and_tells_what_it_did(profile: str) -> None:
    device = more_device(profile, Script(), 0.0)
    assert device.facts == {"profile": profile}
    requests: list[dict[str, Json]] = [{"do": "decline", "amount": 1250}, {"do": "silent-after"}]
    for request in requests:
        assert carry_out(device, "script", Fields(request)).answer == {}
    assert carry_out(device, "book", Fields({})).answer == {"moved": []}
    assert carry_out(device, "state", Fields({})).answer == {"idle": True, "heard": 0}
    with pytest.raises(RequestError, match="none of"):
        carry_out(device, "script", Fields({"do": "explode"}))


def test_the_book_tells_what_moved() -> None:
    device = more_device("pax-poslink", Script({500: "approve:400"}), 0.0)
    twin = device.twin
    assert isinstance(twin, StxTwin)
    twin.connected()
    twin.data(build(stx_pax.FORMAT, stx_pax.build("T00", "01", "500")))
    assert carry_out(device, "book", Fields({})).answer == {
        "moved": [
            {
                "kind": "sale",
                "amount": 400,
                "currency": 840,
                "receipt": 1,
                "reversed": False,
            }
        ]
    }


@pytest.mark.parametrize("word", ["approve", "approve:1", "decline:58", "late:50", "nak", "noise"])
def test_words_that_a_terminal_knows(word: str) -> None:
    assert check_more(word) == word


@pytest.mark.parametrize("word", ["", "approve:", "late", "decline:x", "refuse:83"])
def test_words_that_it_does_not_know(word: str) -> None:
    with pytest.raises(ValueError, match="none of"):
        check_more(word)


@pytest.mark.parametrize("profile", TERMINALS)
def test_the_command_line_has_every_terminal(profile: str) -> None:
    result = CliRunner().invoke(terminal, [profile, "--script", "12=explode"])
    assert result.exit_code == 2
    assert "none of" in result.output


def test_a_customer_at_the_terminal_keeps_it_busy() -> None:
    twin = pax_terminal(StxSettings(work_s=5.0))
    twin.connected()
    pay = build(stx_pax.FORMAT, stx_pax.build("T00", "01", "500"))
    twin.data(pay)
    assert not twin.idle
    other = build(stx_pax.FORMAT, stx_pax.build("T00", "01", "501"))
    assert ToApp(b"\x15") in twin.data(other)
    twin.closed()
    assert twin.timer("work") == []  # it is paid, and nobody is there to hear it
    assert [t.amount for t in twin.moved] == [500]
