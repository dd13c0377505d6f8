"""How a check says that a rule of the architecture is broken."""

from __future__ import annotations


class BrokenRuleError(AssertionError):
    """A rule of the architecture was broken; ``rule`` names it."""

    def __init__(self, rule: str, what: str) -> None:
        self.rule = rule
        super().__init__(f"rule {rule}: {what}")


def hold(rule: str, condition: object, what: str) -> None:
    """The rule holds if the condition does."""
    if not condition:
        raise BrokenRuleError(rule, what)
