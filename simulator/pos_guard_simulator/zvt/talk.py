"""How a simulated ZVT terminal talks: one line after the other, each after the till's answer.

Sans-IO; knows nothing of commands. A result is the till's to refuse, put off or lower until it has
answered it; one that the till did not answer is taken back where the terminal is set so.
"""

from __future__ import annotations

from collections import deque

from pos_guard.errors import FrameError
from pos_guard.frames import zvt_build
from pos_guard.frames.zvt import parse
from pos_guard.frames.zvt_apdu import Apdu
from pos_guard.frames.zvt_table import NOT_AUTHENTIC, REDUCE, STATUS_INFORMATION, WAIT
from pos_guard.links.session import CancelTimer, Effect, Effects, SetTimer, ToApp
from pos_guard.links.zvt_wire import WireSettings, open_wire
from pos_guard_simulator.payment_words import Wrong
from pos_guard_simulator.zvt.slip import TerminalSettings, status_of
from pos_guard_simulator.zvt.wrongs import OF_ACKS, Wrongs
from pos_guard_simulator.zvt_book import Transaction

ABORTED = 0x6C

_RESULT = STATUS_INFORMATION.to_bytes(2, "big")


class Talk:
    """The terminal's side of the conversation."""

    def __init__(self, settings: TerminalSettings) -> None:
        self.settings = settings
        self.wrongs = Wrongs(settings.framing)
        self._wire = open_wire(settings.framing, "ecr", ToApp, WireSettings(2.0, settings.ack_s))
        self._connected = False
        self._out: list[Effect] = []
        # What is still to be said, each line after the till's answer to the one before.
        self._lines: deque[bytes] = deque()
        self._asked: bytes | None = None
        self._result: Transaction | None = None
        self._waits = 0

    def _taken(self) -> Effects:
        out, self._out = self._out, []
        return self.wrongs.done_to(out)

    def _goes_wrong(self, wrong: Wrong) -> None:
        """An ACK goes wrong with the one that is due, anything else with what is said next."""
        if wrong not in OF_ACKS:
            self._out = self.wrongs.done_to(self._out)
        self.wrongs.next(wrong)

    def _reset(self) -> None:
        self._out += self._wire.reset()
        self.wrongs.forget()

    def _send(self, apdu: bytes) -> None:
        if self._connected:
            self._out += self._wire.send(apdu)

    def _say(self, *lines: bytes) -> None:
        self._send(zvt_build.ack)
        self._lines += lines
        self._next()

    def _next(self) -> None:
        if self._asked is not None or not self._lines:
            return
        if not self._connected:
            self._lines.clear()
            self._lose_result()
            return
        self._asked = self._lines.popleft()
        self._send(self._asked)
        self._out.append(SetTimer("ack", self.settings.ack_s))

    def _answered(self, apdu: Apdu) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        self._out.append(CancelTimer("ack"))
        result = self._result
        if result is not None and asked[:2] == _RESULT:
            self._result = None
            self._result_answered(apdu, asked, result)
        self._next()

    def _result_answered(self, apdu: Apdu, asked: bytes, result: Transaction) -> None:
        if apdu.code == WAIT and self._waits > 0:
            self._waits -= 1
            self._result = result
            self._lines.appendleft(asked)
        elif apdu.code == NOT_AUTHENTIC:
            self._take_back(result)
        elif apdu.code == REDUCE:
            self._lower(result, _amount(apdu))

    def _lower(self, result: Transaction, amount: int | None) -> None:
        if amount is None or amount > result.amount:
            self._take_back(result)
        elif amount < result.amount:
            result.amount = amount
            if self.settings.tells_reduction:
                self._result = result
                self._lines.appendleft(status_of(self.settings, result))

    def _take_back(self, result: Transaction) -> None:
        result.reversed = True
        self._lines.clear()
        self._lines.append(zvt_build.abort(ABORTED))

    def _unheard(self) -> None:
        """The till did not answer: the rest is not said; the result may be taken back."""
        self._asked = None
        self._lines.clear()
        self._out.append(CancelTimer("ack"))
        self._lose_result()

    def _lose_result(self) -> None:
        result, self._result = self._result, None
        if result is not None and self.settings.auto_reverse:
            result.reversed = True


def _amount(apdu: Apdu) -> int | None:
    """The lower amount; None where it cannot be read."""
    try:
        return parse(apdu).amount
    except FrameError:
        return None
