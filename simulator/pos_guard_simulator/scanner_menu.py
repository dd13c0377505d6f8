"""Simulated Honeywell and Newland scanners with menus: settings, queries, triggers, reports."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.frames import honeywell, newland
from pos_guard.frames.honeywell import MenuItem, Status
from pos_guard.links.session import Effects, ToApp
from pos_guard_simulator.scanner import ScannerTwinSettings
from pos_guard_simulator.scanner_menu_session import SessionScanner

REPORT = b"Product Name: Voyager 1602g\r\nBoot Revision: : 8992\r\n"
"""How a Voyager begins to tell what it is (python_hon_usbhid, captured)."""

MAX_TOLD = 1024
"""Bytes of a command that is not whole yet."""


_HONEYWELL = {
    "CBRENA": "1",
    "CBRSSX": "0",
    "CBRCK2": "0",
    "CBRCCT": "1",
    "CBRMIN": "2",
    "CBRMAX": "60",
    "CBRDFT": "",
    "232BAD": "5",
}
"""The settings of the manuals' examples: 2020/4820 p. 12-4, Canmax CM-2D202 p. 191."""

_HONEYWELL_RANGES = {
    "CBRENA": frozenset("01"),
    "CBRSSX": frozenset("01"),
    "232BAD": frozenset("0123456789"),
}


class Menu:
    """Settings by tag and subtag (six characters), some of them kept over a loss of power.

    ``values`` are the settings that there are, with what they hold at the factory; ``allowed``
    names the values that one may have, where not all.
    """

    def __init__(
        self, values: Mapping[str, str], allowed: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._factory = dict(values)
        self._allowed = dict(allowed or {})
        self._kept = dict(values)
        self.now = dict(values)

    def power_cut(self) -> None:
        """What was not kept is gone."""
        self.now = dict(self._kept)

    def obey(self, settings: tuple[bytes, ...], ask: str, *, keep: bool) -> list[MenuItem]:
        """Each setting with its status. ``ask``: the marks for value, default and range."""
        items: list[MenuItem] = []
        tag = ""
        for raw in filter(None, settings):
            text = raw.decode("latin-1")
            # After a comma stands only the subtag of the tag before.
            known = text[:6] in self.now or text[:3] in {name[:3] for name in self.now}
            text = text if known or not tag else tag + text
            tag = text[:3]
            items += self._asked(text, ask) if text[-1] in ask else [self._set(text, keep=keep)]
        return items

    def _asked(self, text: str, ask: str) -> list[MenuItem]:
        name, mark = text[:-1], text[-1]
        found = [known for known in self.now if known.startswith(name)]
        if not found:
            return [MenuItem(name.encode("latin-1"), Status.ENQ)]
        tells = (self.now, self._factory, {key: self._range(key) for key in found})
        values = tells[ask.index(mark)]
        # The tag is told once: CBRENA1, then SSX0 (Honeywell 2020/4820 manual p. 12-4).
        parts = [known if at == 0 else known[3:] for at, known in enumerate(found)]
        return [
            MenuItem((part + values[known]).encode("latin-1"), Status.ACK)
            for part, known in zip(parts, found, strict=True)
        ]

    def _range(self, name: str) -> str:
        return "|".join(sorted(self._allowed.get(name, frozenset())))

    def _set(self, text: str, *, keep: bool) -> MenuItem:
        name, value = text[:6], text[6:]
        allowed = self._allowed.get(name)
        status = Status.ACK
        if name not in self.now:
            status = Status.ENQ
        elif allowed is not None and value not in allowed:
            status = Status.NAK
        else:
            self.now[name] = value
            if keep:
                self._kept[name] = value
        return MenuItem(text.encode("latin-1"), status)


class HoneywellScanner(SessionScanner):
    """Trigger, beep, menu commands, and a report on itself.

    ``free`` False is the serial trigger mode. Its menu has the settings of the manuals' examples.
    """

    def __init__(self, settings: ScannerTwinSettings | None = None, *, free: bool = True) -> None:
        super().__init__(settings, free=free)
        self.report = REPORT
        self.menu = Menu(_HONEYWELL, _HONEYWELL_RANGES)
        self._told = b""

    def data(self, data: bytes) -> Effects:
        """The host sent bytes."""
        super().data(data)
        self._told += data
        effects: Effects = []
        while self._told:
            step = self._next()
            if step is None:
                break
            effects += step
        self._told = self._told[-MAX_TOLD:]
        return effects

    def _next(self) -> Effects | None:
        """Take one command, or what is none, from the front; None: it is not whole."""
        told = self._told
        if not told.startswith(b"\x16"):
            self._told = told[max(1, told.find(b"\x16")) if b"\x16" in told else len(told) :]
            return []
        if len(told) < 3:
            return None
        head, rest = told[:3], told[3:]
        if head == honeywell.MENU:
            stop = min((at for mark in b".!" if (at := rest.find(mark)) >= 0), default=-1)
            if stop < 0:
                return None
            self._told = rest[stop + 1 :]
            return self._menu(rest[:stop], keep=rest[stop : stop + 1] == b".")
        self._told = rest
        if head == honeywell.TRIGGER:
            return self.start()
        return self.stop() if head == honeywell.UNTRIGGER else []

    def _menu(self, told: bytes, *, keep: bool) -> Effects:
        settings = tuple(part for part in told.replace(b";", b",").split(b",") if len(part) > 2)
        if not settings:
            return []
        if settings[0].upper() == b"REVINF":
            item = MenuItem(settings[0], Status.ACK)
            return [ToApp(honeywell.build_reply([item], permanent=keep, text=self.report))]
        items = self.menu.obey(settings, "?^*", keep=keep)
        return [ToApp(honeywell.build_reply(items, permanent=keep))]


class NewlandScanner(SessionScanner):
    """Unified commands: trigger, enable, sounds and lamps, settings kept or not."""

    def __init__(self, settings: ScannerTwinSettings | None = None, *, free: bool = True) -> None:
        super().__init__(settings, free=free)
        self.report = "Product Name: HR52"
        self.signals: list[str] = []
        self.menu = Menu({"DFMADD": "", "C11ENA": "0"}, {"C11ENA": frozenset("01")})
        self._told = b""

    def data(self, data: bytes) -> Effects:
        """The host sent bytes."""
        super().data(data)
        commands, self._told = newland.find_commands(self._told + data)
        effects: Effects = []
        for command in commands:
            effects += self._obey(command)
        return effects

    def _obey(self, command: newland.Unified) -> Effects:
        items: list[MenuItem] = []
        after: Effects = []
        for setting in command.settings:
            done = self._act(setting.decode("latin-1"))
            if done is None:
                items += self.menu.obey((setting,), "*&^", keep=command.permanent)
                continue
            after += done
            told = setting + self.report.encode("latin-1") if setting == b"QRYSYS" else setting
            items.append(MenuItem(told, Status.ACK))
        return [ToApp(newland.build_reply(items, permanent=command.permanent)), *after]

    def _act(self, setting: str) -> Effects | None:
        """What it does at once; None: it is a setting."""
        match setting[:6], setting[6:]:
            case "SCNTRG", on:
                return self.start() if on == "1" else self.stop()
            case "SCNENA", on:
                self.enabled = on == "1"
            case "BEEPON" | "LEDONS", how:
                self.signals.append(setting[:6] + how)
            case "QRYSYS", _:
                pass
            case _:
                return None
        return []
