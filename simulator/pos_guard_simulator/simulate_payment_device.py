"""What every simulated payment terminal and host can be told and asked on its control socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.bench import Twin
from pos_guard_simulator.payment_screen import Key, Screen
from pos_guard_simulator.simulate_device import (
    STATE,
    Device,
    Fields,
    News,
    Reply,
    RequestError,
)
from pos_guard_simulator.watches.changes import MoneyWatch, StateWatch
from pos_guard_simulator.zvt_book import Script, Transaction

T = TypeVar("T")


class Scripted(Twin, Protocol):
    """A twin that does by amount what it is told."""

    @property
    def script(self) -> Script:
        """What happens to which amount."""
        ...

    @script.setter
    def script(self, script: Script) -> None: ...

    @property
    def heard(self) -> Sized:
        """What arrived: bytes, or messages."""
        ...

    @property
    def idle(self) -> bool:
        """No customer is at the device."""
        ...

    @property
    def screen(self) -> Screen:
        """What its screen shows."""
        ...

    def press(self, key: Key) -> tuple[bool, Effects]:
        """Somebody presses a key: whether anything waited for it, and what is done then."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """What can be said to it: ``check`` a word of a script, ``wrong`` makes one thing go wrong.

    Both raise ValueError for a word that this device does not have, and name those that it has.
    """

    check: Callable[[str], str]
    wrong: Callable[[str], None]


def payment_device(
    kind: str,
    twin: Scripted,
    words: Words,
    moved: Callable[[], Sequence[Mapping[str, Json]]],
    facts: Mapping[str, Json],
    protocol: str = "",
) -> Device:
    """A device of this ``kind``; ``protocol``: what it speaks, if not what ``profile`` says.

    Control socket: ``script`` changes what it does, ``wrong`` what goes wrong next, ``book`` tells
    what ``moved``, ``state`` what it heard and shows; ``press`` is a key of somebody's.
    """

    def change(fields: Fields) -> Reply:
        amount, word = fields.maybe_number("amount"), fields.text("do")
        with_word = _checked(lambda: words.check(word))
        old = twin.script
        if amount is None:
            twin.script = Script(old.by_amount, with_word)
        else:
            twin.script = Script({**old.by_amount, amount: with_word}, old.default)
        return Reply()

    def wrong(fields: Fields) -> Reply:
        word = fields.text("do")
        _checked(lambda: words.wrong(word))
        return Reply()

    return Device(
        kind,
        twin,
        {
            "script": change,
            "wrong": wrong,
            "book": lambda _: Reply({"moved": [dict(row) for row in moved()]}),
            "press": lambda fields: _press(twin, fields),
            STATE: lambda _: Reply(_state(twin)),
        },
        facts,
        protocol=protocol or str(facts["profile"]),
        watch=_watch(twin, moved),
    )


def _watch(
    twin: Scripted, moved: Callable[[], Sequence[Mapping[str, Json]]]
) -> Callable[[], Iterable[News]]:
    money, screen = (
        MoneyWatch(moved),
        StateWatch(lambda: {"screen": twin.screen.told()}, ["screen"]),
    )
    return lambda: [*screen.fresh(), *money.fresh()]


def _press(twin: Scripted, fields: Fields) -> Reply:
    key = fields.choice("key", Key)
    fields.end()
    taken, effects = twin.press(key)
    return Reply({"taken": taken}, effects)


def _state(twin: Scripted) -> dict[str, Json]:
    return {"idle": twin.idle, "heard": len(twin.heard), "screen": twin.screen.told()}


def rows(transactions: Iterable[Transaction]) -> list[dict[str, Json]]:
    """What a terminal's journal holds."""
    return [
        {
            "kind": one.kind,
            "amount": one.amount,
            "currency": one.currency,
            "receipt": one.receipt,
            "trace": one.trace,
            "reversed": one.reversed,
        }
        for one in transactions
    ]


def payees(*ids: str | None) -> dict[str, Json]:
    """The fact that says what ``[payees] terminals`` of a policy must hold for this device."""
    return {"payees": [one for one in ids if one]}


def _checked(act: Callable[[], T]) -> T:
    try:
        return act()
    except ValueError as error:
        raise RequestError("bad-request", str(error)) from error
