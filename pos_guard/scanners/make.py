"""The language of a scanner model, made from its facts and from what its owner set.

Each language is imported when it is wanted: a till with one serial scanner loads one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pos_guard.errors import LocalError
from pos_guard.frames.lines import End, LineSettings
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.frames.symbology import Vendor
from pos_guard.scanners.asking import Timing
from pos_guard.scanners.language import Command, ScannerLanguage

if TYPE_CHECKING:
    from pos_guard.scanners.evdev_line import KeySettings
    from pos_guard.scanners.hid_pos import HidPosSettings
    from pos_guard.scanners.ssi import SsiSettings


@dataclass(frozen=True, slots=True)
class LanguageSettings:
    """What the owner of a scanner set; None and empty: as the model says, or the usual.

    ``lines``: line end, prefix, suffix and identifiers. ``commands``: bytes of commands beyond
    those of the language, of scanners on a serial line. ``setup``: settings to send whenever the
    scanner is there, of Honeywell menus and Newland's unified commands. ``idle_seconds``: silence
    that ends a scan. ``lock``: no set-up codes from the connection on, where it can. ``layout``:
    of HID POS reports, or the keyboard layout (``us``) of one that types. ``boot``: the port puts
    a keyboard into the boot protocol (not hidraw). ``encoding``: of one that types text. ``ssi``,
    ``hid_pos`` and ``keys``: all settings of that language, in place of those above.
    """

    lines: LineSettings | None = None
    commands: Mapping[Command, bytes] = field(default_factory=dict[Command, bytes])
    setup: tuple[str, ...] = ()
    idle_seconds: float | None = None
    reply_seconds: float | None = None
    lock: bool = True
    host_trigger: bool = False
    layout: str = ""
    boot: bool = True
    encoding: str = ""
    ssi: SsiSettings | None = None
    hid_pos: HidPosSettings | None = None
    keys: KeySettings | None = None


def make_language(model: ScannerModel, settings: LanguageSettings | None = None) -> ScannerLanguage:
    """The host's side of this scanner.

    :raises LocalError: for a setting that this language does not have.
    """
    settings = settings or LanguageSettings()
    _check(model, settings)
    return _MAKERS[model.language](model, settings)


def line_settings(model: ScannerModel) -> LineSettings:
    """How this model's scans come as it leaves its factory."""
    return LineSettings(
        End(model.end), model.prefix, model.suffix, model.aim, Vendor(model.code_ids)
    )


_SET_UP = frozenset({"honeywell", "newland"})
_COMMANDED = frozenset({"lines", "honeywell", "datalogic", "de2120", "newland", "em3000"})
_TYPING = frozenset({"hid-keyboard", "evdev"})
_LAID_OUT = frozenset({"hid-pos", *_TYPING})


def _check(model: ScannerModel, settings: LanguageSettings) -> None:
    language = model.language
    wrong = (
        ("setup", settings.setup and language not in _SET_UP),
        ("commands", settings.commands and language not in _COMMANDED),
        ("layout", settings.layout and language not in _LAID_OUT),
        ("host_trigger", settings.host_trigger and language != "ssi"),
        ("ssi", settings.ssi is not None and language != "ssi"),
        ("hid_pos", settings.hid_pos is not None and language != "hid-pos"),
        ("keys", settings.keys is not None and language not in _TYPING),
        ("encoding", settings.encoding and language not in _TYPING),
    )
    for name, refused in wrong:
        if refused:
            raise LocalError(f"a scanner with the language {language} has no setting {name}")


def _lines(model: ScannerModel, settings: LanguageSettings) -> LineSettings:
    return settings.lines or line_settings(model)


def _commands(model: ScannerModel, settings: LanguageSettings) -> dict[Command, bytes]:
    own = {Command(name): data for name, data in model.commands.items()}
    return {**own, **settings.commands}


def _timing(settings: LanguageSettings, usual: Timing | None = None) -> Timing:
    usual = usual or Timing()
    idle, reply = settings.idle_seconds, settings.reply_seconds
    return Timing(
        usual.idle_seconds if idle is None else idle,
        usual.reply_seconds if reply is None else reply,
    )


def _plain(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.lines import LineLanguage

    return LineLanguage(_lines(model, settings), _commands(model, settings), _timing(settings))


def _honeywell(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.honeywell import HoneywellLanguage

    lines, commands = _lines(model, settings), _commands(model, settings)
    return HoneywellLanguage(lines, commands, _timing(settings), setup=settings.setup)


def _datalogic(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.datalogic import DatalogicLanguage

    lines, commands = _lines(model, settings), _commands(model, settings)
    powerscan = "not-on-file-disables" in model.quirks
    return DatalogicLanguage(lines, commands, _timing(settings), powerscan=powerscan)


def _de2120(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.de2120 import De2120Language

    return De2120Language(_lines(model, settings), _commands(model, settings), _timing(settings))


def _newland(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.newland import NewlandLanguage

    lines, commands = _lines(model, settings), _commands(model, settings)
    return NewlandLanguage(lines, commands, _timing(settings), setup=settings.setup)


def _em3000(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.em3000 import Em3000Language

    return Em3000Language(_lines(model, settings), _commands(model, settings), _timing(settings))


def _register(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.register import TIMING, RegisterLanguage

    timing = _timing(settings, TIMING)
    return RegisterLanguage(model, _lines(model, settings), timing, lock=settings.lock)


def _ssi(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.ssi import SsiLanguage, SsiSettings

    usual = SsiSettings()
    idle, reply = settings.idle_seconds, settings.reply_seconds
    return SsiLanguage(
        settings.ssi
        or SsiSettings(
            lock=settings.lock,
            host_trigger=settings.host_trigger,
            response_seconds=usual.response_seconds if reply is None else reply,
            code=_lines(model, settings),
            idle_seconds=usual.idle_seconds if idle is None else idle,
        )
    )


def _hid_pos(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.hid_pos import HidPosLanguage, HidPosSettings

    usual = HidPosSettings()
    idle, reply = settings.idle_seconds, settings.reply_seconds
    return HidPosLanguage(
        settings.hid_pos
        or HidPosSettings(
            layout=settings.layout or usual.layout,
            vendor=_lines(model, settings).code_ids,
            part_seconds=usual.part_seconds if idle is None else idle,
            reply_seconds=usual.reply_seconds if reply is None else reply,
        )
    )


def _keyboard(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.hid_keyboard import HidKeyboardLanguage

    return HidKeyboardLanguage(key_settings(model, settings), boot=settings.boot)


def _evdev(model: ScannerModel, settings: LanguageSettings) -> ScannerLanguage:
    from pos_guard.scanners.evdev import EvdevLanguage

    return EvdevLanguage(key_settings(model, settings))


def key_settings(model: ScannerModel, settings: LanguageSettings) -> KeySettings:
    """How a scanner that types does it; for whoever types in its place."""
    from pos_guard.scanners.evdev_line import KeyEnd, KeySettings

    if settings.keys is not None:
        return settings.keys
    usual, lines = KeySettings(), _lines(model, settings)
    ends = {End.TAB: KeyEnd.TAB, End.ANY: KeyEnd.ANY, End.IDLE: KeyEnd.IDLE}
    idle = settings.idle_seconds
    return KeySettings(
        keymap=settings.layout or usual.keymap,
        end=ends.get(lines.end, KeyEnd.ENTER),
        prefix=lines.prefix,
        suffix=lines.suffix,
        aim=lines.aim,
        encoding=settings.encoding or model.encoding,
        vendor=lines.code_ids,
        gap_seconds=usual.gap_seconds if idle is None else idle,
    )


_Maker = Callable[[ScannerModel, LanguageSettings], ScannerLanguage]

_MAKERS: Mapping[str, _Maker] = {
    "lines": _plain,
    "honeywell": _honeywell,
    "datalogic": _datalogic,
    "de2120": _de2120,
    "newland": _newland,
    "em3000": _em3000,
    "register": _register,
    "ssi": _ssi,
    "hid-pos": _hid_pos,
    "hid-keyboard": _keyboard,
    "evdev": _evdev,
}
