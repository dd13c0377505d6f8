"""Which of two values of a policy's key is the stricter one. What cannot be compared is looser."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from pos_guard.frames.receipt_words import DEFAULT_WORDS
from pos_guard.policy.policy import Ages, Window
from pos_guard.policy.readers import Readers, intervals, window
from pos_guard.policy.registry import RULES
from pos_guard.policy.tables import DAYS
from pos_guard.policy.verdict import Mode
from pos_guard.toml_lines import KeyPath

Loosens = Callable[[object, object], bool]
"""Whether the first value is less strict than the second; both are values of the same key."""

_MODES = list(Mode)
_THEN = ("require", "override", "deny")


def loosens(path: KeyPath, value: object, locked: object, readers: Readers) -> bool:
    """Whether a lower layer's ``value`` at ``path`` is less strict than the locked one.

    Paths are those of a merged policy; a limit's second part is its id. Values are raw TOML
    values that were checked before.
    """
    if value == locked:
        return False
    if path[0] == "rules":
        return _rule(str(path[1]), str(path[2]), value, locked)
    compare = _KEYS.get((str(path[0]), str(path[-1])))
    if compare is not None:
        return compare(value, locked)
    if (path[0], path[-1]) in _AMOUNTS:
        return readers.amount(value) > readers.amount(locked)
    if path[0] == "hours" and len(path) == 2:
        return _open_longer(value, locked)
    if path[0] == "payees":
        return not _set(value) <= _set(locked)
    return not (path[0] == "context" and _whole(value) < _whole(locked))


def loosens_silence(path: KeyPath, value: object, readers: Readers) -> bool:
    """Whether a value is less strict than leaving its key out of the table that it stands in."""
    key = (str(path[0]), str(path[-1]))
    if key in _TIGHTEN_ALWAYS:
        return False
    if path[0] == "rules" and path[-1] != "mode":
        options = next(known.options for known in RULES if known.id == path[1])
        return loosens(path, value, options[str(path[2])].default, readers)
    if path[0] == "hours" and path[-1] in DAYS:
        return value != []
    if path[0] == "context":
        return loosens(path, value, getattr(Ages(), str(path[-1])), readers)
    return key not in _SILENCE or loosens(path, value, _SILENCE[key], readers)


def _rule(rule: str, option: str, value: object, locked: object) -> bool:
    if option == "mode":
        return _mode(value, locked)
    options = next(known.options for known in RULES if known.id == rule)
    return options[option].loosens(cast("str | int", value), cast("str | int", locked))


def _mode(value: object, locked: object) -> bool:
    return _MODES.index(Mode(str(value))) < _MODES.index(Mode(str(locked)))


def _more(value: object, locked: object) -> bool:
    return _whole(value) > _whole(locked)


def _more_members(value: object, locked: object) -> bool:
    return not _set(value) <= _set(locked)


def _fewer_members(value: object, locked: object) -> bool:
    return not _set(value) >= _set(locked)


def _fewer_roles(value: object, locked: object) -> bool:
    """Nobody named means everybody: the widest list there is."""
    return bool(_set(value)) and not (_set(locked) and _set(value) >= _set(locked))


def _other_codes(value: object, locked: object) -> bool:
    """No codes at all means that none is asked for; fewer of them are the stricter list."""
    if not _set(locked):
        return False
    return not _set(value) or not _set(value) <= _set(locked)


def _shorter_delay(value: object, locked: object) -> bool:
    """0 means that waiting is no help."""
    if _whole(value) == 0:
        return False
    return _whole(locked) == 0 or _whole(value) < _whole(locked)


def _then(value: object, locked: object) -> bool:
    return _THEN.index(str(value)) < _THEN.index(str(locked))


def _window(value: object, locked: object) -> bool:
    """A longer one adds up more; windows of another kind are not comparable."""
    (kind, seconds), (locked_kind, locked_seconds) = window(value), window(locked)
    return kind is not locked_kind or kind is not Window.ROLLING or seconds < locked_seconds


def _open_longer(value: object, locked: object) -> bool:
    allowed = intervals(locked)
    return not all(
        any(first <= begin and end <= last for first, last in allowed)
        for begin, end in intervals(value)
    )


def _whole(value: object) -> int:
    return int(cast("int", value))


def _set(value: object) -> frozenset[str]:
    return frozenset(str(item) for item in cast("list[object]", value))


def _gives(value: object, locked: object) -> bool:
    return _whole(value) > _whole(locked)


def _takes(value: object, locked: object) -> bool:
    return _whole(value) < _whole(locked)


def _other(value: object, locked: object) -> bool:
    return value != locked


_AMOUNTS = {
    ("roles", "refund_limit"),
    ("roles", "unreferenced_limit"),
    ("roles", "approve_limit"),
    ("roles", "limit"),
    ("limits", "amount"),
}

_TIGHTEN_ALWAYS = {("limits", "amount"), ("limits", "count"), ("roles", "reasons")}
"""Without these keys nothing is limited: any value is the stricter one."""

_SILENCE: dict[tuple[str, str], object] = {
    ("roles", "may"): [],
    ("roles", "may_approve"): False,
    ("roles", "may_resolve"): False,
    ("roles", "totp"): True,
    ("roles", "delay_s"): 0,
    ("limits", "per"): "operator",
    ("limits", "roles"): [],
    ("limits", "then"): "require",
    ("limits", "window"): "transaction",
    ("hours", "holidays"): [],
    ("hours", "zone"): "UTC",
    ("hours", "settled_at"): "00:00",
    ("receipts", "copies"): DEFAULT_WORDS.copies,
    ("payees", "terminals"): [],
    ("payees", "wechat"): [],
    ("payees", "alipay"): [],
    ("payees", "codes"): [],
}
"""What a key that is left out means, where that can be compared."""

_KEYS: dict[tuple[str, str], Loosens] = {
    ("mode", "mode"): _mode,
    ("roles", "may"): _more_members,
    ("roles", "reasons"): _more_members,
    ("roles", "may_approve"): _gives,
    ("roles", "may_resolve"): _gives,
    ("roles", "totp"): _takes,
    ("roles", "delay_s"): _shorter_delay,
    ("limits", "operations"): _fewer_members,
    ("limits", "roles"): _fewer_roles,
    ("limits", "count"): _more,
    ("limits", "then"): _then,
    ("limits", "window"): _window,
    ("hours", "zone"): _other,
    ("hours", "settled_at"): _other,
    ("hours", "holidays"): _fewer_members,
    ("reasons", "reasons"): _other_codes,
    ("receipts", "copies"): _more,
}
