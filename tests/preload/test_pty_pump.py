"""Bytes between a pty and a device: what has arrived, and what is still on its way."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pos_guard_simulator.preload.pty_pump import PtyPump
from tests.preload.preload_rig import until


class Machine:
    """Takes ``room`` bytes, and says what it is given to say."""

    def __init__(self) -> None:
        self.room = 1_000_000
        self.taken = b""
        self.says: list[bytes] = []

    def take(self, data: bytes) -> int:
        piece = data[: self.room - len(self.taken)]
        self.taken += piece
        return len(piece)

    def give(self) -> bytes | None:
        return self.says.pop(0) if self.says else None


@contextmanager
def opened(tmp_path: Path, machine: Machine) -> Generator[tuple[PtyPump, int]]:
    """A pump that nobody has started, and the program's end of it."""
    node = tmp_path / "node"
    pump = PtyPump(node, machine.take, machine.give)
    program = os.open(node, os.O_RDWR | os.O_NOCTTY)
    try:
        yield pump, program
    finally:
        os.close(program)
        pump.close()


def test_what_a_program_wrote_before_its_open_is_heard_of_is_on_its_way(tmp_path: Path) -> None:
    machine = Machine()
    with opened(tmp_path, machine) as (pump, program):
        until(lambda: pump.drained)
        os.write(program, b"hello")
        assert [pump.drained for _ in range(100)] == [False] * 100
        pump.start()
        until(lambda: pump.drained)
        assert machine.taken == b"hello"
    assert pump.drained, "there is nothing to wait for once it is closed"


def test_what_the_device_does_not_take_is_not_waited_for(tmp_path: Path) -> None:
    machine = Machine()
    machine.room = 3
    with opened(tmp_path, machine) as (pump, program):
        pump.start()
        os.write(program, b"hello")
        until(lambda: pump.drained)
        assert machine.taken == b"hel"
        machine.room = 10
        pump.poke()
        until(lambda: machine.taken == b"hello")


def test_answers_wait_in_the_device_while_no_program_is_there(tmp_path: Path) -> None:
    machine = Machine()
    with opened(tmp_path, machine) as (pump, program):
        pump.start()
        pump.stop()
        machine.says.append(b"late")
        pump.poke()
        os.write(program, b"x")
        until(lambda: machine.taken == b"x")
        assert machine.says == [b"late"]
        pump.start()
        assert os.read(program, 10) == b"late"
