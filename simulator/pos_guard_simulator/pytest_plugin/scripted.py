"""``pos.terminal`` and ``pos.host``: what they answer, and what money they moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects
from pos_guard_simulator.faults.own import CLEAR, FAULT
from pos_guard_simulator.pytest_plugin.faults import FaultInPlace
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

    def fault(
        self,
        name: str,
        *,
        at: int | None = None,
        direction: str = "in",
        amount: int | None = None,
    ) -> FaultInPlace:
        """Let it go wrong in this way; docs/simulator.md has the names.

        A word of the device: what it says next, once, or each request from now on. A fault of the
        line (``link:drop`` where the device has one of that name too) happens ``at`` so many bytes
        from now, of what the device is sent (``in``) or says (``out``), and lasts for ``amount``
        bytes or milliseconds; on the USB there is none.

        :raises ValueError: this device has no such fault; the message names those that it has.
        """
        if FAULT not in self._device.ops:
            self._ask("wrong", {"do": name})
            return FaultInPlace(name, lambda: None)
        fields: dict[str, Json] = {"name": name}
        if at is not None or amount is not None or direction != "in":
            fields |= {"at": at or 0, "direction": direction}
            fields |= {} if amount is None else {"amount": amount}
        self._ask(FAULT, fields)
        return FaultInPlace(name, lambda: self.clear(name))

    def clear(self, name: str) -> None:
        """It is put right.

        :raises ValueError: this device has no such fault.
        """
        self._ask(CLEAR, {"name": name})

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
