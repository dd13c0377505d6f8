"""A process that plays the devices of the guest: one JSON list a line, in and out.

In: level, method, name, arguments. If it shared a process with the tests, the kernel would wait at
their exit for answers of a thread that is no more. It is killed last.
"""

from __future__ import annotations

import json
import sys

from tests.contract.levels import Level
from tests.contract.site import Value
from tests.contract.usb_cables import ExportCable, KernelCable
from tests.contract.usb_hands import UsbHands


def _say(value: Value) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    hands = {Level.KERNEL: UsbHands(KernelCable()), Level.USBIP: UsbHands(ExportCable())}
    _say("ready")
    for line in sys.stdin:
        level, method, name, *arguments = json.loads(line)
        _say(hands[Level(level)].call(method, name, *arguments))
