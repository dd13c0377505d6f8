"""Gives every simulated device the same two requests, ``fault`` and ``clear``, its line included.

Where a name is a line's and the device's own, the device's own is meant; ``link:drop`` is always
the line's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pos_guard.errors import LocalError
from pos_guard.links.session import Effects
from pos_guard_simulator.faults.own import CLEAR, FAULT, own_faults
from pos_guard_simulator.faulty_line.line import FaultyLine
from pos_guard_simulator.hid_link.physics import possible
from pos_guard_simulator.line_faults import LineFault, LinePlan
from pos_guard_simulator.simulate_device import Device, Fields, OnUsb, Op, Reply, RequestError
from pos_guard_simulator.simulate_faults import LINK, Direction, line_plan
from pos_guard_simulator.usb_scanner_hid import UsbHid

Fail = Callable[[LinePlan], Effects]
Clear = Callable[[LineFault], Effects]
Scan = Callable[[bytes], Effects]


def with_faults(
    device: Device, plans: Iterable[LinePlan] = (), *, seed: int = 0, serial: bool = False
) -> Device:
    """The device with every fault of its line; ``plans`` hold from the start.

    A device that has a faulty line already keeps it. ``serial``: its place is a serial line.

    :raises ValueError: a plan that a device of reports cannot have; the message says why.
    """
    twin, plans = device.twin, list(plans)
    if isinstance(twin, OnUsb):
        hid = _hid(twin)
        for plan in plans:
            hid.arm_link(possible(plan))
        usb = _Reports(hid)
        return replace(device, ops=_ops(device, usb.plan, usb.clear, lambda effects: effects))
    line = twin if isinstance(twin, FaultyLine) else FaultyLine(twin, seed, serial=serial)
    for plan in plans:
        line.plan(plan)
    if line is twin:
        return device
    scan: Scan | None = None
    if (shown := device.scan) is not None:

        def through(code: bytes) -> Effects:
            return line.outward(shown(code))

        scan = through
    ops = _ops(device, line.plan, line.clear, line.outward)
    return replace(device, twin=line, ops=ops, scan=scan)


def _hid(usb: OnUsb) -> UsbHid:
    """What is on the USB only: all else is a line there, with the line's faults."""
    if not isinstance(usb.function, UsbHid):
        raise TypeError(f"{type(usb.function).__name__} has no reports")
    return usb.function


def _ops(
    device: Device, plan: Fail, clear: Clear, outward: Callable[[Effects], Effects]
) -> Mapping[str, Op]:
    """All requests; what the twin does by them goes out through its line."""
    own = own_faults(device)

    def through(act: Op) -> Op:
        def asked(fields: Fields) -> Reply:
            reply = act(fields)
            return Reply(reply.answer, outward(reply.effects))

        return asked

    others = {op: through(act) for op, act in device.ops.items() if op not in (FAULT, CLEAR)}
    return {
        **others,
        FAULT: _first(through, own.fail, lambda fault, more: plan(_planned(fault, more))),
        CLEAR: _first(through, own.clear, lambda fault, _: clear(fault)),
    }


def _first(
    through: Callable[[Op], Op],
    of_device: Callable[[str, Fields], Reply],
    of_link: Callable[[LineFault, Fields], Effects],
) -> Op:
    """The device's own fault of that name if there is one, else its line's."""

    def act(fields: Fields) -> Reply:
        name = fields.text("name")
        bare = name.removeprefix(LINK)
        if bare == name:
            try:
                return through(lambda rest: of_device(name, rest))(fields)
            except LocalError:
                if bare not in list(LineFault):
                    raise
        if bare not in list(LineFault):
            raise RequestError("bad-request", f"{bare!r} is none of: {', '.join(LineFault)}")
        return Reply(effects=of_link(LineFault(bare), fields))

    return act


def _planned(fault: LineFault, fields: Fields) -> LinePlan:
    at, amount = fields.maybe_number("at") or 0, fields.maybe_number("amount")
    outward = fields.maybe_choice("direction", Direction) is Direction.OUT
    try:
        return line_plan(fault, at, outward=outward, amount=amount)
    except ValueError as error:
        raise RequestError("bad-request", str(error)) from error


class _Reports:
    """The link of a HID device, whose faults are counted in reports."""

    def __init__(self, device: UsbHid) -> None:
        self._device = device

    def plan(self, plan: LinePlan) -> Effects:
        """It comes, or is there.

        :raises RequestError: no HID device can have it.
        """
        try:
            self._device.fail_link(possible(plan))
        except ValueError as error:
            raise RequestError("bad-request", str(error)) from error
        return []

    def clear(self, fault: LineFault) -> Effects:
        """It ends, and what was unplugged is put back."""
        self._device.clear_link(fault)
        return []
