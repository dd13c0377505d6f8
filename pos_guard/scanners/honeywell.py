"""Honeywell scanners on a serial line: lines, trigger, beep and menu commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pos_guard.frames.honeywell import (
    BEEP,
    TRIGGER,
    UNTRIGGER,
    build_menu,
    count_programs,
    find_menus,
    find_program_reply,
    find_reply,
    parse_menu,
)
from pos_guard.frames.lines import LineSettings
from pos_guard.scanners.asking import AskingLines, Heard, Order, Timing
from pos_guard.scanners.language import Command, Items, Send


class HoneywellLanguage(AskingLines):
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    ``setup``: menu settings (``232BAD9``) sent whenever the scanner is there, kept by it only
    while it has power. ``commands``: bytes for further commands, which get no answer. There is no
    LOCK: the manuals have no setting that turns set-up codes off.

    :raises LocalError: for a set-up that no menu can hold.
    """

    def __init__(
        self,
        settings: LineSettings | None = None,
        commands: Mapping[Command, bytes] | None = None,
        timing: Timing | None = None,
        *,
        setup: Sequence[str] = (),
    ) -> None:
        identify = build_menu(["REVINF"], permanent=True)
        orders = {
            Command.TRIGGER: Order(TRIGGER),
            Command.STOP: Order(UNTRIGGER),
            Command.NO: Order(BEEP),
            Command.IDENTIFY: Order(identify, find_reply(b"REV")),
            **{command: Order(data) for command, data in (commands or {}).items()},
        }
        super().__init__(settings, orders, timing)
        self._setup = build_menu(setup) if setup else b""

    def connected(self, descriptor: bytes = b"") -> Items:
        """The scanner is there (again): it gets its set-up."""
        items = super().connected(descriptor)
        if self._setup:
            self._expect(None, find_reply(parse_menu(self._setup).tag))
            items.append(Send(self._setup))
        return items

    def _overhear(self, told: bytes) -> Heard:
        menus, rest = find_menus(told)
        programs, begun = count_programs(told)
        answers = [find_reply(menu.tag) for menu in menus]
        return Heard((*answers, *[find_program_reply] * programs), rest or begun)
