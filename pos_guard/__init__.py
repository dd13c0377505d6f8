"""pos-guard stands between the till and the money.

What an app needs is here by name and loads at first use; everything else by module.
"""

from __future__ import annotations

# Not from typing: importing it would take longer than all of the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pos_guard.api.client import DecisionClient
    from pos_guard.clock import ManualClock, SystemClock
    from pos_guard.consoles.callback import Answer, Approve, Confirm, Console, Question
    from pos_guard.decision import Decision, RefusedError
    from pos_guard.errors import PosGuardError
    from pos_guard.guard import Guard
    from pos_guard.model import (
        Cart,
        CartLine,
        Intent,
        IntentKind,
        Outcome,
        Result,
        Source,
        Tender,
        Words,
    )
    from pos_guard.money import Money
    from pos_guard.policy.load import load_policy
    from pos_guard.policy.verdict import Need
    from pos_guard.store.store import Store

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Approve",
    "Cart",
    "CartLine",
    "Confirm",
    "Console",
    "Decision",
    "DecisionClient",
    "Guard",
    "Intent",
    "IntentKind",
    "ManualClock",
    "Money",
    "Need",
    "Outcome",
    "PosGuardError",
    "Question",
    "RefusedError",
    "Result",
    "Source",
    "Store",
    "SystemClock",
    "Tender",
    "Words",
    "__version__",
    "load_policy",
]

_HOME = {
    "Answer": "consoles.callback",
    "Approve": "consoles.callback",
    "Confirm": "consoles.callback",
    "Console": "consoles.callback",
    "Question": "consoles.callback",
    "Need": "policy.verdict",
    "Cart": "model",
    "CartLine": "model",
    "DecisionClient": "api.client",
    "ManualClock": "clock",
    "SystemClock": "clock",
    "PosGuardError": "errors",
    "Decision": "decision",
    "Guard": "guard",
    "RefusedError": "decision",
    "Intent": "model",
    "IntentKind": "model",
    "Outcome": "model",
    "Result": "model",
    "Source": "model",
    "Tender": "model",
    "Words": "model",
    "Money": "money",
    "load_policy": "policy.load",
    "Store": "store.store",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module at first use, so that ``import pos_guard`` stays cheap."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module 'pos_guard' has no attribute {name!r}")
    value: object = getattr(import_module(f"pos_guard.{_HOME[name]}"), name)
    globals()[name] = value
    return value
