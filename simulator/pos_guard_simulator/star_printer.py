"""Star Line Mode as a printer runs it; the works are those of every printer (printer_engine).

Sources: Star Line Mode Command Specifications, chapter 5 (status), 3-71 to 3-90. Type is set by
the ESC/POS typesetter, from what each command means in its words (frames/star_meaning).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import FrameError
from pos_guard.frames.escpos_commands import DrawerPulse
from pos_guard.frames.escpos_parse import parse
from pos_guard.frames.escpos_scan import Token
from pos_guard.frames.escpos_status import Condition
from pos_guard.frames.escpos_text import TextReader
from pos_guard.frames.star_meaning import StarMeaning
from pos_guard.frames.star_paper import with_pages
from pos_guard.frames.star_status import MAX_COUNT, build_asb
from pos_guard.frames.star_table import star_scanner
from pos_guard_simulator.printer_engine import Order
from pos_guard_simulator.printer_mechanism import Mechanism
from pos_guard_simulator.printer_typeset import Typesetter
from pos_guard_simulator.typeset_store import MAX_NV, Memory

ASK_STATUS = b"\x1b\x06\x01"
_ASK_VERSION = b"\x1b#*\n\x00"


class Star:
    """The language of Star's own printers."""

    asked_stopped: frozenset[str] = frozenset()
    display = ""
    rows_arrived = 0

    def __init__(self, body: Mechanism) -> None:
        self._body = body
        self._model = with_pages(body.model)
        self._nv = Memory(MAX_NV)
        self._count = self._waiting = 0
        self._etb = False
        self._runs: Mapping[str, Callable[[bytes], None]] = {
            "ESC @": self._initialize,
            "CAN": self._initialize,
            "ETB": self._mark,
            "ESC RS a": self._set_automatic,
            "ESC RS E": lambda _: self._reset_counter(),
            "ESC #": self._tell_version,
        }
        self.power_on()

    def power_on(self) -> None:
        """As new: automatic status is on, but for serial lines (memory switch as delivered)."""
        self._scanner = star_scanner()
        self._meaning = StarMeaning()
        reader = TextReader.of_model(self._model)
        self._typesetter = Typesetter(self._body.roll, reader, self._model, self._nv)
        self._automatic = self._default = self._body.setup.interface != "serial"
        self._arrived, self._tail = 0, b""
        self._reset_counter()

    def forget(self) -> None:
        """The buffers are cleared."""
        self._scanner = star_scanner()
        self._typesetter.forget()
        self._waiting = 0

    def realtime(self, data: bytes) -> list[Token]:
        """ESC ACK SOH is answered on arrival [3-81], also when stopped."""
        window = self._tail + data
        start = self._arrived - len(self._tail)
        self._arrived += len(data)
        found: list[Token] = []
        at = window.find(ASK_STATUS)
        while at >= 0:
            found.append(Token("ESC ACK", ASK_STATUS, start + at))
            at = window.find(ASK_STATUS, at + len(ASK_STATUS))
        done = found[-1].at + len(ASK_STATUS) - start if found else 0
        self._tail = window[max(done, len(window) - len(ASK_STATUS) + 1) :]
        return found

    def at_once(self, token: Token) -> Order:
        """The present status."""
        del token
        self._say()
        return Order.NOTHING

    def scan(self, data: bytes) -> list[Token]:
        """The tokens that these bytes complete."""
        return self._scanner.feed(data)

    def run(self, token: Token) -> None:
        """Act on one token."""
        if token.name in self._runs:
            self._runs[token.name](token.raw)
        for like in self._meaning.like(token):
            self._obey(like)

    def printed(self) -> None:
        """Everything that was set is on paper: each ETB counts, and the printer says so."""
        if not self._waiting or self._typesetter.line_open:
            return
        self._count = (self._count + self._waiting) % MAX_COUNT
        self._waiting, self._etb = 0, True
        if self._automatic:
            self._say()

    def changed(self, before: Condition) -> None:
        """Automatic status."""
        del before
        if self._automatic:
            self._say()

    def _initialize(self, raw: bytes) -> None:
        """ESC @ and CAN: the counter is 0, automatic status as at power on."""
        del raw
        self._reset_counter()
        self._automatic = self._default

    def _mark(self, raw: bytes) -> None:
        del raw
        self._waiting += 1

    def _set_automatic(self, raw: bytes) -> None:
        """ESC RS a n; switched on, it begins with the present status."""
        self._automatic = bool(raw[3] % 48)
        if self._automatic:
            self._say()

    def _tell_version(self, raw: bytes) -> None:
        """ESC # * LF NUL [3-87]; the other forms set memory switches."""
        if raw == _ASK_VERSION:
            name = self._model.identity.get(67, "TSP700II").encode("ascii", "replace")
            self._body.line.answer(b"\x1b#*," + name + b" Ver. 1.0\n\x00")

    def _reset_counter(self) -> None:
        self._count = self._waiting = 0
        self._etb = False

    def _say(self) -> None:
        """The status; that an ETB was reached is told once [5-9]."""
        self._body.line.say(build_asb(self._body.condition, etb=self._etb, count=self._count))
        self._etb = False

    def _obey(self, like: Token) -> None:
        if like.name == "ESC B":
            self._body.beeps += like.raw[2]
            return
        if like.name in ("ESC p", "DLE DC4"):
            self._pulse(like)
            return
        self._typesetter.run(like)

    def _pulse(self, like: Token) -> None:
        try:
            command = parse(like)
        except FrameError:
            return
        if isinstance(command, DrawerPulse):
            self._body.pulse(command)
