"""Newland scanners with unified commands on a serial line: lines, settings, framed answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pos_guard.frames import newland_old
from pos_guard.frames.lines import LineSettings
from pos_guard.frames.newland import build_command, find_commands, find_reply
from pos_guard.frames.reply_search import Search
from pos_guard.scanners.asking import AskingLines, Heard, Order, Timing
from pos_guard.scanners.language import Command, Items, Send

# Frequency in Hz and F, duration in ms and T; colour (0 red, 2 green) and C, duration and D.
_YES = ("BEEPON2700F80T", "LEDONS2C500D")
_NO = ("BEEPON400F600T", "LEDONS0C1000D")

_ORDERS = {
    Command.TRIGGER: ("SCNTRG1",),
    Command.STOP: ("SCNTRG0",),
    Command.ENABLE: ("SCNENA1",),
    Command.DISABLE: ("SCNENA0",),
    Command.YES: _YES,
    Command.NO: _NO,
    Command.IDENTIFY: ("QRYSYS",),
}


class NewlandLanguage(AskingLines):
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    All commands are temporary: the scanner forgets them when its power is off. ``setup``: settings
    sent whenever the scanner is there. ``commands``: bytes for further commands, unified or of
    older scanners (FM100, BS80), whose answers are known too.
    There is no LOCK: a scanner of this kind reads set-up codes only after the code "Enter Setup",
    and no command that refuses that one is published.

    :raises LocalError: for a set-up that no command can hold.
    """

    def __init__(
        self,
        settings: LineSettings | None = None,
        commands: Mapping[Command, bytes] | None = None,
        timing: Timing | None = None,
        *,
        setup: Sequence[str] = (),
    ) -> None:
        known = {command: build_command(words) for command, words in _ORDERS.items()}
        orders = {
            command: Order(data, next(iter(_due_to(data)[0]), None))
            for command, data in {**known, **(commands or {})}.items()
        }
        super().__init__(settings, orders, timing)
        self._setup = build_command(setup) if setup else b""

    def connected(self, descriptor: bytes = b"") -> Items:
        """The scanner is there (again): it gets its set-up."""
        items = super().connected(descriptor)
        if self._setup:
            self._expect(None, find_reply)
            items.append(Send(self._setup))
        return items

    def _overhear(self, told: bytes) -> Heard:
        answers, rest = _due_to(told)
        return Heard(tuple(answers), rest)


def _due_to(sent: bytes) -> tuple[list[Search], bytes]:
    """The answers that are due to these bytes for a scanner, and a command half sent."""
    unified, rest = find_commands(sent)
    older, older_rest = newland_old.find_commands(sent)
    if unified:
        return [find_reply] * len(unified), rest
    return older, rest or older_rest
