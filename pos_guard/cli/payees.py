"""``pos-guard payees``: the shop's own static codes, registered and re-checked by scanning them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from pos_guard.cli.payees_desk import Given, PayeesDesk, with_code, with_desk
from pos_guard.clock import SECOND, SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.stickers import MAX_EXPECT_S, Found


@click.group("payees")
def command() -> None:
    """The shop's own payment stickers: whom they pay, and that nobody swapped them.

    PAYLOAD is the code as a scanner sends it; "-" (the usual one) reads it from standard input,
    where a scanner that acts as a keyboard types it.
    """


@command.command("add")
@click.argument("name")
@click.option("--place", required=True, help='Where it hangs, such as "counter, left".')
@with_desk
@with_code
def add(desk: PayeesDesk, *, given: Given, name: str, place: str) -> None:
    """Register a sticker of ours under NAME. Whom it pays may be paid from now on."""
    body = desk.add(name, place, given.code())
    desk.show(body, f"{name} is registered: {body['kind']} {body['masked']}.")


@command.command("remove")
@click.argument("name")
@with_desk
def remove(desk: PayeesDesk, *, name: str) -> None:
    """Forget the sticker NAME: whom it pays may be paid no more, unless the policy says so."""
    desk.remove(name)
    desk.show({"name": name, "done": True}, f"{name} is forgotten.")


@command.command("list")
@with_desk
def list_all(desk: PayeesDesk) -> None:
    """Show every registered sticker; works while the guard runs."""
    for body in desk.all():
        desk.show(body, _line(body))


@command.command("check")
@click.option("--name", help="The sticker that was scanned; left out: whichever of ours it is.")
@click.option("--scan", is_flag=True, help="Wait for the next scan of the running guard's scanner.")
@click.option("--seconds", type=click.IntRange(1, MAX_EXPECT_S), default=60, show_default=True)
@click.option("--due", is_flag=True, help="Show the stickers that were not found right today.")
@with_desk
@with_code
def check(
    desk: PayeesDesk, *, given: Given, name: str | None, scan: bool, seconds: int, due: bool
) -> None:
    """Compare a scanned sticker with what is registered.

    Exit 0: it is the registered one (with --due: every sticker was found right today). Exit 1: it
    is not. Exit 2: wrong usage, or no store.
    """
    if due:
        left = [body for body in desk.all() if is_due(body, SystemClock().wall_us())]
        for body in left:
            desk.show(body, _line(body))
        sys.exit(1 if left else 0)
    found = desk.scan(name, seconds) if scan else desk.check(given.code(), name)
    desk.show(found, _words(found))
    sys.exit(0 if found["right"] is True else 1)


def is_due(body: Mapping[str, Json], now_us: int) -> bool:
    """Not checked on this day of the shop's calendar, or found wrong; ``now_us`` is wall time."""
    checked_us = body["checked_us"]
    if not isinstance(checked_us, int) or body["checked_as"] != Found.SAME:
        return True
    return _day(checked_us) != _day(now_us)


def _day(wall_us: int) -> str:
    return datetime.fromtimestamp(wall_us // SECOND, tz=UTC).astimezone().date().isoformat()


def _words(found: Mapping[str, Json]) -> str:
    say = found.get("say")
    if not isinstance(say, dict):
        return "Nothing was scanned in time."
    return f"{say['zh']}\n{say['en']}"


def _line(body: Mapping[str, Json]) -> str:
    checked = body["checked_us"]
    state = "never checked"
    if isinstance(checked, int):
        state = f"{_day(checked)} {body['checked_as']}"
    return f"{body['name']!s:<16} {body['place']!s:<20} {body['kind']} {body['masked']}  ({state})"
