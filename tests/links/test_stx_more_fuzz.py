"""Whatever a till or a terminal sends: no exception, and no money without a verdict."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.frames import stx_concert, stx_nexi, stx_pax
from pos_guard.frames.stx import StxFormat, build
from pos_guard.frames.stx_mispos import build_request
from pos_guard.frames.stx_mispos_profile import example
from pos_guard.links.session import ToDevice
from pos_guard.links.stx_concert_line import TO_TERMINAL, ConcertLine
from pos_guard.links.stx_more import MAKERS
from pos_guard_simulator.stx_kinds import STX_KINDS
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_more_rig import LINK, Rig
from tests.shop import TERMINAL_ID, shop

FORMS: dict[str, StxFormat] = {
    "concert-e+": stx_concert.FORMAT,
    "mis-pos": example().form,
    "nexi-p17": stx_nexi.FORMAT,
    "pax-poslink": stx_pax.FORMAT,
}
UNITS: dict[str, bytes] = {
    "concert-e+": b"0100001000112978          A010B010",
    "mis-pos": build_request(example(), {"type": "02", "amount": "1000"}),
    "nexi-p17": TERMINAL_ID.encode() + b"0S0000000100000100",
    "pax-poslink": stx_pax.build("T00", "1.28", "02", "1000"),
}
"""Refunds and reversals: nobody is signed in, so none of them may pass."""

_PIECES = st.sampled_from(["frame", "spoiled", "half", "enq", "ack", "nak", "eot", "noise"])


def _bytes(profile: str, piece: str, noise: bytes) -> bytes:
    frame = build(FORMS[profile], UNITS[profile])
    made = {
        "frame": frame,
        "spoiled": frame[:-1] + bytes([frame[-1] ^ 1]),
        "half": frame[: len(frame) // 2],
        "enq": b"\x05",
        "ack": b"\x06",
        "nak": b"\x15",
        "eot": b"\x04",
        "noise": noise,
    }
    return made[piece]


@pytest.mark.parametrize("profile", MAKERS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    story=st.lists(
        st.tuples(st.booleans(), _PIECES, st.binary(max_size=40), st.sampled_from([0, 0, 1, 4])),
        max_size=12,
    )
)
def test_no_story_moves_money_or_breaks_the_link(
    profile: str, story: list[tuple[bool, str, bytes, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = shop(Path(folder))
        made.guard.payee_reported(LINK, TERMINAL_ID)
        line = ConcertLine("till", ToDevice, FORMS[profile], TO_TERMINAL)
        twin = STX_KINDS[profile].make(TERMINAL_ID, "", Script(), 0.0)
        rig = Rig(made, lambda: MAKERS[profile](""), twin, line)
        rig.auto = False
        for from_till, piece, noise, wait in story:
            data = _bytes(profile, piece, noise)
            if from_till:
                rig.raw(data)
            else:
                rig.run(rig.session.device_data(data))
            rig.advance(wait)
        rig.advance(120)
        assert twin.moved == []
        made.store.close()
