"""Readers of pictures, by entry point: only the one that the settings name is loaded."""

from __future__ import annotations

from pos_guard.errors import LocalError
from pos_guard.links.printer_pictures import PictureReader

GROUP = "pos_guard.readers"


def picture_reader(name: str) -> PictureReader | None:
    """A new reader of that name; none for an empty name.

    :raises LocalError: when no installed package has it, or it lacks a library of its own.
    """
    if not name:
        return None
    from importlib.metadata import entry_points  # slow, and most shops name no reader

    found = entry_points(group=GROUP, name=name)
    if not found:
        raise LocalError(
            f'no picture reader "{name}" is installed: pip install "pos-guard[simulator]"'
        )
    make = next(iter(found)).load()
    reader: PictureReader = make()
    return reader
