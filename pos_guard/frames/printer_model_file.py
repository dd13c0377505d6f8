"""A model file of one's own: TOML text in, a checked PrinterModel out. Pure."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from typing import Literal, cast, get_args, get_origin, get_type_hints

from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import QUIRKS, PrinterModel, build_model, model_table

MAX_TEXT = 65_536
"""Characters of a model file: those that come with this package have 2,000 at most."""

_LEAST = {"dots": 100, "columns": 8, "buffer": 256, "image_rows": 1}
_MOST = {"dots": 2_000, "columns": 200, "buffer": 1 << 20, "image_rows": 65_535}
"""Below and above these no receipt printer is known: a slip of the keyboard."""


def parse_model(name: str, text: str) -> PrinterModel:
    """The model that this file describes; ``like`` may name any model that comes with this package.

    :raises LocalError: when it is no TOML, a key is unknown or of the wrong type, a number makes
        no sense, or an encoding or a quirk is not known.
    """
    if len(text) > MAX_TEXT:
        raise LocalError(f"printer model {name}: the file is too long")
    try:
        own: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LocalError(f"printer model {name}: {error}") from error
    table = model_table(own)
    hints = get_type_hints(PrinterModel)
    for key, value in table.items():
        if key in hints and not _fits(value, hints[key]):
            raise LocalError(f"printer model {name}: {key} cannot be {value!r}")
    for key in ("title", "sources"):
        if key not in table:
            raise LocalError(f"printer model {name}: {key} is missing")
    model = build_model(name, table)
    _check_numbers(model)
    _check_names(model)
    return model


def _fits(value: object, hint: object) -> bool:
    """Whether a TOML value is what a field of PrinterModel takes."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind is Literal:
        return value in inner
    if kind is None:
        return type(value) is cast("type[object]", hint)
    if issubclass(cast("type[object]", kind), Mapping):
        return isinstance(value, dict) and all(
            key.isdecimal() and int(key) < 256 and isinstance(text, str)
            for key, text in cast("dict[str, object]", value).items()
        )
    if not isinstance(value, list):
        return False
    items = cast("list[object]", value)
    if kind is tuple and inner[-1] is not Ellipsis:
        return len(items) == len(inner) and all(map(_fits, items, inner))
    return all(_fits(item, inner[0]) for item in items)


def _check_numbers(model: PrinterModel) -> None:
    for key, least in _LEAST.items():
        if not least <= getattr(model, key) <= _MOST[key]:
            raise LocalError(
                f"printer model {model.name}: {key} is between {least} and {_MOST[key]}"
            )


def _check_names(model: PrinterModel) -> None:
    unknown = sorted(model.quirks - set(QUIRKS))
    if unknown:
        known = ", ".join(QUIRKS)
        raise LocalError(f"printer model {model.name}: no quirk {unknown[0]}: there are {known}")
    for codec in filter(None, (model.encoding, model.kanji, *model.code_pages.values())):
        try:
            codecs.lookup(codec)
        except LookupError as error:
            raise LocalError(f"printer model {model.name}: no encoding {codec!r}") from error
