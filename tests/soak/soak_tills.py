"""The tills of the soak: one customer at a time, any protocol, and every call ends in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from pos_guard.errors import FrameError
from pos_guard.links.dialect import Ask, Heard, Says
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToDevice
from pos_guard.model import Result
from pos_guard_simulator.till_lines import Line, TillError, TillTimeoutError
from pos_guard_simulator.till_wechat import WeChatClient
from pos_guard_simulator.till_zvt import PayResult, SerialFraming, ZvtLink
from tests.simulation.exchange_profiles import PROFILES, Profile

CNY = 156
ANSWER_S = 1.5
"""The till's patience: longer than the guard's with a device, shorter than a restart may take."""
ACK_S, ACKS = 0.3, 20
LATE_S = 0.05
STALE_S = 0.001


class Told(Enum):
    """What a till heard of its request."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


Numbers = tuple[str, str]
"""What the till's paper says of a sale: its own number, and the device's."""


class Till(Protocol):
    """One link, as the cashier's program uses it."""

    @property
    def backs(self) -> tuple[str, ...]:
        """How this till can give money back."""
        ...

    def sell(self, amount: int, number: int) -> Told:
        """Ask for a payment."""
        ...

    def give_back(self, kind: str, amount: int, number: int, sale: Numbers) -> Told:
        """Undo a payment."""
        ...

    def after_silence(self, amount: int, number: int) -> Told:
        """What this protocol's tills do when no answer came to a sale."""
        ...

    @property
    def receipt(self) -> str:
        """The device's number of what was approved last."""
        ...

    def drain(self) -> None:
        """Read what nobody asked for, as a till does before it asks."""
        ...

    def hang_up(self) -> None:
        """Drop the line; it is dialled again for the next request."""
        ...

    def garbage(self, data: bytes) -> None:
        """Send what is no message."""
        ...


class ExchangeTill:
    """A till of a request and answer link, with a line of its own."""

    def __init__(self, protocol: str, name: str, dial: Callable[[], Line]) -> None:
        self._profile = profile_of(protocol, name)
        parts = self._profile.parts()
        self._dialect, self._line = parts.dialect, parts.device
        self._dial = dial
        self._port: Line | None = None
        self._due: dict[str, float] = {}
        self._last: Ask | None = None
        self.receipt = ""
        self.backs = tuple(kind for kind in self._profile.kinds if kind != "reversal")

    def sell(self, amount: int, number: int) -> Told:
        """A sale."""
        return self._ask(self._profile.build("sale", amount, number, ""))

    def give_back(self, kind: str, amount: int, number: int, sale: Numbers) -> Told:
        """A void or refund; ISO 8583 names the till's own number, the others the terminal's."""
        of = sale[0] if self._profile.protocol == "iso8583" else sale[1]
        return self._ask(self._profile.build(kind, amount, number, of))

    def after_silence(self, amount: int, number: int) -> Told:
        """ISO 8583 tills reverse (0400); the others wait for what comes late."""
        if "reversal" not in self._profile.kinds:
            return self._until(self._last, LATE_S) if self._last is not None else Told.NOTHING
        undone = self._ask(self._profile.build("reversal", amount, number, str(number)))
        return Told.NO if undone is Told.YES else Told.NOTHING

    def drain(self) -> None:
        """What comes late is acknowledged, and is nobody's answer any more."""
        while self._last is not None and self._until(self._last, LATE_S) is not Told.NOTHING:
            pass

    def hang_up(self) -> None:
        """Drop the line."""
        if self._port is not None:
            self._port.close()
            self._port = None
        self._due.clear()

    def garbage(self, data: bytes) -> None:
        """Send what is no message."""
        if self._opened():
            self._put(data)

    def _opened(self) -> bool:
        try:
            if self._port is None:
                self._port = self._dial()
                self._do(self._line.reset())
        except TillError:
            return False
        return True

    def _ask(self, unit: bytes) -> Told:
        if not self._opened():
            return Told.NOTHING
        if self._last is not None:
            self._until(self._last, STALE_S)  # what still stands in the port's buffer
        self._do(self._line.reset())  # what it gave up is not sent again
        self._last = ask = self._dialect.read(unit)
        self._do(self._line.send(unit))
        told = self._until(ask, ANSWER_S)
        if told is Told.NOTHING:
            self._do(self._line.reset())  # given up: not sent again, whenever the line is read next
        return told

    def _until(self, ask: Ask, seconds: float) -> Told:
        end = time.monotonic() + seconds
        while self._port is not None and time.monotonic() < end:
            try:
                heard = self._line.receive(self._port.receive(self._left(end)))
            except TillTimeoutError:
                heard = self._rung()
            except TillError:
                self.hang_up()
                break
            told = self._heard(heard, ask)
            if told is not None:
                return told
        return Told.NOTHING

    def _left(self, end: float) -> float:
        return max(min([end, *self._due.values()]) - time.monotonic(), 0.001)

    def _rung(self) -> Heard:
        now = time.monotonic()
        for name in [name for name, due in self._due.items() if due <= now]:
            del self._due[name]
            return self._line.timer(name) or Heard()
        return Heard()

    def _heard(self, heard: Heard, ask: Ask) -> Told | None:
        self._do(heard.effects)
        if heard.error is not None:
            self._do(self._line.rejected())
        told = None
        for unit in heard.units:
            self._do(self._line.took())
            told = told or self._read(unit, ask)
        if heard.lost:
            self.hang_up()
        return told

    def _read(self, unit: bytes, ask: Ask) -> Told | None:
        try:
            said = self._dialect.hear(unit, ask)
        except FrameError:
            return None
        if said.kind is not Says.FINAL or said.outcome is None:
            return None
        if said.outcome.result is Result.UNKNOWN:
            return Told.NOTHING
        if said.outcome.result is not Result.APPROVED:
            return Told.NO
        self.receipt = said.outcome.receipt or ""
        return Told.YES

    def _do(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, ToDevice):
                self._put(effect.data)
            elif isinstance(effect, SetTimer):
                self._due[effect.name] = time.monotonic() + effect.seconds
            elif isinstance(effect, CancelTimer):
                self._due.pop(effect.name, None)

    def _put(self, data: bytes) -> None:
        try:
            if self._port is not None:
                self._port.send(data)
        except TillError:
            self.hang_up()


class SerialZvtTill:
    """A ZVT till whose serial port stays open all day."""

    backs = ("reversal", "refund")

    def __init__(self, dial: Callable[[], Line]) -> None:
        self._line = dial()
        framing = SerialFraming(self._line, ACK_S, ACKS)
        self._link = ZvtLink(
            framing, currency=CNY, answer_seconds=ANSWER_S, result_seconds=ANSWER_S
        )
        self.receipt = ""
        self._link.register()

    def sell(self, amount: int, number: int) -> Told:
        """06 01."""
        del number
        self.drain(STALE_S)  # what a restarted guard said once more is nobody's answer
        return self._told(lambda: self._link.pay(amount))

    def give_back(self, kind: str, amount: int, number: int, sale: Numbers) -> Told:
        """06 30 by the receipt number, or 06 31."""
        del number
        self.drain(STALE_S)
        if kind == "reversal":
            return self._told(lambda: self._link.reverse(sale[1]))
        return self._told(lambda: self._link.refund(amount))

    def after_silence(self, amount: int, number: int) -> Told:
        """An end that comes late is believed."""
        del amount, number
        return self._told(lambda: self._link.listen(LATE_S))

    def drain(self, seconds: float = LATE_S) -> None:
        """An end that comes once more is acknowledged."""
        while self._link.listen(seconds).code != "timeout":
            pass

    def hang_up(self) -> None:
        """The port stays open."""

    def garbage(self, data: bytes) -> None:
        """Bytes between frames."""
        self._line.send(data)

    def close(self) -> None:
        """The end of the day."""
        self._link.close()

    def _told(self, ask: Callable[[], PayResult]) -> Told:
        try:
            result = ask()
        except TillError:
            return Told.NOTHING
        if result.approved:
            self.receipt = result.receipt or ""
            return Told.YES
        # 9C: the guard or the terminal is still at something else.
        return Told.NOTHING if result.code == "timeout" else Told.NO


class WechatTill:
    """A till of a provider link; each request has a connection of its own."""

    backs = ("refund",)

    def __init__(self, address: Callable[[], str], merchant: str) -> None:
        self._address, self._merchant = address, merchant
        self.receipt = ""

    def sell(self, amount: int, number: int) -> Told:
        """A payment code is charged."""
        return self._told(lambda client: client.pay(f"S{number:07d}", payment_code(number), amount))

    def give_back(self, kind: str, amount: int, number: int, sale: Numbers) -> Told:
        """A refund of the whole order."""
        del kind
        order = f"S{int(sale[0]):07d}"
        return self._told(lambda client: client.refund(order, f"R{number:07d}", amount, amount))

    def after_silence(self, amount: int, number: int) -> Told:
        """Ask what became of the order."""
        del amount
        for _ in range(3):
            told = self._told(lambda client: client.query(f"S{number:07d}"))
            if told is not Told.NOTHING:
                return told
        return Told.NOTHING

    def drain(self) -> None:
        """No line is kept."""

    def hang_up(self) -> None:
        """No line is kept."""

    def garbage(self, data: bytes) -> None:
        """Not over HTTP."""

    def _told(self, ask: Callable[[WeChatClient], PayResult]) -> Told:
        try:
            client = WeChatClient(
                f"http://{self._address()}", mchid=self._merchant, seconds=ANSWER_S
            )
            result = ask(client)
        except TillError:
            return Told.NOTHING
        if result.approved:
            self.receipt = result.receipt or ""
            return Told.YES
        return Told.NOTHING if result.code in _NO_ANSWER else Told.NO


_NO_ANSWER = frozenset({"timeout", "USERPAYING", "SYSTEM_ERROR", "NOTPAY", "ORDER_NOT_EXIST"})
"""What a WeChat till must not take for a no: it asks again."""


def payment_code(number: int) -> str:
    """A WeChat payment code of the documented form; no payer's."""
    return f"13{number:016d}"


def profile_of(protocol: str, name: str) -> Profile:
    """One of the simulation's profiles: what a till says there."""
    return next(one for one in PROFILES if (one.protocol, one.name) == (protocol, name))
