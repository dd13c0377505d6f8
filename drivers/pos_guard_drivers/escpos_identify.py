"""Who is there: which language a printer speaks, and what it says of itself.

The questions of both languages are sent together and the answers tell them apart (as
ReceiptPrinterStatus does): ``10 04 01`` is nothing in Star Line Mode, ``1B 06 01`` nothing in
ESC/POS. Neither prints. The names (GS I) are asked one by one: Epson allows no data between
question and answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pos_guard.errors import PortTimeoutError
from pos_guard.frames.escpos_build import realtime_status
from pos_guard.frames.escpos_replies import Reply
from pos_guard.frames.printer_lookup import model_by_name
from pos_guard.frames.printer_models import Language, PrinterModel, printer_model
from pos_guard.ports.base import Port
from pos_guard_drivers.deadline import Deadline
from pos_guard_drivers.escpos_dialogue import READ_BYTES, Dialogue

STAR_STATUS = b"\x1b\x06\x01"
"""ESC ACK SOH: Star Line Mode manual, real-time status request."""

LANGUAGE_SECONDS = 1.5
"""How long an answer in either language is waited for."""
NAME_SECONDS = 1.0
"""How long each name is waited for: a printer that has none stays silent."""
MAX_STAR_STATUS = 32
"""Bytes read of a Star status: its own header allows at most 31."""
MAX_NAME = 80
"""Characters kept of a name that a printer gives itself (Epson: GS I, at most 80)."""

_NAMES = MappingProxyType({65: "firmware", 66: "maker", 67: "model", 68: "serial"})


@dataclass(frozen=True, slots=True)
class Identity:
    """What a printer told. ``language`` None: it answered in none that we know.

    ``answers`` are its texts to GS I by number, printable characters only.
    """

    language: Language | None = None
    answers: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def maker(self) -> str:
        """GS I 66."""
        return self.answers.get(66, "")

    @property
    def model(self) -> str:
        """GS I 67."""
        return self.answers.get(67, "")

    @property
    def firmware(self) -> str:
        """GS I 65."""
        return self.answers.get(65, "")

    @property
    def known(self) -> PrinterModel | None:
        """The model data that fit, or None: then the settings must say."""
        if self.language == "star":
            return printer_model("star-line")
        return model_by_name(self.model, self.maker) if self.language else None


def identify(port: Port, seconds: float) -> Identity:
    """Ask a printer who it is. Prints nothing; leaves the port open.

    :raises PortClosedError: when the printer is gone. Silence raises nothing.
    """
    deadline = Deadline(seconds)
    language = _language(port, deadline)
    if language != "escpos":
        return Identity(language)
    dialogue = Dialogue(port)
    answers: dict[int, str] = {}
    for number in _NAMES:
        name = _name(dialogue, number, deadline.at_most(NAME_SECONDS))
        if name:
            answers[number] = name
    return Identity(language, MappingProxyType(answers))


def _language(port: Port, deadline: Deadline) -> Language | None:
    end = deadline.at_most(LANGUAGE_SECONDS)
    said = b""
    try:
        port.write(realtime_status(1) + STAR_STATUS, end.left)
        while end.left and len(said) < MAX_STAR_STATUS:
            said += port.read(READ_BYTES, end.left)
            found = _spoken(said)
            if found is not None:
                return found
    except PortTimeoutError:
        return None
    return None


def _spoken(said: bytes) -> Language | None:
    """Which language these bytes are an answer in: each has its own fixed bits."""
    for at, byte in enumerate(said):
        if byte & 0x93 == 0x12:
            return "escpos"
        # Star: the first byte is 0xx0xxx1, and the second, the version, 0xx0xxx0.
        if byte & 0x91 == 0x01 and said[at + 1 : at + 2] and said[at + 1] & 0x91 == 0:
            return "star"
    return None


def _name(dialogue: Dialogue, number: int, deadline: Deadline) -> str:
    try:
        dialogue.forget("block")
        dialogue.send(bytes((0x1D, 0x49, number)), deadline)
        reply = dialogue.wait(_is_name, deadline)
    except PortTimeoutError:
        return ""
    if reply is None:
        return ""
    text = reply.raw[1:-1].decode("ascii", "replace")[:MAX_NAME]
    return "".join(char for char in text if char.isascii() and char.isprintable()).strip()


def _is_name(reply: Reply) -> bool:
    return reply.kind == "block" and reply.raw[:1] == b"\x5f"
