"""Runs a rule's own code over values that are not known yet, and keeps every way through it.

Nothing of a rule is written down a second time: the code itself is the encoding. A number is a
``Symbol``, an ``int`` whose comparisons do not answer but fork the run; a piece of a request comes
into being when it is looked at, and forks into the values that it may have. What comes out is a
tree of conditions with levels at its leaves, which z3 reads (``at_least``) and which can be walked
for one concrete request (``level_of``), so that tests can compare it with the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, Protocol, TypeVar, cast

import z3

from pos_guard.policy.slips import Slip, find_slip

T = TypeVar("T")

Assignment = Mapping[str, int]
"""A value for every name: of a number itself, of a choice its place in the list of options."""

Key = tuple[str, ...] | tuple[str, "Key", "Key"]
"""A number as it came about (a name, a known one, two others and a sign), or a question."""

Bounds = tuple[int, int]
"""The lowest and the highest value of a number."""

Formula = Any
"""A z3 expression; z3 ships no types."""

MAX_PATHS = 20_000
"""More ways than this through one rule mean that its world is too large, not that it is clever."""


class Chooser(Protocol):
    """Where the pieces of a request come from: forks, a model of z3's, or dice."""

    def pick(self, name: str, options: Sequence[T]) -> T:
        """One of a few values."""
        ...

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        ...

    def make(self, kind: type[T], pieces: Mapping[str, Callable[[], object]]) -> T:
        """A dataclass, of pieces and its own defaults."""
        ...


@dataclass(frozen=True, slots=True)
class Condition:
    """A question with its answer, once for z3 and once for concrete values."""

    formula: Formula
    holds: Callable[[Assignment], bool]


@dataclass(slots=True)
class Node:
    """What one way through a rule came to, or a fork of it; a child of None was never tried."""

    level: int | None = None
    conditions: Sequence[Condition] = ()
    children: list[Node | None] = field(default_factory=list["Node | None"])


@cache
def variable(name: str) -> Formula:
    """The z3 integer of a name."""
    return z3.Int(name)


@cache
def choice(name: str, index: int) -> Condition:
    """A choice fell on one option."""
    return Condition(variable(name) == index, lambda values: values[name] == index)


class Path:
    """One run: the answers that a prefix gives, the first answer to every further question."""

    def __init__(self, prefix: tuple[int, ...], bounds: dict[str, Bounds]) -> None:
        self.prefix = prefix
        self.taken: list[tuple[Sequence[Condition], int]] = []
        self._bounds = bounds
        self._known: dict[str, object] = {}
        self._decided: dict[Key, bool] = {}
        self._narrowed: dict[Key, Bounds] = {}
        self.text: Symbol | None = None

    def fork(self, conditions: Sequence[Condition]) -> int:
        """Which of the answers is followed this time."""
        depth = len(self.taken)
        index = self.prefix[depth] if depth < len(self.prefix) else 0
        self.taken.append((conditions, index))
        return index

    def ask(self, key: Key) -> bool:
        """A yes or no, the same every time within one run."""
        if key not in self._decided:
            self._decided[key] = self.fork(_yes_and_no(key)) == 0
        return self._decided[key]

    def narrowed(self, key: Key, bounds: Bounds) -> Bounds:
        """The bounds of a number after what was answered so far."""
        return self._narrowed.get(key, bounds)

    def narrow(self, key: Key, bounds: Bounds, answered: tuple[str, int, bool]) -> None:
        """Take from an answer about a known number what it says of the bounds."""
        (low, high), (sign, number, yes) = self.narrowed(key, bounds), answered
        if sign == "==" and yes:
            low = high = number
        elif sign != "==" and (sign == "<") is yes:
            high = min(high, number - yes)
        elif sign != "==":
            low = max(low, number + yes)
        self._narrowed[key] = low, high

    def pick(self, name: str, options: Sequence[T]) -> T:
        """Fork into the options, once for each name."""
        if name not in self._known:
            low, high = self._bounds.get(name, (0, 0))
            self._bounds[name] = (low, max(high, len(options) - 1))
            index = self.fork([choice(name, index) for index in range(len(options))])
            self._known[name] = options[index]
        return cast("T", self._known[name])

    def whole(self, name: str, low: int, high: int) -> int:
        """A symbol: nothing is decided yet."""
        self._bounds[name] = (low, high)
        return Symbol(self, ("name", name), (low, high))

    def make(self, kind: type[T], pieces: Mapping[str, Callable[[], object]]) -> T:
        """A dataclass whose pieces are asked for when they are looked at."""
        made = _lazy(cast("Any", kind))
        instance = object.__new__(made)
        object.__setattr__(instance, "_pieces", pieces)
        object.__setattr__(instance, "_made", {})
        return cast("T", instance)


@cache
def _lazy(kind: type[object]) -> Any:
    """A subclass whose fields are made at first sight."""
    body: dict[str, object] = {}
    for item in fields(cast("Any", kind)):
        default = item.default_factory if item.default is MISSING else item.default

        def look(self: Any, name: str = item.name, default: object = default) -> object:
            if name not in self._made:
                piece = self._pieces.get(name)
                silent = default() if callable(default) else default
                self._made[name] = silent if piece is None else piece()
            return self._made[name]

        body[item.name] = property(look)
    return type(f"Lazy{kind.__name__}", (kind,), body)


class Symbol(int):
    """A whole number that is not known: comparing forks, reckoning gives another symbol.

    Its value as an ``int`` means nothing; words for cashiers are made of it, and thrown away.
    """

    path: Path
    key: Key
    bounds: Bounds

    def __new__(cls, path: Path, key: Key, bounds: Bounds) -> Symbol:
        self = super().__new__(cls, 1250)
        self.path, self.key, self.bounds = path, key, bounds
        return self

    def _is(self, other: object, sign: str) -> bool:
        if not isinstance(other, int):
            return False
        key, bounds = _reading(other)
        known = _BY_BOUNDS[sign](self.path.narrowed(self.key, self.bounds), bounds)
        if known is not None:
            return known
        answer = self.path.ask((sign, self.key, key))
        if bounds[0] == bounds[1]:
            self.path.narrow(self.key, self.bounds, (sign, bounds[0], answer))
        return answer

    def __lt__(self, other: object) -> bool:
        return self._is(other, "<")

    def __le__(self, other: object) -> bool:
        return not self._is(other, ">")

    def __gt__(self, other: object) -> bool:
        return self._is(other, ">")

    def __ge__(self, other: object) -> bool:
        return not self._is(other, "<")

    def __eq__(self, other: object) -> bool:
        return self._is(other, "==")

    def __ne__(self, other: object) -> bool:
        return not self._is(other, "==")

    def __bool__(self) -> bool:
        return not self._is(0, "==")

    def __hash__(self) -> int:
        raise TypeError("a number that is not known has no hash")

    def __str__(self) -> str:
        """For ``find_slip`` alone: whether two digits changed places is left open, as a fork."""
        first, self.path.text = self.path.text, self
        if first is None:
            return "12"
        self.path.text = None
        return "21" if self.path.ask(("swapped", first.key, self.key)) else "12"

    def __format__(self, spec: str) -> str:
        return format(1250, spec)

    def __abs__(self) -> int:
        return 1250

    def __divmod__(self, other: int) -> Bounds:
        return divmod(1250, other)

    def __neg__(self) -> int:
        return self * -1

    def __add__(self, other: int) -> int:
        key, (low, high) = _reading(other)
        return self._made("+", key, (self.bounds[0] + low, self.bounds[1] + high))

    __radd__ = __add__

    def __sub__(self, other: int) -> int:
        return self + other * -1

    def __rsub__(self, other: int) -> int:
        return self * -1 + other

    def __mul__(self, factor: int) -> int:
        if isinstance(factor, Symbol):
            raise TypeError("two numbers that are not known are not multiplied")
        low, high = sorted((self.bounds[0] * factor, self.bounds[1] * factor))
        return self._made("*", _reading(factor)[0], (low, high))

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> int:
        if isinstance(divisor, Symbol) or divisor <= 0:
            raise TypeError("only a known number above zero divides")
        ends = self.bounds[0] // divisor, self.bounds[1] // divisor
        return self._made("/", _reading(divisor)[0], ends)

    def _made(self, sign: str, other: Key, bounds: Bounds) -> Symbol:
        return Symbol(self.path, (sign, self.key, other), bounds)


def _reading(number: int) -> tuple[Key, Bounds]:
    if isinstance(number, Symbol):
        return number.key, number.bounds
    plain = int(number)
    return ("known", str(plain)), (plain, plain)


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "*": lambda left, right: left * right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "==": lambda left, right: left == right,
}
"""What means the same to z3 and to Python."""


@cache
def formula_of(key: Key) -> Formula:
    """A number, or a question about two, as z3 has it."""
    sign, *parts = key
    if sign == "name":
        return variable(str(parts[0]))
    if sign == "known":
        return z3.IntVal(str(parts[0]))
    if sign == "swapped":
        return z3.Bool(str(key))
    left, right = (formula_of(cast("Key", part)) for part in parts)
    # z3's division rounds down, as Python's does, where the divisor is above zero.
    return left / right if sign == "/" else _SIGNS[sign](left, right)


@cache
def value_of(key: Key) -> Callable[[Assignment], Any]:
    """The same for concrete values."""
    sign, *parts = key
    if sign == "name":
        return lambda values: values[str(parts[0])]
    if sign == "known":
        number = int(str(parts[0]))
        return lambda _: number
    left, right = (value_of(cast("Key", part)) for part in parts)
    if sign == "swapped":
        return lambda values: find_slip(left(values), right(values)) is Slip.SWAPPED
    if sign == "/":
        return lambda values: left(values) // right(values)
    reckon = _SIGNS[sign]
    return lambda values: reckon(left(values), right(values))


@cache
def _yes_and_no(key: Key) -> tuple[Condition, Condition]:
    formula, value = formula_of(key), value_of(key)
    no = Condition(z3.Not(formula), lambda values: not value(values))
    return Condition(formula, value), no


def _less(left: Bounds, right: Bounds) -> bool | None:
    if left[1] < right[0]:
        return True
    return False if left[0] >= right[1] else None


def _equal(left: Bounds, right: Bounds) -> bool | None:
    if left[1] < right[0] or right[1] < left[0]:
        return False
    return True if left == right and left[0] == left[1] else None


_BY_BOUNDS: dict[str, Callable[[Bounds, Bounds], bool | None]] = {
    "<": _less,
    ">": lambda left, right: _less(right, left),
    "==": _equal,
}


def explore(run: Callable[[Path], int], bounds: dict[str, Bounds]) -> Node:
    """Every way through ``run``; the bounds of all names that it met are added to ``bounds``.

    What is alike is one node, and a question whose answers all lead to the same is none.
    """
    root, count = Node(), 0
    todo: list[tuple[int, ...]] = [()]
    while todo:
        path = Path(todo.pop(), bounds)
        level = run(path)
        _insert(root, path.taken, level)
        count += 1
        if count > MAX_PATHS:
            raise AssertionError(f"more than {MAX_PATHS} ways: {path.taken[-1][0][0].formula}")
        answers = tuple(index for _, index in path.taken)
        for depth in range(len(path.prefix), len(path.taken)):
            others = range(1, len(path.taken[depth][0]))
            todo += [(*answers[:depth], other) for other in others]
    return _compact(root, {})


def _insert(root: Node, taken: Sequence[tuple[Sequence[Condition], int]], level: int) -> None:
    node = root
    for conditions, index in taken:
        if not node.children:
            node.conditions, node.children = conditions, [None] * len(conditions)
        child = node.children[index]
        if child is None:
            child = node.children[index] = Node()
        node = child
    node.level = level


def _compact(node: Node, known: dict[object, Node]) -> Node:
    """The same tree as a graph, each different piece of it once."""
    if node.level is not None:
        return known.setdefault(node.level, node)
    children = [None if child is None else _compact(child, known) for child in node.children]
    if all(child is children[0] for child in children) and children[0] is not None:
        return children[0]
    key = (tuple(map(id, node.conditions)), tuple(map(id, children)))
    return known.setdefault(key, Node(None, node.conditions, children))


def at_least(node: Node | None, level: int) -> Formula:
    """The formula under which a rule finds ``level`` or a stricter one."""
    return _at_least(node, level, {})


def _at_least(node: Node | None, level: int, known: dict[int, Formula]) -> Formula:
    if node is None:
        return z3.BoolVal(False)
    if node.level is not None:
        return z3.BoolVal(node.level >= level)
    if id(node) not in known:
        parts: list[Formula] = []
        for condition, child in zip(node.conditions, node.children, strict=True):
            inner = _at_least(child, level, known)
            if not z3.is_false(inner):
                plain = z3.is_true(inner)
                parts.append(condition.formula if plain else z3.And(condition.formula, inner))
        known[id(node)] = z3.Or(parts) if parts else z3.BoolVal(False)
    return known[id(node)]


def level_of(node: Node | None, values: Assignment) -> int | None:
    """What the tree says of one concrete request; None: a world that was never tried."""
    while node is not None and node.level is None:
        held = (
            child
            for condition, child in zip(node.conditions, node.children, strict=True)
            if condition.holds(values)
        )
        node = next(held, None)
    return None if node is None else node.level
