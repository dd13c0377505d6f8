"""What a policy sets for a rule's option, or the option's own default."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.policy.policy import Policy
from pos_guard.policy.rule import OptionKind

Options = Mapping[str, OptionKind]


def whole(policy: Policy, rule: str, options: Options, name: str) -> int:
    """A ``Whole`` option of a rule."""
    return int(policy.setting(rule).options.get(name, options[name].default))


def word(policy: Policy, rule: str, options: Options, name: str) -> str:
    """A ``Choice`` option of a rule."""
    return str(policy.setting(rule).options.get(name, options[name].default))
