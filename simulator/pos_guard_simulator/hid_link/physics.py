"""Which faults of a line no HID device can have, and why."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.model import Words
from pos_guard_simulator.line_faults import LineFault, LinePlan

_NO_SPEED = Words(
    "USB 没有可设的速率和校验位",
    "the USB has no speed and no parity that anybody sets",
)

NEVER: Mapping[LineFault, Words] = {
    LineFault.GARBLE: Words(
        "每个报文有 CRC16，坏了总线自动重发（USB 2.0，8.6）",
        "each report has a CRC, and the bus repeats a damaged one by itself (USB 2.0, 8.6)",
    ),
    LineFault.TRUNCATE: Words(
        "一个报文是一个带 CRC 的整包：要么全到，要么不到（USB 2.0，8.3.5）",
        "a report is one packet with a CRC: it comes whole or not at all (USB 2.0, 8.3.5)",
    ),
    LineFault.REORDER: Words(
        "主机逐个取报文，一个管道里没有超车（USB 2.0，5.3.2）",
        "the host fetches one report after the other: none overtakes (USB 2.0, 5.3.2)",
    ),
    LineFault.HALF_OPEN: Words(
        "设备不在时集线器会报告，没有单方面存在的连接（USB 2.0，11.24.2.7）",
        "a hub tells that a device is gone: no side can believe in a link alone "
        "(USB 2.0, 11.24.2.7)",
    ),
    LineFault.BAUD_MISMATCH: _NO_SPEED,
    LineFault.PARITY_MISMATCH: _NO_SPEED,
}
"""The chapter of the specification that makes each impossible."""


def possible(plan: LinePlan) -> LinePlan:
    """The plan, which a HID device can have.

    :raises ValueError: it cannot; the message says why.
    """
    why = NEVER.get(plan.fault)
    if why is not None:
        raise ValueError(f"{plan.fault} cannot happen to a HID device: {why.en}")
    return plan
