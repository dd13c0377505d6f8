"""Carts: what was bought with a sale, and what came back with its refunds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import cast

from pos_guard.errors import StoreError
from pos_guard.model import Cart, CartLine
from pos_guard.store.columns import as_int, as_text
from pos_guard.store.database import Database

Items = tuple[tuple[str, int], ...]
"""Articles and how many of each, by article."""


class Carts:
    """The table ``carts``. Every write needs an open transaction.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, entry_id: int, cart: Cart) -> None:
        """Keep what one entry was about."""
        lines = [[line.sku, line.quantity, line.unit_price] for line in cart.lines]
        self._database.insert(
            "INSERT INTO carts (entry_id, lines) VALUES (?, ?)",
            entry_id,
            json.dumps(lines, ensure_ascii=False, separators=(",", ":")),
        )

    def of_sale(self, sale_id: str) -> dict[int, tuple[CartLine, ...]]:
        """The lines of every entry of a sale that has any, by the entry's id."""
        rows = self._database.rows(
            "SELECT entry_id, lines FROM carts JOIN entries ON entries.id = entry_id"
            " WHERE sale_id = ?",
            sale_id,
        )
        return {as_int(row[0]): _lines(as_text(row[1])) for row in rows}


def items(carts: dict[int, tuple[CartLine, ...]], entries: Iterable[int]) -> Items:
    """Articles and how many of each, over some entries."""
    counted: Counter[str] = Counter()
    for entry_id in entries:
        for line in carts.get(entry_id, ()):
            counted[line.sku] += line.quantity
    return tuple(sorted(counted.items()))


def _lines(text: str) -> tuple[CartLine, ...]:
    try:
        found = cast("list[tuple[object, object, object]]", json.loads(text))
        return tuple(
            CartLine(as_text(sku), as_int(quantity), as_int(price))
            for sku, quantity, price in found
        )
    except (ValueError, TypeError) as error:
        raise StoreError(f"the store holds a cart that is none: {error}") from error
