"""Runs one simulated device at its place until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import Mapping

import click

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard.ports.unix_listen import listen_unix
from pos_guard_simulator.bench import Bench
from pos_guard_simulator.simulate_control import MAX_CONNECTIONS, Control
from pos_guard_simulator.simulate_device import PLUG, STATE, Device, Fields, carry_out
from pos_guard_simulator.simulate_place import Place, Seat, named, seat_at
from pos_guard_simulator.simulate_scanner_input import scan_stdin


def run(device: Device, place: Place) -> None:
    """Simulate the device until SIGTERM or SIGINT.

    :raises click.UsageError: when the place cannot be had.
    """
    try:
        asyncio.run(_run(device, place))
    finally:
        device.finish()


async def _run(device: Device, place: Place) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as undo:
        listener = None
        if place.control is not None:
            path = place.control
            with named(f"--control {path}"):
                listener = listen_unix(path, 0o600, MAX_CONNECTIONS)
            undo.callback(path.unlink, missing_ok=True)
            undo.callback(listener.close)
        bench = undo.enter_context(Bench())
        seat = seat_at(bench, device, place)
        undo.callback(seat.close)
        control = Control(lambda op, fields: _ask(seat, device, op, fields))
        if listener is not None:
            await control.start(listener)
        ready: dict[str, Json] = {"ready": True, "device": device.kind, **device.facts}
        ready |= {
            "addresses": dict(seat.addresses),
            "control": None if place.control is None else str(place.control),
        }
        click.echo(json.dumps(ready, ensure_ascii=False))
        if device.scan is not None:
            scan_stdin(seat.do, device.scan)
        await stop.wait()
        await control.close()


def _ask(seat: Seat, device: Device, op: str, fields: Fields) -> Mapping[str, Json]:
    """Carry out a request where the twin lives."""
    if op == PLUG:
        fields.end()
        seat.plug()
        return {"addresses": dict(seat.addresses)}
    answer: Mapping[str, Json] = {}

    def act() -> Effects:
        nonlocal answer
        reply = carry_out(device, op, fields)
        answer = {**reply.answer, **(seat.line if op == STATE else {})}
        return reply.effects

    seat.do(act)
    return answer
