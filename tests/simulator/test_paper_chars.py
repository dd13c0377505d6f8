"""Runs of characters are the same as the characters one by one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard_simulator.paper_cells import Char, Style
from pos_guard_simulator.paper_chars import CharRun, Chars
from pos_guard_simulator.paper_items import Line

RUNS = st.lists(
    st.builds(
        CharRun,
        st.text("ab 1", min_size=1, max_size=6),
        st.integers(0, 300),
        st.sampled_from([12, 14, 24, 40]),
        st.just(12),
        st.sampled_from([Style(), Style(bold=True), Style(height=2)]),
        st.just(False),
    ),
    max_size=4,
)


def line(chars: Chars) -> Line:
    return Line(chars, (), 24, 30)


@given(runs=RUNS)
@settings(max_examples=200, deadline=None)
def test_runs_are_their_characters(runs: list[CharRun]) -> None:
    whole = Chars(runs)
    single = Chars([char for run in runs for char in run.spread()])
    assert (len(whole), list(whole), whole.tallest) == (len(single), list(single), single.tallest)
    assert whole == single
    assert hash(whole) == hash(single)
    assert line(whole).text == line(single).text
    assert line(whole).ink_height == line(single).ink_height


def test_what_overlaps_is_read_from_left_to_right() -> None:
    under = CharRun("aaa", 0, 12, 12, Style(), full=False)
    over = Char("b", 6, 12, Style())
    assert line(Chars([under, over])).text == "  abaa"
    assert Chars([under, over])[1:3] == (under.spread()[1], under.spread()[2])
    assert line(Chars()).text == ""
