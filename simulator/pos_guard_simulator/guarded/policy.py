"""The policy of a simulated shop: a small one of its own, or a pack that comes with pos-guard."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pos_guard.policy.packs import SHOP_PACKS

if TYPE_CHECKING:
    from pos_guard.policy.policy import Policy

OWN = "test"
"""The small policy that is written out here: no limits but those of the roles."""

NAMES = (OWN, *SHOP_PACKS)

TERMINAL_ID = "52001233"
"""A ZVT terminal's id: public test value of a capture."""

MERCHANT = "1900000109"
"""The merchant id that the simulated providers know: WeChat Pay's documented sample."""

Lists = Mapping[str, Sequence[str]]
"""Who may be paid: ids by the name of their list in ``[payees]``."""

USUAL_PAYEES: Lists = {"terminals": (TERMINAL_ID,), "wechat": (MERCHANT,), "codes": ()}

_ROLES = """
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


def policy_text(currency: str, payees: Lists = USUAL_PAYEES, name: str = OWN) -> str:
    """A whole policy file; ``name``: ``OWN``, or the pack that it stands on.

    :raises ValueError: there is no such policy; the message names those that there are.
    """
    if name not in NAMES:
        raise ValueError(f"there is no policy {name!r}, only: {', '.join(NAMES)}")
    lines = ['name = "test-shop"', "version = 1", f"currency = {json.dumps(currency)}"]
    if name != OWN:
        lines.append(f"extends = [{json.dumps(name)}]")
    lines += ["", "[payees]"]
    lines += [f"{kind} = {json.dumps(list(ids))}" for kind, ids in payees.items()]
    return "\n".join(lines) + "\n" + (_ROLES if name == OWN else "")


def policy_of(currency: str, payees: Lists = USUAL_PAYEES, name: str = OWN) -> Policy:
    """The same, read; a policy that was read before is not read again.

    :raises ValueError: there is no such policy.
    :raises PosGuardError: for a currency that there is not.
    """
    return _read(policy_text(currency, payees, name))


@functools.cache
def _read(text: str) -> Policy:
    from pos_guard.policy.load import parse_policy

    return parse_policy(text, "policy.toml")
