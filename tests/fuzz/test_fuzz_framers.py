"""A framer takes any bytes in any pieces, never raises, and finds the same in each cutting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.frames import stx, stx_concert, stx_hypercom, stx_nexi, stx_pax, stx_transbank
from tests.fuzz.framers import FRAMERS, Framed
from tests.fuzz.test_fuzz_readers import EXAMPLES, in_time

FORMS = {
    "transbank": stx_transbank.FORMAT,
    "hypercom-ecr": stx_hypercom.FORMAT,
    "concert-e+": stx_concert.FORMAT,
    "nexi-p17": stx_nexi.FORMAT,
    "pax-poslink": stx_pax.FORMAT,
    "7e1": stx.StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=8, parity7=True),
    "short": stx.StxFormat("none", lrc_start=0, lrc_from_stx=False, max_body=8),
}
_MEANING = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 0x0A, 0x0D, 0x10, 0x15, 0x30, 0x7E, 0xFF])
_PIECE = st.binary(max_size=60) | st.lists(_MEANING, max_size=60).map(bytes)


@pytest.mark.parametrize("name", FRAMERS)
def test_pieces_of_anything_never_raise(name: str) -> None:
    framed: Framed = FRAMERS[name]

    @settings(max_examples=EXAMPLES * 2, deadline=None, database=None)
    @given(st.lists(_PIECE | st.just(framed.opens), max_size=12))
    def anything(parts: list[bytes]) -> None:
        feed = framed.make()
        with in_time():
            assert all(feed(part) >= 0 for part in parts)

    anything()


def _events(form: stx.StxFormat, parts: list[bytes]) -> list[tuple[object, ...]]:
    framer = stx.StxFramer(form)
    found: list[tuple[object, ...]] = []
    for part in parts:
        framer.feed(part)
        while (event := framer.take()) is not None:
            bad = isinstance(event, stx.BadFrame)
            found.append(("bad",) if bad else (event,))
    return found


@pytest.mark.parametrize("name", FORMS)
def test_stx_frames_do_not_depend_on_the_pieces(name: str) -> None:
    form = FORMS[name]

    @settings(max_examples=EXAMPLES * 4, deadline=None, database=None)
    @given(st.lists(_PIECE, max_size=8), st.integers(1, 9))
    def cut(parts: list[bytes], size: int) -> None:
        data = b"".join(parts)
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert _events(form, pieces) == _events(form, [data])

    cut()
