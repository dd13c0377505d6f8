"""SSI over a line that breaks, to a host that restarts: no code twice, altered, or unseen."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pos_guard.scanners.ssi import SsiLanguage, SsiSettings
from pos_guard.scanners.ssi_decoder import DecoderSettings
from pos_guard_simulator.scanner_ssi import SsiFault, SsiScanner, SsiTwinSettings
from tests.simulator.ssi_line import SsiLine

CODES = {"one": b"6901028225168", "two": b"69010282", "long": b"00020101" * 60}

# RESET makes the codes raw, which leave no trace; SLOW is slower than packets may be.
FAULTS = sorted(set(SsiFault) - {SsiFault.RESET, SsiFault.SLOW})


@dataclass(frozen=True)
class Scan:
    name: str


@dataclass(frozen=True)
class Moves:
    """So many pieces reach the other side."""

    count: int


@dataclass(frozen=True)
class Passes:
    seconds: float


@dataclass(frozen=True)
class Breaks:
    """The host's port is gone for a while, and what was under way is lost. The scanner does not
    notice. ``restarts``: the host is another process then."""

    seconds: float
    restarts: bool


Act = Scan | Moves | Passes | Breaks | SsiFault

ACTS = st.one_of(
    st.builds(Scan, st.sampled_from(sorted(CODES))),
    st.builds(Moves, st.integers(1, 4)),
    st.builds(Passes, st.sampled_from([0.3, 1.1, 2.1, 8.0])),
    st.builds(Breaks, st.sampled_from([0.0, 2.1, 4.2]), st.booleans()),
    st.sampled_from(FAULTS),
)


class Counter:
    """A till's counter: what was shown to the scanner, in which order."""

    def __init__(self, chunk: int, *, repeats: bool) -> None:
        self.twin = SsiScanner(SsiTwinSettings(DecoderSettings()))
        self.line = SsiLine(SsiLanguage(SsiSettings()), self.twin, chunk)
        self.line.connect()
        self.line.settle(12)
        self.shown: list[bytes] = []
        self.repeats = repeats
        self.breaks = 0

    def do(self, act: Act) -> None:
        if isinstance(act, Scan):
            own = b"" if self.repeats else str(len(self.shown)).encode()
            self.shown.append(CODES[act.name] + own)
            self.line.effects(self.twin.scan(self.shown[-1]))
        elif isinstance(act, Moves):
            self.line.move(act.count)
        elif isinstance(act, Passes):
            self.line.settle(act.seconds)
        elif isinstance(act, Breaks):
            self.breaks += 1
            self.line.break_off(act.seconds, SsiLanguage() if act.restarts else None)
        else:
            self.twin.fault(act)

    def rest(self) -> None:
        for _ in range(len(self.shown) + 1):
            self.line.settle(30)
        assert self.twin.decoder.idle

    def delivered(self) -> list[int]:
        """The scans that arrived, each one at most once and in their order."""
        found: list[int] = []
        at = 0
        for good in self.line.good:
            assert good in self.shown[at:], (good, self.line.good, self.shown)
            at = self.shown.index(good, at) + 1
            found.append(at)
        return found


@given(st.lists(ACTS, max_size=14), st.sampled_from([0, 1, 7]))
@settings(max_examples=200, deadline=None)
def test_no_code_is_delivered_twice_altered_or_unseen(acts: list[Act], chunk: int) -> None:
    counter = Counter(chunk, repeats=False)
    for act in acts:
        counter.do(act)
    counter.rest()
    delivered = counter.delivered()
    assert len(set(delivered)) == len(delivered)
    taken = [number for number, done in counter.twin.done.items() if done]
    unnoticed = set(taken) - set(delivered)
    assert len(unnoticed) <= counter.line.reported


@given(st.lists(ACTS, max_size=14))
@example([Scan("long"), Moves(1), SsiFault.MERGED, Moves(1), Breaks(0.0, restarts=True)])
@settings(max_examples=100, deadline=None)
def test_the_same_code_shown_again_is_never_delivered_oftener_than_it_was_shown(
    acts: list[Act],
) -> None:
    counter = Counter(0, repeats=True)
    for act in acts:
        counter.do(act)
    counter.rest()
    counter.delivered()


def test_a_code_whose_first_packets_were_said_to_nobody_arrives_once() -> None:
    counter = Counter(0, repeats=False)
    for act in (Scan("one"), Passes(8.0), Scan("long"), Breaks(2.1, restarts=False)):
        counter.do(act)
    counter.rest()
    assert (counter.line.good, counter.line.reported) == (counter.shown, 0)


@pytest.mark.parametrize("fault", [SsiFault.MERGED, SsiFault.SLOW])
@pytest.mark.parametrize("repeats", [False, True])
def test_the_end_of_a_code_that_waited_for_the_next_host_is_no_code(
    fault: SsiFault, *, repeats: bool
) -> None:
    """Another process had acknowledged the beginning; the rest looks like a whole code."""
    counter = Counter(0, repeats=repeats)
    for act in (Scan("long"), Moves(1), fault, Moves(1), Breaks(0.0, restarts=True)):
        counter.do(act)
    counter.rest()
    assert (counter.delivered(), counter.line.reported) == ([], 1)
    counter.do(Scan("long"))
    counter.rest()
    assert counter.line.good == counter.shown[-1:]


def test_an_acknowledgement_that_the_break_swallowed_makes_no_second_scan() -> None:
    for restarts in (False, True):
        counter = Counter(0, repeats=False)
        counter.do(Scan("one"))
        counter.do(Moves(1))
        assert counter.line.good == counter.shown
        counter.do(Breaks(0.0, restarts))
        counter.rest()
        assert counter.line.good == counter.shown
        assert counter.line.reported == restarts


def test_a_double_of_a_doubtful_repetition_takes_no_answer_of_the_next_code() -> None:
    counter = Counter(0, repeats=True)
    for act in (Scan("one"), Scan("long"), Scan("long")):
        counter.do(act)
    counter.twin.fault(SsiFault.LOST_ACK, SsiFault.CUT, SsiFault.DUPLICATE)
    counter.rest()
    assert (counter.line.good, counter.line.reported) == (counter.shown, 1)
