"""The objects that an agent knows, in their order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from pos_guard_simulator.snmp.ber import Oid, Tag, integer_content, oid_content
from pos_guard_simulator.snmp.message import Value


class View:
    """Objects by type and instance: ``{sysDescr: {(0,): text("…")}}``."""

    def __init__(self, objects: Mapping[Oid, Mapping[Oid, Value]]) -> None:
        self._types = frozenset(objects)
        self._values = {
            (*kind, *index): value
            for kind, instances in objects.items()
            for index, value in instances.items()
        }
        self._names = sorted(self._values)

    def get(self, name: Oid) -> Value:
        """Its value, or which of the two exceptions of RFC 3416 4.2.1 stands for it."""
        found = self._values.get(name)
        if found is not None:
            return found
        known = any(name[:size] in self._types for size in range(len(name)))
        return Value(Tag.NO_SUCH_INSTANCE if known else Tag.NO_SUCH_OBJECT)

    def after(self, name: Oid) -> tuple[Oid, Value]:
        """The next object, or ``END_OF_VIEW`` under the same name (RFC 3416 4.2.2)."""
        at = bisect_right(self._names, name)
        if at == len(self._names):
            return name, Value(Tag.END_OF_VIEW)
        found = self._names[at]
        return found, self._values[found]


def whole(number: int) -> Value:
    """An Integer32, or a number that stands for a word."""
    return Value(Tag.INTEGER, integer_content(number))


def gauge(number: int) -> Value:
    """A Gauge32."""
    return Value(Tag.GAUGE, integer_content(number))


def ticks(hundredths: int) -> Value:
    """TimeTicks; they begin anew after 497 days (RFC 2578 7.1.8)."""
    return Value(Tag.TICKS, integer_content(hundredths % 2**32))


def text(words: str) -> Value:
    """A text for people."""
    return octets(words.encode("utf-8"))


def octets(content: bytes) -> Value:
    """Bytes."""
    return Value(Tag.OCTETS, content)


def named(oid: Oid) -> Value:
    """The name of an object."""
    return Value(Tag.OID, oid_content(oid))


def row(
    entry: Oid, index: Oid, columns: Iterable[tuple[int, Value]]
) -> dict[Oid, dict[Oid, Value]]:
    """One row of a table by its columns' numbers; of scalars, with the index 0."""
    return {(*entry, column): {index: value} for column, value in columns}
