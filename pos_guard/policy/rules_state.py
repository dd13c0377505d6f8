"""Rules about the moment, the sale and what is known of both. In the order of their findings."""

from __future__ import annotations

from pos_guard.policy.rule import Rule

STATE_RULES: tuple[Rule, ...] = ()
