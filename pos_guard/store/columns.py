"""What SQLite may hand back, and the checks that turn it into typed values.

A value of another type than its column promises means that somebody else wrote the file.
"""

from __future__ import annotations

from pos_guard.errors import StoreError

Column = str | int | float | bytes | None
Row = tuple[Column, ...]


def as_int(value: object) -> int:
    """An integer column.

    :raises StoreError: for anything else.
    """
    if not isinstance(value, int):
        raise StoreError(f"the store holds {type(value).__name__} where a number belongs")
    return value


def as_text(value: object) -> str:
    """A text column.

    :raises StoreError: for anything else.
    """
    if not isinstance(value, str):
        raise StoreError(f"the store holds {type(value).__name__} where text belongs")
    return value


def as_bytes(value: object) -> bytes:
    """A blob column.

    :raises StoreError: for anything else.
    """
    if not isinstance(value, bytes):
        raise StoreError(f"the store holds {type(value).__name__} where bytes belong")
    return value


def maybe_int(value: object) -> int | None:
    """An integer column that may be NULL.

    :raises StoreError: for anything else.
    """
    return None if value is None else as_int(value)


def maybe_text(value: object) -> str | None:
    """A text column that may be NULL.

    :raises StoreError: for anything else.
    """
    return None if value is None else as_text(value)
