"""The shipped packs as a shop uses them: under every locked pack, with its own payees and hours."""

from __future__ import annotations

from functools import cache

from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy
from tests.proofs.prover import Prover
from tests.proofs.world import CODE, MERCHANT, TERMINAL

_OWN = f"""
[payees]
terminals = ["{TERMINAL}"]
wechat = ["{MERCHANT}"]
codes = ["{CODE}"]

[hours]
tue = ["09:00-22:00"]
settled_at = "22:00"
"""


@cache
def shop_policy(pack: str) -> Policy:
    """A shop that extends a pack and every locked one."""
    names = ", ".join(f'"{name}"' for name in ("card-data", pack, "wechat", "alipay", "schemes"))
    head = f'name = "shop"\nversion = 1\ncurrency = "EUR"\nextends = [{names}]\n'
    return parse_policy(head + _OWN, "policy.toml")


@cache
def proved(pack: str) -> Prover:
    """Its rules, explored once for all tests."""
    return Prover(shop_policy(pack))
