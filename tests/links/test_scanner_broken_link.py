"""Codes that break off, or had begun before the link was there: no part of one reaches the till."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard_simulator.bench import Bench
from tests.links.scanner_broken_rig import MODELS, Broken, Counter, Transport, play
from tests.shop import Shop, shop

WECHAT = "134621000053364349"
GOODS = "6901028225168"
CUT = "The scan was cut short. Scan again."
TAIL = 5
"""The last digits of a code and its line end: a number like that of any thing in the shop."""

REST_SECONDS = 0.1
"""A cashier who sees the scanner come back needs longer to hold a code before it."""

PLACES: list[tuple[str, Transport]] = [
    (language, transport) for language in MODELS for transport in ("pty", "tcp")
]


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path / "shop")
    made.sign_in("anna")
    yield made
    made.store.close()


@pytest.fixture(params=PLACES, ids=[f"{language}-{where}" for language, where in PLACES])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Broken, str]]:
    language, transport = request.param
    with Bench() as bench:
        yield Broken(bench, MODELS[language], transport, tmp_path), MODELS[language]


def refusals(corner: Shop) -> int:
    return len(list(corner.store.audit.records(kind="refusal")))


async def break_off(counter: Counter, scanner: Broken, line: bytes) -> None:
    """The beginning of a code comes, and then silence."""
    await counter.scanner(up=True)
    await counter.nothing(REST_SECONDS)
    scanner.say(line[:-TAIL])
    assert await counter.says() == CUT
    await counter.nothing()


async def whole(counter: Counter, scanner: Broken) -> None:
    """A code that is shown when everything is at rest reaches the till at once."""
    line = scanner.line(GOODS)
    scanner.say(line)
    await counter.reads(line)


def test_the_tail_of_a_code_at_the_start_is_refused(
    corner: Shop, place: tuple[Broken, str]
) -> None:
    scanner, model = place
    line = scanner.line(WECHAT)

    async def scene(counter: Counter) -> None:
        await counter.scanner(up=True)
        scanner.connected()
        assert await counter.says() == CUT
        await counter.nothing()
        await whole(counter, scanner)

    scanner.begin(line[-TAIL:])
    play(corner, scanner, model, scene)
    assert refusals(corner) == 1


def test_a_code_that_the_cable_cut_is_reported_and_its_tail_refused(
    corner: Shop, place: tuple[Broken, str]
) -> None:
    scanner, model = place
    line = scanner.line(WECHAT)

    async def scene(counter: Counter) -> None:
        await counter.scanner(up=True)
        await counter.nothing(REST_SECONDS)
        await whole(counter, scanner)
        scanner.say(line[:-TAIL])
        await counter.nothing(REST_SECONDS / 2)
        scanner.begin(line[-TAIL:])
        scanner.unplug()
        assert await counter.says() == CUT
        scanner.plug()
        await counter.scanner(up=True)
        scanner.connected()
        assert await counter.says() == CUT
        await counter.nothing()
        await whole(counter, scanner)

    play(corner, scanner, model, scene)
    assert refusals(corner) == 2


def test_the_rest_that_a_network_held_back_is_refused(
    corner: Shop, place: tuple[Broken, str]
) -> None:
    scanner, model = place
    line = scanner.line(WECHAT)

    async def scene(counter: Counter) -> None:
        await break_off(counter, scanner, line)
        scanner.say(line[-TAIL:])
        assert await counter.says() == CUT
        await counter.nothing()
        await whole(counter, scanner)

    play(corner, scanner, model, scene)
    assert refusals(corner) == 2


def test_a_code_that_is_shown_again_after_it_broke_off_is_believed(
    corner: Shop, place: tuple[Broken, str]
) -> None:
    scanner, model = place
    line = scanner.line(GOODS)

    async def scene(counter: Counter) -> None:
        await break_off(counter, scanner, line)
        await whole(counter, scanner)

    play(corner, scanner, model, scene)
