"""A device that hangs up on the guard's question: asked again after the pauses, not in a storm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange_rig import Rig
from tests.exchange_toy import LINK, Device, Toy
from tests.shop import TERMINAL_ID, shop

QUESTION = "WHAT k1"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A sale of unknown outcome, and a device that is there again and was asked at once."""
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    found = Rig(made, Toy(), Device({1250: "silent-after"}, deaf=False))
    made.order(1250)
    found.send("SALE k1 1250")
    found.device.deaf = True
    found.unplug()
    found.plug()
    yield found
    made.store.close()


def asked(rig: Rig) -> bool:
    """Whether a question is out, heard or not: each sets its timer."""
    return "resolve" in rig.running


def test_a_lost_question_is_not_repeated_with_each_new_connection(rig: Rig) -> None:
    assert asked(rig)
    rig.unplug()
    rig.plug()
    assert asked(rig)  # once: a cable may have been pulled
    for pause in (30, 30, 30):
        rig.unplug()
        rig.plug()
        assert not asked(rig)
        rig.advance(pause - 0.1)
        assert not asked(rig)
        rig.advance(0.2)
        assert asked(rig)


def test_a_device_that_answers_in_the_end_is_believed(rig: Rig) -> None:
    for _ in range(4):
        rig.unplug()
        rig.plug()
    rig.device.deaf = False
    rig.advance(31)
    assert rig.device.heard[-1] == QUESTION
    assert rig.running == set()
