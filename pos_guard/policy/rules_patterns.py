"""Rules about sums, counts and patterns over many requests. In the order of their findings."""

from __future__ import annotations

from pos_guard.policy.rule import Rule

PATTERN_RULES: tuple[Rule, ...] = ()
