"""What a running link tells the world: questions for people, words for cashiers, its own state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pos_guard.model import Words


class Side(StrEnum):
    """The two ends of a link."""

    APP = "app"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request waits for a second person: show it on every console."""

    link: str
    decision: int
    say: Words


@dataclass(frozen=True, slots=True)
class Told:
    """Words for the cashier; ``level`` is a verdict level's name."""

    link: str
    level: str
    say: Words


@dataclass(frozen=True, slots=True)
class SideChanged:
    """The till or the device came or went; ``reason`` is for the log."""

    link: str
    side: Side
    up: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LinkFailed:
    """The session raised: both sides were closed, nothing passes. ``error`` is for the log."""

    link: str
    error: str


LinkEvent = Asked | Told | SideChanged | LinkFailed
OnEvent = Callable[[LinkEvent], None]
