"""What to send a register scanner for an action of its model, and what must come back. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pos_guard.frames import registers as wire
from pos_guard.frames.registers import Kind
from pos_guard.frames.scanner_model import Register, ScannerModel
from pos_guard.scanners.register_replies import Due


@dataclass(frozen=True, slots=True)
class Change:
    """Bits to set in a register, once its other bits are known."""

    register: Register
    value: int

    def after(self, old: int) -> Step:
        """The write that leaves the other bits as they were."""
        return puts(self.register, old & ~self.register.mask & 0xFF | self.value)


@dataclass(frozen=True, slots=True)
class Step:
    """One frame, the reply that is due to it, and what is to be written then, if anything."""

    frame: bytes
    due: Due
    then: Change | None = None


def action_step(model: ScannerModel, action: str) -> Step:
    """The first step of ``register=value`` or ``register``, as the model's file says."""
    name, _, value = action.partition("=")
    register = model.registers[name]
    return writes(register, register.values[value]) if value else reads(register)


def reads(register: Register) -> Step:
    """Ask for a register."""
    frame = wire.read(register.address, register.size)
    return Step(frame, Due(Kind.READ, register.size))


def writes(register: Register, value: int) -> Step:
    """Set a register; where only some bits are meant, it is read first.

    Newland's FM30 manual does the same (p. 25, 26).
    """
    if register.mask == 0xFF:
        return puts(register, value)
    read = reads(register)
    return Step(read.frame, read.due, Change(register, value))


def puts(register: Register, value: int) -> Step:
    """Write all of a register, low byte first."""
    data = value.to_bytes(register.size, "little")
    return Step(wire.write(register.address, data), Due(Kind.WRITE))


def saves() -> Step:
    """Keep all registers over a loss of power."""
    return Step(wire.save(), Due(Kind.SAVE))
