"""Merges the layers of a policy: what is locked can only be tightened below, the rest is replaced.

Works on raw TOML values that were checked layer by layer. Every value keeps the layer that it came
from, so that a problem in the whole is told where it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from pos_guard.errors import Problem
from pos_guard.policy.layers import Layer
from pos_guard.policy.readers import Readers
from pos_guard.policy.tighter import loosens, loosens_silence
from pos_guard.toml_lines import KeyPath

_OWN = ("name", "version", "extends", "locked")
"""Keys that belong to one layer and are never inherited."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One value, and where it stands in which layer; ``lock``: the layer that locked it."""

    value: object
    layer: Layer
    place: KeyPath
    lock: Layer | None = None


class Merged:
    """The values of all layers as one, and the problems of putting them together."""

    def __init__(self, layers: Sequence[Layer], readers: Readers) -> None:
        self.layers = layers
        self.problems: list[Problem] = []
        self._readers = readers
        self._leaves: dict[KeyPath, _Leaf] = {}
        self._closed: dict[KeyPath, Layer] = {}
        for layer in layers:
            self._add(layer)

    def data(self) -> dict[str, object]:
        """The merged file, as if one person had written it."""
        last = self.layers[-1].data
        merged: dict[str, object] = {key: last[key] for key in ("name", "version") if key in last}
        for path, leaf in self._leaves.items():
            table = merged
            for key in path[:-1]:
                table = cast("dict[str, object]", table.setdefault(str(key), {}))
            if leaf.value == {}:
                table.setdefault(str(path[-1]), {})
            else:
                table[str(path[-1])] = leaf.value
        limits = merged.get("limits")
        if isinstance(limits, dict):
            named = cast("dict[str, dict[str, object]]", limits)
            merged["limits"] = [{"id": key} | limit for key, limit in named.items()]
        return merged

    def locked_rules(self) -> dict[str, str]:
        """Rules that are locked as a whole, and the name of the layer that did it."""
        return {
            str(path[1]): str(leaf.lock.data.get("name"))
            for path, leaf in self._leaves.items()
            if path[0] == "rules" and path[-1] == "mode" and leaf.lock is not None
        }

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem of the whole, told in the lowest layer that speaks of the key."""
        own = self._named(path)
        for length in range(len(own), 0, -1):
            for layer in reversed(self.layers):
                found = [leaf for at, leaf in self._leaves.items() if at[:length] == own[:length]]
                here = [leaf for leaf in found if leaf.layer is layer]
                if here:
                    place = here[0].place
                    return layer.problem((*place[:length], *own[length:]), message)
        return self.layers[-1].problem(path, message)

    def _named(self, path: KeyPath) -> KeyPath:
        """A limit's place in the merged list, as its id."""
        if len(path) < 2 or path[0] != "limits" or not isinstance(path[1], int):
            return path
        ids = list(dict.fromkeys(at[1] for at in self._leaves if at[0] == "limits"))
        return ("limits", ids[path[1]], *path[2:])

    def _add(self, layer: Layer) -> None:
        self._check_ids(layer)
        stated = dict(_leaves(layer))
        locks = [tuple(text.split(".")) for text in _locks(layer)]
        for index, lock in enumerate(locks):
            if not any(at[: len(lock)] == lock for at in stated):
                message = "locks nothing: the layer that locks a key states it, too"
                self.problems.append(layer.problem(("locked", index), message))
        for lock in locks:
            if lock[0] == "rules" and len(lock) == 2:
                # A locked rule decides, whatever mode the layers below have for the others.
                stated.setdefault((*lock, "mode"), ("enforce", lock))
        for path, (value, own) in stated.items():
            locked = any(path[: len(at)] == at for at in locks)
            self._put(path, _Leaf(value, layer, own, layer if locked else None))
        for lock in locks:
            self._closed[lock] = layer
            self._close(lock, layer)

    def _close(self, lock: KeyPath, layer: Layer) -> None:
        """What the locking layer inherits below its lock is locked as if it had stated it."""
        for path, leaf in self._leaves.items():
            if path[: len(lock)] == lock and leaf.lock is None:
                self._leaves[path] = replace(leaf, lock=layer)

    def _check_ids(self, layer: Layer) -> None:
        """One file names a limit once; a lower layer may change it."""
        limits = cast("list[Mapping[str, object]]", layer.data.get("limits", []))
        ids = [limit["id"] for limit in limits]
        for index, name in enumerate(ids):
            if name in ids[:index]:
                message = f"{name} is the id of an earlier limit"
                self.problems.append(layer.problem(("limits", index, "id"), message))

    def _put(self, path: KeyPath, leaf: _Leaf) -> None:
        old = self._leaves.get(path)
        if old is None:
            self._check_new(path, leaf)
            self._leaves[path] = leaf
            return
        looser = loosens(path, leaf.value, old.value, self._readers)
        if looser and old.lock is not None and leaf.lock is None:
            message = f"loosens what {old.lock.label} locks ({old.layer.place(old.place)})"
            self.problems.append(leaf.layer.problem(leaf.place, message))
            return
        lock = leaf.lock or old.lock
        # A lock never loosens what stands above it: of two, the stricter one counts.
        keep = looser and leaf.lock is not None and self._stricter(path, old, leaf)
        kept = old if keep else leaf
        self._leaves[path] = _Leaf(kept.value, kept.layer, kept.place, lock)

    def _check_new(self, path: KeyPath, leaf: _Leaf) -> None:
        """A key that a locked table left out has its default there, and that is locked, too."""
        found = [(at, lock) for at, lock in self._closed.items() if path[: len(at)] == at]
        if found and leaf.value != {} and loosens_silence(path, leaf.value, self._readers):
            at, lock = found[0]
            where = lock.place(("locked",))
            message = f"loosens {'.'.join(map(str, at))}, which {lock.label} locks ({where})"
            self.problems.append(leaf.layer.problem(leaf.place, message))

    def _stricter(self, path: KeyPath, old: _Leaf, new: _Leaf) -> bool:
        return old.lock is not None or not loosens(path, old.value, new.value, self._readers)


def _locks(layer: Layer) -> list[str]:
    return cast("list[str]", layer.data.get("locked", []))


def _leaves(layer: Layer) -> Iterator[tuple[KeyPath, tuple[object, KeyPath]]]:
    """Every value of a layer by its merged path, with its own place in the file."""
    for key, value in layer.data.items():
        if key in _OWN:
            continue
        if key == "limits":
            yield from _limit_leaves(cast("list[Mapping[str, object]]", value))
        elif isinstance(value, dict):
            yield from _table_leaves((key,), cast("Mapping[str, object]", value))
        else:
            yield (key,), (value, (key,))


def _table_leaves(
    path: KeyPath, table: Mapping[str, object]
) -> Iterator[tuple[KeyPath, tuple[object, KeyPath]]]:
    for key, value in table.items():
        here = (*path, key)
        if isinstance(value, dict):
            inner = cast("Mapping[str, object]", value)
            if not inner:
                yield here, ({}, here)
            yield from _table_leaves(here, inner)
        else:
            yield here, (value, here)


def _limit_leaves(
    limits: Sequence[Mapping[str, object]],
) -> Iterator[tuple[KeyPath, tuple[object, KeyPath]]]:
    for index, limit in enumerate(limits):
        for key, value in limit.items():
            if key != "id":
                yield ("limits", str(limit["id"]), key), (value, ("limits", index, key))
