"""Orders: what customers owe, as tills told it, and the paid receipts printed for them."""

from __future__ import annotations

from pos_guard.clock import Clock
from pos_guard.errors import StoreError
from pos_guard.model import Order, Source
from pos_guard.money import Money
from pos_guard.store.columns import Row, as_int, as_text
from pos_guard.store.database import Database


class Orders:
    """The tables ``orders`` and ``receipts``. Every write needs an open transaction.

    :raises StoreError: in every method, when the store cannot be read or written.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def put_order(self, order: Order, source: Source) -> None:
        """Keep an order, or its new total."""
        self._database.write(
            "INSERT INTO orders (key, total, currency, source, boot_id, boot_us, wall_us, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(changed), 0) + 1 FROM orders))"
            " ON CONFLICT (key) DO UPDATE SET total = excluded.total, source = excluded.source,"
            " currency = excluded.currency, boot_id = excluded.boot_id,"
            " boot_us = excluded.boot_us, wall_us = excluded.wall_us, changed = excluded.changed",
            order.key,
            order.total.amount,
            order.total.currency,
            source,
            self._clock.boot_id,
            self._clock.boot_us(),
            self._clock.wall_us(),
        )

    def order(self, key: str) -> Order | None:
        """One order."""
        row = self._database.row("SELECT key, total, currency FROM orders WHERE key = ?", key)
        return None if row is None else _order(row)

    def newest_orders(self, limit: int = 20) -> tuple[Order, ...]:
        """Open orders, the last told first."""
        rows = self._database.rows(
            "SELECT key, total, currency FROM orders WHERE closed = 0"
            " ORDER BY changed DESC LIMIT ?",
            limit,
        )
        return tuple(_order(row) for row in rows)

    def close_order(self, key: str) -> None:
        """The order is paid and done, or given up: ``newest_orders`` forgets it.

        :raises StoreError: when there is no such order.
        """
        if not self._database.write("UPDATE orders SET closed = 1 WHERE key = ?", key):
            raise StoreError(f"there is no order {key!r}")

    def copies(self, order_key: str) -> int:
        """How many paid receipts were printed for an order."""
        row = self._database.row("SELECT copies FROM receipts WHERE order_key = ?", order_key)
        return 0 if row is None else as_int(row[0])

    def count_copy(self, order_key: str) -> int:
        """Count one more paid receipt; returns its number, 1 for the first."""
        self._database.write(
            "INSERT INTO receipts (order_key, copies) VALUES (?, 1)"
            " ON CONFLICT (order_key) DO UPDATE SET copies = copies + 1",
            order_key,
        )
        return self.copies(order_key)


def _order(row: Row) -> Order:
    return Order(as_text(row[0]), Money(as_int(row[1]), as_text(row[2])))
