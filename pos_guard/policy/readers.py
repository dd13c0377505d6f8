"""Readers of a policy's values: TOML in, what the tables hold out, or a ValueError saying why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from pos_guard.money import MAX_AMOUNT, Money, MoneyError, exponent
from pos_guard.policy import tables
from pos_guard.policy.policy import OPERATIONS, RuleSetting, Window
from pos_guard.policy.registry import RULES
from pos_guard.policy.rule import OptionKind
from pos_guard.policy.verdict import Mode
from pos_guard.strict import Hook, WrongError, as_table, described, suggestion
from pos_guard.toml_lines import KeyPath

UNLIMITED = "unlimited"
"""The word for a limit that no amount reaches; leaving a limit out never means this."""

_MAX_PAYEE = 128  # an EMV merchant account template holds 99 characters, its name before it
_MAX_SECONDS = 7 * 86_400  # context older than a week is nobody's context
_MAX_VERSION = 2**31 - 1
_MAX_COUNT = 1_000_000  # requests of one window: more than any shop makes
_MAX_WINDOW_S = 31 * 86_400  # what adds up longer than a month is a report, not a limit
_DAY = 1440
_MAX_KEPT = 8  # currencies times modes of the policies that one process reads

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LENGTH = re.compile(r"([1-9]\d{0,6})([smhd])", re.ASCII)
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d)", re.ASCII)
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_PACK = re.compile(r"[^\x00-\x1f]{1,255}")
_LOCK = re.compile(r"[a-z_]+(?:\.[A-Za-z0-9_-]+){0,3}", re.ASCII)


class Readers:
    """Readers of values that depend on the rest of the policy: its currency, its mode."""

    def __init__(self, currency: str, mode: Mode) -> None:
        self._currency = currency
        self._mode = mode
        self.hooks: Mapping[object, Hook] = self._hooks()
        """A reader for each type of its own that the tables use."""

    def _hooks(self) -> dict[object, Hook]:
        return {
            tables.Amount: self.amount,
            tables.Count: partial(_whole, lowest=0, highest=_MAX_COUNT),
            tables.Currency: _currency,
            tables.Date: _date,
            tables.Delay: partial(_whole, lowest=0, highest=_MAX_SECONDS),
            tables.Intervals: intervals,
            tables.LimitId: _code,
            tables.LockPath: partial(_shaped, pattern=_LOCK, like='"rules.refund-window"'),
            tables.Minute: minute,
            tables.Operation: _operation,
            tables.PackName: partial(_shaped, pattern=_PACK, like='"retail" or "../chain.toml"'),
            tables.PayeeId: _payee,
            tables.ReasonCode: _code,
            tables.RuleTables: self.rules,
            tables.Seconds: partial(_whole, lowest=1, highest=_MAX_SECONDS),
            tables.Version: partial(_whole, lowest=1, highest=_MAX_VERSION),
            tables.WindowText: window,
            tables.Zone: _zone,
        }

    def amount(self, value: object) -> int:
        """Minor units of an amount written as text."""
        if type(value) is not str:
            raise ValueError(f'write amounts as text, e.g. "20.00", not as {described(value)}')
        if value == UNLIMITED:
            return MAX_AMOUNT
        try:
            return Money.parse(value, self._currency).amount
        except MoneyError as error:
            raise ValueError(f'{error}, nor "{UNLIMITED}"') from None

    def rules(self, value: object) -> dict[str, RuleSetting]:
        """``[rules.ID]`` tables; every rule checks the options that it declares."""
        wrong: list[tuple[KeyPath, str]] = []
        settings: dict[str, RuleSetting] = {}
        for name, raw in as_table(value).items():
            problems = list(_rule_problems(name, raw))
            if not problems:
                settings[name] = self._setting(as_table(raw))
            wrong += problems
        if wrong:
            raise WrongError(wrong)
        return settings

    def _setting(self, raw: Mapping[str, object]) -> RuleSetting:
        mode = Mode(str(raw.get("mode", self._mode)))
        options = {
            key: value
            for key, value in raw.items()
            if key != "mode" and isinstance(value, str | int)
        }
        return RuleSetting(mode, options)


def readers(currency: object, mode: object) -> Readers:
    """The readers for a policy's raw currency and mode; the same ones whenever they are asked for.

    Where one of the two is wrong itself, the rest is read as for EUR, or as enforced.
    """
    known = Mode(str(mode)) if mode in list(Mode) else Mode.ENFORCE
    return _readers(_known_currency(currency), known)


@lru_cache(maxsize=_MAX_KEPT)
def _readers(currency: str, mode: Mode) -> Readers:
    return Readers(currency, mode)


def window(value: object) -> tuple[Window, int]:
    """``"shift"``, ``"day"``, ``"transaction"``, or a length such as ``"90s"``, ``"7d"``."""
    words = [str(word) for word in Window if word is not Window.ROLLING]
    if isinstance(value, str) and value in words:
        return Window(value), 0
    match = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'must be one of {", ".join(words)}, or a length such as "90s" or "1h"')
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > _MAX_WINDOW_S:
        raise ValueError("is longer than 31 days")
    return Window.ROLLING, seconds


def intervals(value: object) -> tuple[tuple[int, int], ...]:
    """``["09:00-12:30", "18:00-02:00"]`` as minutes; an end before its start is the next day's."""
    if type(value) is not list:
        raise ValueError(f'must be a list such as ["09:00-20:00"], not {described(value)}')
    items: list[object] = [*value]
    return tuple(_span(item) for item in items)


def minute(value: object) -> int:
    """``"23:30"`` as minutes since midnight."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError('must be a time such as "23:30"')
    return int(match[1]) * 60 + int(match[2])


def _span(value: object) -> tuple[int, int]:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[2]) > 59 or int(match[4]) > 59:
        raise ValueError('must be hours such as "09:00-20:00"')
    first, last = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if first >= _DAY or last > _DAY or first == last:
        raise ValueError('must be hours such as "09:00-20:00", all day is "00:00-24:00"')
    return first, last if last > first else last + _DAY


def _rule_problems(name: str, raw: object) -> Iterator[tuple[KeyPath, str]]:
    known = {rule.id: rule.options for rule in RULES}
    if name not in known:
        yield (name,), f"is not a known rule{suggestion(name, known)}"
        return
    try:
        table = as_table(raw)
    except ValueError as error:
        yield (name,), f'{error}, such as {{ mode = "enforce" }}'
        return
    for key, value in table.items():
        message = _option_problem(known[name], key, value)
        if message is not None:
            yield (name, key), message


def _option_problem(options: Mapping[str, OptionKind], key: str, value: object) -> str | None:
    if key == "mode":
        good = value in list(Mode)
        return None if good else f"must be one of {', '.join(Mode)}{suggestion(str(value), Mode)}"
    if key not in options:
        return f"is not an option of this rule{suggestion(key, ['mode', *options])}"
    return None if options[key].accepts(value) else f"must be {options[key].expected()}"


def _known_currency(value: object) -> str:
    """The policy's currency; where it is wrong itself, any with two digits reads the amounts."""
    try:
        return _currency(value)
    except ValueError:
        return "EUR"


def _currency(value: object) -> str:
    text = _text(value, 'text such as "EUR"')
    exponent(text)
    return text


def _operation(value: object) -> str:
    text = _text(value, "text")
    if text not in OPERATIONS:
        raise ValueError(f'"{text}" is not an operation{suggestion(text, OPERATIONS)}')
    return text


def _payee(value: object) -> str:
    if type(value) is not str:
        raise ValueError(f'write ids as text, e.g. "00123", not as {described(value)}')
    if not value or value != value.strip() or not value.isprintable():
        raise ValueError("must be an id without blanks around it")
    if len(value) > _MAX_PAYEE:
        raise ValueError(f"is longer than {_MAX_PAYEE} characters")
    return value


def _zone(value: object) -> str:
    text = _text(value, 'a time zone such as "Europe/Berlin"')
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'"{text}" is not a time zone such as "Europe/Berlin"') from None
    return text


def _date(value: object) -> str:
    text = _text(value, 'a date as text, "2026-12-25"')
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != text:
        raise ValueError('must be a date such as "2026-12-25"')
    return text


def _code(value: object) -> str:
    return _shaped(value, pattern=_CODE, like='"wrong-item"')


def _shaped(value: object, *, pattern: re.Pattern[str], like: str) -> str:
    text = _text(value, f"text such as {like}")
    if not pattern.fullmatch(text):
        raise ValueError(f"must be a name such as {like}")
    return text


def _text(value: object, expected: str) -> str:
    if type(value) is not str:
        raise ValueError(f"must be {expected}, not {described(value)}")
    return value


def _whole(value: object, *, lowest: int, highest: int) -> int:
    if type(value) is not int:
        raise ValueError(f"must be a whole number, not {described(value)}")
    if not lowest <= value <= highest:
        raise ValueError(f"must be from {lowest} to {highest}")
    return value
