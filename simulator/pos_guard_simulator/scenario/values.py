"""Values of a scenario file that TOML has no type for."""

from __future__ import annotations

import math
import re
from typing import NewType, cast

from pos_guard.frames.decoded import Json
from pos_guard.strict import Hook, WrongError, as_table, described
from pos_guard.toml_lines import KeyPath

MAX_SECONDS = 86_400
"""A day: a test that takes longer is none."""

MAX_DEPTH = 8
"""Tables within tables of one field; no operation has more than two."""

Seconds = NewType("Seconds", int)
"""A time, in milliseconds; the file says seconds, and may say 0.5."""

DeviceName = NewType("DeviceName", str)

APP, GUARD, STEP = "app", "guard", "step"
RESERVED = frozenset({APP, GUARD, STEP})
"""What has events and is no device: the program under test, the guard, the time line."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


def read_seconds(value: object) -> Seconds:
    """A number of seconds from 0 to a day, with or without a fraction.

    :raises ValueError: it is something else.
    """
    if type(value) is not int and type(value) is not float:
        raise ValueError(f"must be seconds, such as 5 or 0.5, not {described(value)}")
    if not (math.isfinite(value) and 0 <= value <= MAX_SECONDS):
        raise ValueError(f"must be from 0 to {MAX_SECONDS} seconds")
    return Seconds(round(value * 1000))


def read_name(value: object) -> DeviceName:
    """The name of a device.

    :raises ValueError: it is none, or means something else.
    """
    if type(value) is not str or not _NAME.fullmatch(value):
        raise ValueError("a name is 1 to 32 small letters, digits and -, such as till-2")
    if value in RESERVED:
        raise ValueError(f"{value!r} means something else here: choose another name")
    return DeviceName(value)


def read_json(value: object, depth: int = MAX_DEPTH) -> Json:
    """A value as an operation or an event has it: no fractions, no dates.

    :raises ValueError: it is something else.
    :raises WrongError: of what is inside it.
    """
    if depth == 0:
        raise ValueError("is nested too deeply")
    if type(value) is list:
        items = cast("list[object]", value)
        return [_inside((at,), item, depth) for at, item in enumerate(items)]
    if type(value) is dict:
        table = cast("dict[str, object]", value)
        return {key: _inside((key,), item, depth) for key, item in table.items()}
    if isinstance(value, (str, bool)) or type(value) is int:
        return value
    raise ValueError(f"must be text, a whole number, true or false, not {described(value)}")


def read_fields(value: object) -> dict[str, Json]:
    """A table of such values.

    :raises ValueError: it is no table.
    :raises WrongError: of what is inside it.
    """
    return {key: _inside((key,), item, MAX_DEPTH) for key, item in as_table(value).items()}


def _inside(where: KeyPath, value: object, depth: int) -> Json:
    try:
        return read_json(value, depth - 1)
    except WrongError as error:
        raise WrongError(((*where, *below), said) for below, said in error.parts) from None
    except ValueError as error:
        raise WrongError([(where, str(error))]) from None


JsonFields = NewType("JsonFields", dict[str, Json])

HOOKS: dict[object, Hook] = {
    Seconds: read_seconds,
    DeviceName: read_name,
    JsonFields: read_fields,
}
"""The readers of these types, for ``strict``."""
