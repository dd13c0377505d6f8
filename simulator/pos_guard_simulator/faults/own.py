"""What goes wrong with a device itself, asked for in one way whatever kind of device it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pos_guard.frames.decoded import Json
from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.payment_words import Outcome, Wrong
from pos_guard_simulator.simulate_device import Device, Fields, Op, Reply, RequestError

FAULT, CLEAR = "fault", "clear"
_SCRIPT, _WRONG = "script", "wrong"


class Own(Protocol):
    """The faults of one device, by name; fields that stay are an error of the request.

    Both raise LocalError for a name that it does not have.
    """

    def fail(self, name: str, fields: Fields) -> Reply:
        """It begins."""
        ...

    def clear(self, name: str, fields: Fields) -> Reply:
        """It ends."""
        ...


def own_faults(device: Device) -> Own:
    """The device's own."""
    return _Words(device) if _SCRIPT in device.ops else _Named(device)


class _Named:
    """A scanner's and a printer's: what holds until it is cleared."""

    def __init__(self, device: Device) -> None:
        self._kind = device.kind
        self._ops = device.ops

    def fail(self, name: str, fields: Fields) -> Reply:
        """As the device does it."""
        return self._op(FAULT, name)(_again(name, fields, "after_lines"))

    def clear(self, name: str, fields: Fields) -> Reply:
        """As the device does it."""
        return self._op(CLEAR, name)(_again(name, fields))

    def _op(self, op: str, name: str) -> Op:
        act = self._ops.get(op)
        if act is None:
            raise RequestError("bad-request", f"a {self._kind} has no fault {name!r} of its own")
        return act


class _Words:
    """A payment device's: a word for each request, or for those of one ``amount``.

    A wrong strikes once, and has nothing to clear.
    """

    def __init__(self, device: Device) -> None:
        self._ops = device.ops

    def fail(self, name: str, fields: Fields) -> Reply:
        """From now on it does that."""
        _check_word(name)
        if name in list(Wrong) and _WRONG in self._ops:
            return self._ops[_WRONG](Fields({"do": name}))
        return self._script(name, fields)

    def clear(self, name: str, fields: Fields) -> Reply:
        """It approves again."""
        _check_word(name)
        if name in list(Wrong) and _WRONG in self._ops:
            return Reply()
        self._script(name, Fields({}))  # a word that it does not have is an error here, too
        return self._script(Outcome.APPROVE, fields)

    def _script(self, word: str, fields: Fields) -> Reply:
        amount = fields.maybe_number("amount")
        told: Mapping[str, Json] = {} if amount is None else {"amount": amount}
        return self._ops[_SCRIPT](Fields({"do": word, **told}))


def _again(name: str, fields: Fields, *numbers: str) -> Fields:
    """A request of the same name, with those of its numbers that are there."""
    told = {one: value for one in numbers if (value := fields.maybe_number(one)) is not None}
    return Fields({"name": name, **told})


def _check_word(name: str) -> None:
    """A line's fault is no word, and must not lose its fields to one."""
    if name in list(LineFault) and name not in list(Wrong):
        raise RequestError("bad-request", f"{name} is a fault of the line")
