"""Options that several commands share, gathered into one object that the command gets first."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import click

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])

socket_option = click.option(
    "--socket",
    "path",
    type=click.Path(path_type=Path),
    help="Ask the running guard at this decision socket, instead of opening the store.",
)


def taken(kind: Callable[..., T], given: dict[str, object]) -> T:
    """Build ``kind``, a dataclass, of its own options, which are taken out of ``given``."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # a dataclass
    return kind(**{name: given.pop(name) for name in names})


def with_all(options: Sequence[Callable[[F], F]], function: F) -> F:
    """A command with all these options, shown in this order."""
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), function)
