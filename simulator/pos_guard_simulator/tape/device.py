"""``pos-guard simulate tape``: the twin of a tape among the other simulated devices."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pos_guard.frames.decoded import Json
from pos_guard_simulator.simulate_device import Device, Fields, News, Reply
from pos_guard_simulator.tape.lines import read_tape
from pos_guard_simulator.tape.twin import TapeTwin


def tape_device(path: Path, *, fast: bool, strict: bool) -> Device:
    """The twin that this file makes. ``strict``: exit code 1 for what is not on the tape.

    :raises LocalError: it is no tape.
    """
    tape = read_tape(path)
    twin = TapeTwin(tape, fast=fast, strict=strict)
    told = 0

    def state(_: Fields) -> Reply:
        return Reply(_state(twin))

    def watch() -> Iterator[News]:
        nonlocal told
        while told < len(twin.unknown):
            told += 1
            one = twin.unknown[told - 1]
            yield News("unknown", {"name": one.name, "bytes": one.size})

    def finish() -> None:
        for one in twin.unknown:
            click.echo(f"not on the tape: {one.name}, {one.size} bytes", err=True)
        if strict and twin.count.unknown:
            sys.exit(1)

    facts: dict[str, Json] = {
        "protocol": tape.header.protocol,
        "recorded": tape.header.device,
        "withheld": twin.withheld,
        "torn": tape.torn,
    }
    protocol = tape.header.protocol
    return Device(
        "tape", twin, {"state": state}, facts, finish=finish, protocol=protocol, watch=watch
    )


def _state(twin: TapeTwin) -> dict[str, Json]:
    """What the play has come to."""
    names: list[Json] = [one.name for one in twin.unknown]
    count = twin.count
    return {
        "exact": count.exact,
        "alike": count.alike,
        "taken": count.taken,
        "unknown": count.unknown,
        "names": names,
        "left": twin.left,
        "withheld": twin.withheld,
    }
