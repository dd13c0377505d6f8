"""The options of every run of devices: how programs ask them, and who is told that all is ready.

They are no options of a device, so they travel in click's context: the group that runs what a
command made of its other options takes them from there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from pos_guard_simulator.control_http.option import http_options
from pos_guard_simulator.control_http.place import HttpPlace
from pos_guard_simulator.systems.having import Needs, require

R = TypeVar("R")

_META = "pos_guard_simulator.running"
_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class Running:
    """``control``: the path of the control socket; ``http``: where the control API is."""

    control: Path | None = None
    ready_file: Path | None = None
    http: HttpPlace | None = None


def run_options(command: Callable[..., R]) -> Callable[..., R]:
    """Take them away from the command; ``asked_running`` tells them."""

    @click.option("--control", type=_FILE, help="A Unix socket for JSON lines to the devices.")
    @click.option(
        "--ready-file", type=_FILE, help="Write there, and nowhere else, that all is ready."
    )
    @http_options
    @functools.wraps(command)
    def with_run(
        control: Path | None, ready_file: Path | None, http: HttpPlace | None, **options: object
    ) -> R:
        if control is not None:
            require(Needs.UNIX, f"--control {control}")
        click.get_current_context().meta[_META] = Running(control, ready_file, http)
        return command(**options)

    return with_run


def asked_running() -> Running:
    """What this invocation asked for."""
    found: object = click.get_current_context().meta.get(_META)
    return found if isinstance(found, Running) else Running()
