"""The three kinds of shop that are simulated, each as its policy and as numbers of our own.

The invariants read the numbers, never what the product made of the policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_guard.policy.load import parse_policy
from pos_guard.policy.policy import Policy

_PAYEES = """
[payees]
terminals = ["52001233"]
wechat = ["1900000109"]
codes = []
"""

_PLAIN = (
    """
name = "simulated shop"
version = 1
currency = "CNY"

[roles.cashier]
may = ["sale", "preauth", "completion"]

[roles.senior]
may = ["sale", "refund", "void", "reversal", "refund_unreferenced", "preauth_void"]
refund_limit = "20.00"
unreferenced_limit = "50.00"

[roles.manager]
may = ["sale", "refund", "void", "reversal", "refund_unreferenced"]
refund_limit = "100.00"
unreferenced_limit = "100.00"
may_approve = true
approve_limit = "500.00"
may_resolve = true
"""
    + _PAYEES
)

_HOURS = """
[hours]
mon = ["00:00-02:00", "03:00-24:00"]
tue = ["00:00-02:00", "03:00-24:00"]
wed = ["00:00-02:00", "03:00-24:00"]
thu = ["00:00-02:00", "03:00-24:00"]
fri = ["00:00-02:00", "03:00-24:00"]
sat = ["00:00-02:00", "03:00-24:00"]
sun = ["00:00-02:00", "03:00-24:00"]
settled_at = "23:00"
"""

_STAFFED = (
    """
extends = ["retail"]
name = "simulated shop with people"
version = 1
currency = "CNY"

[[limits]]
id = "refunds-of-a-shift"
operations = ["refund", "refund_unreferenced"]
per = "operator"
window = "shift"
amount = "90"
count = 4

[[limits]]
id = "refunds-of-an-hour"
operations = ["refund", "refund_unreferenced"]
per = "operator"
window = "1h"
count = 1

[[limits]]
id = "unreferenced-of-a-day"
operations = ["refund_unreferenced"]
per = "shop"
window = "day"
amount = "60"
count = 3
then = "deny"

[[limits]]
id = "refunds-of-a-day"
operations = ["refund", "refund_unreferenced"]
per = "shop"
window = "day"
amount = "150"

[[limits]]
id = "refunds-of-a-day-stop"
operations = ["refund", "refund_unreferenced"]
per = "shop"
window = "day"
amount = "200"
then = "override"

[[limits]]
id = "refunds-of-a-payer"
operations = ["refund", "refund_unreferenced"]
per = "payer"
window = "7d"
count = 1

[rules.amount-confirmed]
above = 11000
"""
    + _PAYEES
    + _HOURS
)

_ALONE = (
    """
extends = ["one-person"]
name = "simulated shop of one"
version = 1
currency = "CNY"

[roles.owner.alone]
limit = "300"
totp = true
delay_s = 900

[[limits]]
id = "refunds-of-an-hour"
operations = ["refund", "refund_unreferenced"]
per = "shop"
window = "1h"
count = 2
then = "override"

[rules.amount-confirmed]
above = 11000
"""
    + _PAYEES
    + _HOURS
)


@dataclass(frozen=True, slots=True)
class Cap:
    """One limit. ``per``: operator, shop, sale or payer; ``window``: shift, day, or seconds."""

    id: str
    operations: frozenset[str]
    per: str
    window: str | int
    amount: int | None
    count: int | None
    then: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a shop's policy says, in minor units and seconds.

    ``refund``, ``unreferenced``: who gives back how much; ``approves``: who agrees to how much.
    ``alone``: the owners, up to how much, and after which delay. ``closed``: minutes of the day.
    ``badges``: who stands at the till for refunds; ``boss``: who may resolve.
    """

    name: str
    policy: Policy
    refund: Mapping[str, int]
    unreferenced: Mapping[str, int]
    approves: Mapping[str, int]
    badges: tuple[str, ...]
    boss: str
    unconfirmed: int | None = None
    duplicate_s: int = 0
    reasons: frozenset[str] = frozenset()
    caps: tuple[Cap, ...] = ()
    alone: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    closed: tuple[int, int] = (0, 0)
    offline_refund: int = 10**12
    offline_sale: int = 10**12

    @property
    def with_people(self) -> bool:
        """It has reasons, limits and shifts."""
        return bool(self.reasons)


_BACK = frozenset({"refund", "refund_unreferenced"})
_UNREFERENCED = frozenset({"refund_unreferenced"})
_DAYS = 86_400

PLAIN = Terms(
    "plain",
    parse_policy(_PLAIN, "plain.toml"),
    refund={"ben": 2000, "maya": 10_000, "otto": 10_000, "MAYA": 10_000},
    unreferenced={"ben": 5000, "maya": 10_000, "otto": 10_000, "MAYA": 10_000},
    approves={"maya": 50_000, "otto": 50_000, "MAYA": 50_000},
    badges=("ben", "ben", "maya", "otto", "anna"),
    boss="maya",
)

STAFFED = Terms(
    "staffed",
    parse_policy(_STAFFED, "staffed.toml"),
    refund={"anna": 0, "ben": 5000, "maya": 20_000, "otto": 20_000, "MAYA": 20_000},
    unreferenced={"ben": 2000, "maya": 5000, "otto": 5000, "MAYA": 5000},
    approves={"ben": 10_000, "maya": 100_000, "otto": 100_000, "MAYA": 100_000},
    badges=("ben", "ben", "maya", "otto", "anna"),
    boss="maya",
    unconfirmed=11_000,
    duplicate_s=120,
    reasons=frozenset({"wrong-item", "defective", "changed-mind", "wrong-price"}),
    caps=(
        Cap("refunds-of-a-shift", _BACK, "operator", "shift", 9000, 4, "require"),
        Cap("refunds-of-an-hour", _BACK, "operator", 3600, None, 1, "require"),
        Cap("unreferenced-of-a-day", _UNREFERENCED, "shop", "day", 6000, 3, "deny"),
        Cap("refunds-of-a-day", _BACK, "shop", "day", 15_000, None, "require"),
        Cap("refunds-of-a-day-stop", _BACK, "shop", "day", 20_000, None, "override"),
        Cap("refunds-of-a-sale", frozenset({"refund"}), "sale", 31 * _DAYS, None, 3, "require"),
        Cap("refunds-of-a-payer", _BACK, "payer", 7 * _DAYS, None, 1, "require"),
        Cap("refund-largest", frozenset({"refund"}), "shop", 0, 200_000, None, "override"),
        Cap(
            "voids-of-a-shift",
            frozenset({"void", "reversal"}),
            "operator",
            "shift",
            None,
            3,
            "require",
        ),
    ),
    closed=(120, 180),
    offline_refund=5000,
    offline_sale=20_000,
)

ALONE = Terms(
    "alone",
    parse_policy(_ALONE, "alone.toml"),
    refund={"olga": 5000},
    unreferenced={"olga": 2000},
    approves={"pia": 200_000},
    badges=("olga", "olga", "olga", "hugo"),
    boss="pia",
    unconfirmed=11_000,
    duplicate_s=120,
    reasons=STAFFED.reasons,
    caps=(
        Cap("refunds-of-a-day", _BACK, "shop", "day", 60_000, 15, "override"),
        Cap("refunds-of-an-hour", _BACK, "shop", 3600, None, 2, "override"),
        Cap("refunds-of-a-payer", _BACK, "payer", 7 * _DAYS, 30_000, 3, "require"),
    ),
    alone={"olga": (30_000, 900)},
    closed=(120, 180),
    offline_refund=5000,
    offline_sale=10_000,
)

SHOPS = (PLAIN, STAFFED, ALONE, STAFFED)


def terms_of(seed: int) -> Terms:
    """Which shop a seed plays."""
    return SHOPS[seed % len(SHOPS)]
