"""``pos.terminal`` and ``pos.host``: what they answer, and what money they moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.pytest_plugin.place import Place
from pos_guard_simulator.pytest_plugin.port import PosPort
from pos_guard_simulator.simulate_device import Device, Fields, Reply, carry_out


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that moved. ``kind`` as the device calls it; ``reversed``: taken back later."""

    kind: str
    amount: int
    reversed: bool = False


class Scripted(PosPort):
    """A device that decides about money by script."""

    def __init__(self, device: Device, name: str, place: Place) -> None:
        super().__init__(name, place)
        self._device = device

    @property
    def moved(self) -> list[Moved]:
        """All that moved, oldest first; what was taken back says so."""
        rows = cast("list[dict[str, Json]]", self._ask("book")["moved"])
        return [
            Moved(str(row.get("kind", row.get("what"))), _number(row), bool(row.get("reversed")))
            for row in rows
        ]

    def answers(self, word: str, *, amount: int | None = None) -> None:
        """What it does from now on, to this amount in minor units or to every other one.

        docs/simulator.md has the words of each profile.

        :raises ValueError: this device knows no such word; the message names those that it knows.
        """
        fields: dict[str, Json] = {"do": word}
        if amount is not None:
            fields["amount"] = amount
        self._ask("script", fields)

    def approve(self, amount: int | None = None) -> None:
        """It approves, this amount or every one."""
        self.answers("approve", amount=amount)

    def decline(self, amount: int | None = None, *, code: str = "") -> None:
        """It declines, with the profile's usual code or this one."""
        self.answers(f"decline:{code}" if code else "decline", amount=amount)

    def fault(self, name: str) -> None:
        """Let what it says next go wrong in this way, once; docs/simulator.md has the names.

        :raises ValueError: this device has no such fault; the message names those that it has.
        """
        self._ask("wrong", {"do": name})

    def _ask(self, op: str, fields: dict[str, Json] | None = None) -> dict[str, Json]:
        replies: list[Reply] = []

        def act() -> Effects:
            replies.append(carry_out(self._device, op, Fields(fields or {})))
            return replies[0].effects

        self.place.settle()
        self.place.do(act)
        return dict(replies[0].answer)


class PosTerminal(Scripted):
    """A payment terminal."""

    def goes_silent(self, amount: int | None = None, *, moved: bool = False) -> None:
        """It takes the request and says no more; ``moved``: after the money was taken."""
        self.answers("silent-after" if moved else "silent-before", amount=amount)


class PosHost(Scripted):
    """A payment host: an acquirer (ISO 8583), or a provider over HTTP."""

    @property
    def url(self) -> str:
        """A provider's address as an app takes it.

        :raises ValueError: it is not on TCP.
        """
        return f"http://{self.host}:{self.port}"


def _number(row: dict[str, Json]) -> int:
    amount = row["amount"]
    return amount if isinstance(amount, int) else 0
