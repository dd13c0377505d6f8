"""The example files are ones that would start."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from pos_guard.config import load_config
from pos_guard.policy.load import load_policy
from pos_guard.policy.verdict import Mode

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("file", ["policy.toml", "policy-retail.toml"])
def test_an_example_policy_may_be_used(file: str) -> None:
    policy = load_policy(EXAMPLES / file)
    assert policy.currency == "EUR"
    assert {"cashier", "senior", "manager"} <= policy.roles.keys()


def test_the_policy_on_a_pack_changes_only_what_it_names() -> None:
    policy = load_policy(EXAMPLES / "policy-retail.toml")
    senior = policy.role("senior")
    assert senior is not None
    assert (senior.refund_limit, policy.mode) == (2000, Mode.OBSERVE)
    limits = {limit.id: limit for limit in policy.limits}
    assert limits["refunds-of-a-day"].amount == 50000
    assert limits["refunds-of-a-day"].per == "shop"
    assert limits["voids-of-a-day"].count == 20
    assert len(limits) > 5
    assert policy.reasons


def test_the_example_settings_may_be_used() -> None:
    assert {link.name for link in load_config(EXAMPLES / "guard.toml").links} >= {"terminal"}


def test_what_the_settings_show_as_a_comment_is_right_too(tmp_path: Path) -> None:
    text = (EXAMPLES / "guard.toml").read_text(encoding="utf-8")
    (section,) = re.findall(r"^# \[ledger\]\n(?:# .*\n)+", text, re.MULTILINE)
    shown = re.sub(r"^# ", "", section, flags=re.MULTILINE)
    assert tomllib.loads(shown)["ledger"]["merchant"] == "corner-shop"
    file = tmp_path / "guard.toml"
    file.write_text(text.replace(section, shown), encoding="utf-8")
    assert load_config(file).ledger is not None
