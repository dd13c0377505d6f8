"""Asks of a whole policy: is there a request that ...? z3 answers, the engine confirms."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import z3

from pos_guard.model import IntentKind
from pos_guard.policy import engine
from pos_guard.policy.options import whole
from pos_guard.policy.policy import Policy
from pos_guard.policy.registry import RULES
from pos_guard.policy.request import Request
from pos_guard.policy.rule import Rule
from pos_guard.policy.rules import limits
from pos_guard.policy.verdict import Level, Verdict
from tests.proofs.symbols import (
    Assignment,
    Bounds,
    Formula,
    Node,
    at_least,
    explore,
    level_of,
    variable,
)
from tests.proofs.world import World

T = TypeVar("T")

SILENT = -1
"""The rule does not apply."""

_COUNTS = {"void-after-tender": "voids", "payer-repeats": "refunds", "split-under-limit": "earlier"}
"""Rules that count earlier requests, and the option that says how many are usual."""

LONGEST = 3
"""Earlier requests in the longest history that any rule is explored with."""


TRIES = 60
"""Histories that are looked at for a witness."""


def history(rule: Rule, policy: Policy) -> int:
    """How many earlier requests a rule is explored with: as many as make it speak."""
    name = _COUNTS.get(rule.id)
    if name is None:
        return 1
    return min(LONGEST, whole(policy, rule.id, rule.options, name))


class Given:
    """Makes the request that an assignment describes; what it does not name is the first option."""

    def __init__(self, values: Assignment) -> None:
        self._values = values

    def pick(self, name: str, options: Sequence[T]) -> T:
        """The option at the assigned place."""
        return options[self._values.get(name, 0)]

    def whole(self, name: str, low: int, high: int) -> int:
        """The assigned number."""
        return self._values.get(name, max(low, min(0, high)))

    def make(self, kind: type[T], pieces: Mapping[str, Callable[[], object]]) -> T:
        """The real dataclass."""
        return kind(**{name: piece() for name, piece in pieces.items()})


class Dice:
    """Makes a request at random, near the numbers that decide, and remembers the assignment."""

    def __init__(self, seed: int, near: Sequence[int]) -> None:
        self._random, self._near = random.Random(seed), near
        self.values: dict[str, int] = defaultdict(int)

    def pick(self, name: str, options: Sequence[T]) -> T:
        """Any option, the first (the usual) one more often."""
        if name not in self.values:
            dull = self._random.random() < 0.5
            self.values[name] = 0 if dull else self._random.randrange(len(options))
        return options[self.values[name]]

    def whole(self, name: str, low: int, high: int) -> int:
        """Zero, something small, or just at, below or above a number of the policy."""
        if name not in self.values:
            base = self._random.choice((0, self._random.randrange(100), *self._near))
            number = base + self._random.choice((-1, 0, 0, 1))
            self.values[name] = max(low, min(high, number))
        return self.values[name]

    def make(self, kind: type[T], pieces: Mapping[str, Callable[[], object]]) -> T:
        """The real dataclass."""
        return kind(**{name: piece() for name, piece in pieces.items()})


@dataclass
class Prover:
    """One policy with its rules, explored. ``lifts``: also under overrides and break-glass."""

    policy: Policy
    rules: Sequence[Rule] = RULES
    lifts: bool = False
    trees: dict[str, tuple[Node, ...]] = field(default_factory=dict[str, tuple[Node, ...]])
    bounds: dict[str, Bounds] = field(default_factory=dict[str, Bounds])

    def __post_init__(self) -> None:
        for rule in self.rules:
            if rule.id not in self.trees:
                self.trees[rule.id] = self._explored(rule)

    def with_rule(self, changed: Rule) -> Prover:
        """The same policy with one rule that does something else."""
        rules = [changed if rule.id == changed.id else rule for rule in self.rules]
        known = {name: trees for name, trees in self.trees.items() if name != changed.id}
        return Prover(self.policy, rules, self.lifts, known, dict(self.bounds))

    def _explored(self, rule: Rule) -> tuple[Node, ...]:
        """A tree of the rule; of the limits one each, since they are checked side by side."""
        if rule.id != limits.ID:
            return (self._tree(rule, self.policy),)
        alone = (replace(self.policy, limits=(limit,)) for limit in self.policy.limits)
        return tuple(self._tree(rule, policy) for policy in alone)

    def _tree(self, rule: Rule, policy: Policy) -> Node:
        world = World(policy, history(rule, policy), self.lifts)
        return explore(lambda path: _run(rule, world.build(path), policy), self.bounds)

    def finds(self, rule: str, level: Level) -> Formula:
        """The rule finds this level or a stricter one."""
        return z3.Or([at_least(tree, level) for tree in self.trees[rule]])

    @cached_property
    def held(self) -> dict[str, Formula]:
        """By rule: it does not let the request pass."""
        return {rule: self.finds(rule, Level.REQUIRE) for rule in self.trees}

    @property
    def allowed(self) -> Formula:
        """Every rule lets the request pass."""
        return self.passes_but_for("")

    def passes_but_for(self, rule: str) -> Formula:
        """Every other rule lets the request pass."""
        return z3.Not(z3.Or([formula for name, formula in self.held.items() if name != rule]))

    def find(self, *formulas: Formula) -> Assignment | None:
        """A request for which all formulas hold, or None: there is none."""
        solver = self._solver
        solver.push()
        solver.add(*formulas)
        answer = solver.check()
        found = _assignment(solver.model()) if answer == z3.sat else None
        solver.pop()
        assert answer != z3.unknown
        return found

    def witness(
        self, confirmed: Callable[[Verdict], bool], *formulas: Formula
    ) -> Assignment | None:
        """The same, of a request of which the engine's own verdict is ``confirmed``.

        A rule is explored with few earlier requests. Of longer histories, needed by rules that
        count, those are passed over in which another rule counts more than it was explored with.
        """
        for count in range(LONGEST + 1):
            found = self._confirmed(confirmed, variable("recent") == count, *formulas)
            if found is not None:
                return found
        return None

    def _confirmed(
        self, confirmed: Callable[[Verdict], bool], *formulas: Formula
    ) -> Assignment | None:
        later = [f"recent.{place}.amount" for place in range(1, LONGEST)]
        passed_over = [variable(name) != variable("amount") for name in later]
        for turn in range(TRIES):
            self._solver.set("random_seed", turn)  # elsewhere each time, not beside the last one
            found = self.find(*formulas, *passed_over)
            if found is None or confirmed(self.judge(found)):
                return found
            recent = {name: value for name, value in found.items() if name.startswith("recent.")}
            passed_over.append(z3.Or([variable(name) != recent[name] for name in recent]))
        return None

    @cached_property
    def _solver(self) -> Any:
        solver = z3.SolverFor("QF_LIA")
        for name, (low, high) in self.bounds.items():
            solver.add(low <= variable(name), variable(name) <= high)
        return solver

    def request(self, values: Assignment) -> Request:
        """The concrete request of an assignment."""
        return World(self.policy, LONGEST, self.lifts).build(Given(values))

    def judge(self, values: Assignment) -> Verdict:
        """What the engine, with these rules, says of it."""
        return engine.judge(self.request(values), self.policy, self.rules)

    def says(self, rule: str, values: Assignment) -> int | None:
        """The level that the trees give one rule; None: outside of what was explored."""
        levels = [level_of(tree, values) for tree in self.trees[rule]]
        known = [level for level in levels if level is not None]
        return max(known, default=SILENT) if len(known) == len(levels) else None


def _run(rule: Rule, request: Request, policy: Policy) -> int:
    finding = engine.judge(request, policy, (rule,)).findings[0]
    if finding.rule == engine.NO_RULE:
        return SILENT
    assert finding.rule == rule.id, dict(finding.inputs)
    return finding.effective


def _assignment(model: Any) -> dict[str, int]:
    return {
        str(name): model[name].as_long() for name in model.decls() if z3.is_int_value(model[name])
    }


def passes(verdict: Verdict) -> bool:
    """The engine lets it through."""
    return verdict.allowed


# -- the words of the questions ------------------------------------------------------------------


def number(name: str) -> Formula:
    """A number of the request."""
    return variable(name)


def chosen(name: str, *places: int) -> Formula:
    """A choice fell on one of these places in its list."""
    return z3.Or([variable(name) == place for place in places])


def kind_is(*kinds: IntentKind) -> Formula:
    """The request is an intent of one of these kinds."""
    known = list(IntentKind)
    return z3.And(chosen("subject", 0), chosen("kind", *(known.index(kind) for kind in kinds)))


def there(name: str) -> Formula:
    """A piece that may be missing is not."""
    return chosen(f"{name}?", 0)


def instead(formula: Formula, **values: Formula) -> Formula:
    """The same formula with other values for some names (``__`` for a dot)."""
    pairs = [
        (variable(name.replace("__", ".")), z3.IntVal(value) if type(value) is int else value)
        for name, value in values.items()
    ]
    return z3.substitute(formula, *pairs)
