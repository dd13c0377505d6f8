"""What ``pos-guard run`` prints of what happens, as a cashier reads it."""

from __future__ import annotations

import pytest

from pos_guard.cli.run import event_text
from pos_guard.links.events import LinkEvent, LinkFailed, Side, SideChanged, Told
from pos_guard.model import Words

SWAPPED = Words("收款码已被调换！", "The sticker was swapped.")


@pytest.mark.parametrize(
    ("event", "zh", "en"),
    [
        (
            SideChanged("scanner", Side.DEVICE, up=True),
            "scanner: 设备已连接",
            "scanner: the device is there",
        ),
        (
            SideChanged("scanner", Side.APP, up=False),
            "scanner: 收银软件已断开",
            "scanner: the app is gone",
        ),
        (
            SideChanged("scanner", Side.DEVICE, up=False, reason="/dev/ttyACM0 is not there"),
            "scanner: 设备已断开：/dev/ttyACM0 is not there",
            "scanner: the device is gone: /dev/ttyACM0 is not there",
        ),
        (
            Told("scanner", "DENY", SWAPPED),
            "scanner: 拒绝：收款码已被调换！",
            "scanner: refused: The sticker was swapped.",
        ),
        (
            LinkFailed("scanner", "no space"),
            "scanner: 故障，数据不再通过：no space",
            "scanner: FAILED, nothing passes: no space",
        ),
    ],
)
def test_an_event_is_one_line_in_the_language_that_was_asked_for(
    event: LinkEvent, zh: str, en: str
) -> None:
    assert event_text(event, "zh") == zh
    assert event_text(event, "en") == en
