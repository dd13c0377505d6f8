"""Runs the one device of ``pos-guard simulate DEVICE`` until it is told to stop."""

from __future__ import annotations

import sys

from pos_guard.frames.decoded import Json
from pos_guard_simulator.control_http.service import http_service
from pos_guard_simulator.running.command import READY, run_command, say_ready
from pos_guard_simulator.running.command_line import asked_command
from pos_guard_simulator.running.options import asked_running
from pos_guard_simulator.simulate_device import Device
from pos_guard_simulator.simulate_place import Place
from pos_guard_simulator.simulate_scanner_input import scan_stdin
from pos_guard_simulator.stage.control_socket import control_socket
from pos_guard_simulator.stage.perform import (
    Role,
    ended_by_signals,
    new_journal,
    opened,
    ready_line,
    served,
)
from pos_guard_simulator.stage.stage import Stage


def run(device: Device, place: Place) -> None:
    """Simulate the device until SIGTERM or SIGINT, or until the command has ended.

    :raises SystemExit: with the command's exit code.
    :raises click.UsageError: when the place cannot be had.
    """
    name = device.kind
    running = asked_running()
    journal = None if running.http is None else new_journal()
    services = [control_socket(running.control), http_service(running.http)]
    with (
        opened([Role(name, device, place)], journal) as stage,
        served(stage, services) as said,
        ended_by_signals(stage),
    ):
        argv = asked_command()
        line = ready_line({**stage.facts(name), **said, **_environment(stage)})
        say_ready(line, running.ready_file, beside_command=bool(argv))
        if argv:  # which has our standard input
            sys.exit(run_command(argv, {**stage.environment, READY: line}, stage.ended))
        if device.scan is not None:
            show = device.scan
            scan_stdin(lambda act: stage.act(name, act), show)
        stage.ended.wait()


def _environment(stage: Stage) -> dict[str, Json]:
    """For programs that somebody else starts."""
    return {"environment": dict(stage.environment)} if stage.environment else {}
