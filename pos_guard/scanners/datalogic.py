"""Datalogic scanners on a serial line: lines, commands of one byte, framed answers to some."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames.datalogic import TELLS, Byte, find_reply
from pos_guard.frames.lines import LineSettings
from pos_guard.scanners.asking import AskingLines, Heard, Order, Timing
from pos_guard.scanners.language import Command

_ORDERS = {
    Command.ENABLE: Order(bytes((Byte.ENABLE,))),
    Command.DISABLE: Order(bytes((Byte.DISABLE,))),
    Command.YES: Order(bytes((Byte.GOOD_READ,))),
    Command.IDENTIFY: Order(bytes((Byte.IDENTIFY,)), find_reply),
}
_TRIGGERS = {
    Command.TRIGGER: Order(bytes((Byte.PULL,))),
    Command.STOP: Order(bytes((Byte.RELEASE,))),
}


class DatalogicLanguage(AskingLines):
    """See :class:`~pos_guard.scanners.language.ScannerLanguage`.

    ``powerscan``: a hand scanner whose trigger can be pulled, and which reads no more after "not
    on file": for a no it is enabled again at once. ``commands``: bytes for further commands, which
    get no answer. There is no LOCK: the manuals name no command for it.
    """

    def __init__(
        self,
        settings: LineSettings | None = None,
        commands: Mapping[Command, bytes] | None = None,
        timing: Timing | None = None,
        *,
        powerscan: bool = False,
    ) -> None:
        no = (Byte.NOT_ON_FILE, Byte.ENABLE) if powerscan else (Byte.NOT_ON_FILE,)
        orders = {
            **_ORDERS,
            Command.NO: Order(bytes(no)),
            **(_TRIGGERS if powerscan else {}),
            **{command: Order(data) for command, data in (commands or {}).items()},
        }
        super().__init__(settings, orders, timing)

    def _overhear(self, told: bytes) -> Heard:
        return Heard(tuple(find_reply for byte in told if byte in TELLS))
