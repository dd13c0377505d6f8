"""A person at a simulated payment terminal: keys, and what stands on its screen."""

from __future__ import annotations

import pytest

from pos_guard.frames.zvt_build import authorisation
from pos_guard.links.session import Effects, SetTimer, ToApp
from pos_guard.model import Result
from pos_guard_simulator.payment_screen import ASK_MS, Key, Screen, Shows
from pos_guard_simulator.payment_teller import SLOW_MS
from pos_guard_simulator.simulate_device import Fields, RequestError, carry_out
from pos_guard_simulator.zvt_book import Script
from pos_guard_simulator.zvt_terminal import EUR, ZvtTerminal
from tests.simulator.payment_till import SPOKEN, Till, made_of, till_at

EVERY = sorted(SPOKEN)


def asking(name: str, word: str = "ask") -> Till:
    """A till that asked for 1250 where somebody decides."""
    till = till_at(name, "--script", f"1250={word}")
    till.ask("sale", 1250)
    return till


def press(till: Till, key: Key) -> bool:
    taken, effects = till.twin.press(key)
    till._twin_did(effects)
    return taken


@pytest.mark.parametrize("name", EVERY)
class TestKeys:
    @pytest.mark.parametrize(
        ("key", "result", "moved", "shows"),
        [
            (Key.OK, Result.APPROVED, [1250], Shows.APPROVED),
            (Key.DECLINE, Result.DECLINED, [], Shows.DECLINED),
            (Key.STOP, Result.DECLINED, [], Shows.DECLINED),
        ],
    )
    def test_whoever_is_asked_decides(
        self, name: str, key: Key, result: Result, moved: list[int], shows: Shows
    ) -> None:
        till = asking(name)
        till.advance(20)
        assert (till.outcomes, till.moved) == ([], [])
        assert till.twin.screen == Screen(Shows.ASKS, 1250)
        assert press(till, key)
        assert ([one.result for one in till.outcomes], till.moved) == ([result], moved)
        assert (till.twin.screen, till.twin.idle) == (Screen(shows, 1250), True)
        till.advance(600)
        assert len(till.outcomes) == 1, "the time that was left for the answer is forgotten"

    @pytest.mark.parametrize(("word", "ms"), [("ask", ASK_MS), ("ask:7000", 7000)])
    def test_nobody_comes(self, name: str, word: str, ms: int) -> None:
        till = asking(name, word)
        till.advance(ms / 1000 - 0.1)
        assert till.outcomes == []
        till.advance(0.2)
        assert ([one.result for one in till.outcomes], till.moved) == ([Result.DECLINED], [])
        assert not press(till, Key.OK), "it is too late"

    def test_who_looks_for_a_card_can_stop_but_nobody_else_can_approve(self, name: str) -> None:
        till = asking(name, "slow")
        assert till.twin.screen == Screen(Shows.WORKING, 1250)
        assert not press(till, Key.OK)
        assert press(till, Key.STOP)
        till.advance(SLOW_MS / 1000 + 1)
        assert ([one.result for one in till.outcomes], till.moved) == ([Result.DECLINED], [])

    def test_the_screen_says_what_was_taken_back(self, name: str) -> None:
        till = asking(name, "reversed:500")
        assert till.twin.screen == Screen(Shows.APPROVED, 1250)
        till.advance(1)
        assert till.twin.screen == Screen(Shows.TAKEN_BACK, 1250)

    def test_a_program_can_press_and_look(self, name: str) -> None:
        device, _ = made_of(SPOKEN[name].words, "--fault", "ask")
        assert carry_out(device, "press", Fields({"key": "ok"})).answer == {"taken": False}
        screen = {"shows": "idle", "amount": None, "currency": None}
        assert carry_out(device, "state", Fields({})).answer["screen"] == screen
        with pytest.raises(RequestError, match="ok, decline, stop"):
            carry_out(device, "press", Fields({"key": "f1"}))


class Zvt:
    """A ZVT terminal and the bytes that it said; each of its lines is ACKed."""

    def __init__(self, word: str) -> None:
        self.twin = ZvtTerminal(script=Script({1250: word}))
        self.said: list[bytes] = []
        self.timers: list[SetTimer] = []
        self.twin.connected()
        self.did(self.twin.data(authorisation(1250)))

    def did(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, SetTimer):
                self.timers.append(effect)
            elif isinstance(effect, ToApp):
                self.said.append(effect.data)
                if effect.data[:1] != b"\x80":
                    self.did(self.twin.data(b"\x80\x00\x00"))

    def press(self, key: Key) -> bool:
        taken, effects = self.twin.press(key)
        self.did(effects)
        return taken


class TestZvt:
    @pytest.mark.parametrize(
        ("key", "last", "lines", "moved"),
        [
            (Key.OK, "060f00", 3, [1250]),
            # A status information with the result code 6C, and the end with the same (06 1E).
            (Key.DECLINE, "061e016c", 3, []),
            # The stop key ends it before there is a result.
            (Key.STOP, "061e016c", 2, []),
        ],
    )
    def test_whoever_is_asked_decides(
        self, key: Key, last: str, lines: int, moved: list[int]
    ) -> None:
        zvt = Zvt("ask")
        assert zvt.said == [b"\x80\x00\x00"]
        assert zvt.twin.screen == Screen(Shows.ASKS, 1250, EUR)
        assert zvt.press(key)
        assert (zvt.said[-1].hex(), len(zvt.said)) == (last, lines)
        assert [one.amount for one in zvt.twin.moved] == moved
        assert zvt.twin.idle
        assert not zvt.press(key), "nobody is asked any more"

    def test_nobody_comes(self) -> None:
        zvt = Zvt("ask:7000")
        (ask,) = [timer for timer in zvt.timers if timer.name == "work"]
        assert ask.seconds == 7
        zvt.did(zvt.twin.timer("work"))
        assert zvt.said[-1].hex() == "061e016c"
        assert zvt.twin.screen == Screen(Shows.DECLINED, 1250, EUR)

    def test_the_till_ends_it(self) -> None:
        zvt = Zvt("ask")
        zvt.did(zvt.twin.data(bytes.fromhex("06b000")))
        assert zvt.said[-1].hex() == "061e016c"
        assert zvt.twin.screen.shows is Shows.DECLINED
        assert not zvt.press(Key.OK)

    def test_a_card_is_only_looked_for(self) -> None:
        zvt = Zvt("slow")
        assert not zvt.press(Key.OK)
        assert zvt.press(Key.STOP)
        assert zvt.twin.moved == []
