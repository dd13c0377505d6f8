"""Real-time commands: acted on as their last byte arrives, wherever it stands.

Source: Epson's reference (dle_eot, dle_enq, dle_dc4), A.2 of its status tables.
"""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_commands import DrawerPulse
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import Token
from pos_guard.frames.escpos_status import build_asb, build_realtime
from pos_guard_simulator import printer_answers as answers
from pos_guard_simulator.printer_engine import Order
from pos_guard_simulator.printer_mechanism import Mechanism

PULSE, POWER_OFF, BUZZER, STATUS, CLEAR = 1, 2, 3, 7, 8
"""Functions of DLE DC4."""

_SENSORS = {7: "ink", 8: "micr", 18: "peeler"}
_HEALTHY = b"\x12"
_ORDERS = {1: Order.RESUME, 2: Order.RESUME_EMPTY}


class RealTime:
    """What ESC @ resets of them: GS ( D's switches and GS ( H 49's offline response."""

    def __init__(self, body: Mechanism) -> None:
        self._body = body
        self._disabled = frozenset({POWER_OFF})
        self.offline_response = 0

    def act(self, token: Token) -> Order:
        """Answer, pulse, beep; what the works have to do is returned."""
        if token.name == "DLE EOT":
            self._body.line.say(self._status(token.raw))
            return Order.NOTHING
        if token.name == "DLE ENQ":
            return _ORDERS.get(token.raw[2], Order.NOTHING)
        return self._request(token)

    def switch(self, pairs: bytes) -> None:
        """GS ( D: pairs of a DLE DC4 function and 0 or 48 (off), 1 or 49 (on)."""
        for function, state in zip(pairs[::2], pairs[1::2], strict=False):
            if state % 48 == 0:
                self._disabled |= {function}
            elif state % 48 == 1:
                self._disabled -= {function}

    def went_offline(self) -> None:
        """The offline response, if the host wants it."""
        if self.offline_response:
            state, causes = self._body.condition, self.offline_response == 2
            self._body.line.say(answers.offline_response(state, causes=causes))

    def _status(self, raw: bytes) -> bytes:
        number = raw[2]
        if 1 <= number <= 4:
            return build_realtime(number, self._body.condition)
        return _HEALTHY if _SENSORS.get(number) in self._body.model.sensors else b""

    def _request(self, token: Token) -> Order:
        """DLE DC4."""
        function, body = token.raw[2], self._body
        if function in self._disabled:
            return Order.NOTHING
        if function == PULSE:
            self._pulse(token)
        elif function == POWER_OFF:
            body.line.say(answers.POWER_OFF_NOTICE)
            return Order.POWER_OFF
        elif function == BUZZER and body.model.buzzer == "dle-dc4-3":
            body.beeps += token.raw[4]
        elif function == STATUS:
            self._send(token.raw[3])
        elif function == CLEAR:
            body.line.say(answers.BUFFER_CLEARED)
            return Order.FORGET
        return Order.NOTHING

    def _pulse(self, token: Token) -> None:
        try:
            command = parse(token)
        except FrameError:
            return
        if isinstance(command, DrawerPulse):
            self._body.pulse(command)

    def _send(self, number: int) -> None:
        """DLE DC4 7: 1 the four bytes of automatic status, 4 the offline response."""
        state = self._body.condition
        if number == 1:
            self._body.line.say(build_asb(state))
        elif number == 4 and not state.online:
            self._body.line.say(answers.offline_response(state, causes=True))
