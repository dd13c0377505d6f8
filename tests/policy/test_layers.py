"""Layers: what is replaced, what is locked, and where a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_guard.errors import SettingsError
from pos_guard.policy.layers import MAX_DEPTH, MAX_LAYERS, read_layers
from pos_guard.policy.load import load_policy, parse_policy
from pos_guard.policy.policy import Window
from pos_guard.policy.verdict import Mode
from tests.policy.layering import SHOP, load, write, wrong


def test_a_lower_layer_replaces_only_the_keys_that_it_writes(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        """\
reasons = ["wrong-item"]
[roles.senior]
may = ["refund"]
refund_limit = "20.00"
[[limits]]
id = "day"
operations = ["refund"]
window = "day"
amount = "100.00"
count = 3
[rules.code-fresh]
wechat_s = 50
alipay_s = 40
""",
        SHOP
        + """\
[roles.senior]
refund_limit = "30.00"
[[limits]]
id = "hour"
operations = ["sale"]
window = "1h"
count = 9
[[limits]]
id = "day"
amount = "90.00"
[rules.code-fresh]
alipay_s = 45
""",
    )
    assert policy.packs == ("chain@1",)
    assert sorted(policy.roles) == ["cashier", "senior"]
    assert policy.roles["senior"].may == {"refund"}
    assert policy.roles["senior"].refund_limit == 3000
    assert [(limit.id, limit.amount, limit.count) for limit in policy.limits] == [
        ("day", 9000, 3),
        ("hour", None, 9),
    ]
    assert (policy.limits[1].window, policy.limits[1].seconds) == (Window.ROLLING, 3600)
    assert policy.rules["code-fresh"].options == {"wechat_s": 50, "alipay_s": 45}
    assert policy.reasons == {"wrong-item"}


def test_layers_go_from_pack_to_terminal_and_each_stands_once(tmp_path: Path) -> None:
    write(tmp_path, "merchant", 'extends = ["wechat"]\n' + SHOP)
    write(tmp_path, "shop", 'extends = ["wechat", "merchant.toml"]\nmode = "warn"\n')
    path = write(tmp_path, "terminal", 'extends = ["shop.toml"]\n')
    assert [layer.label for layer in read_layers(path)] == [
        "wechat@1",
        "merchant@1",
        "shop@1",
        "terminal@1",
    ]
    policy = load_policy(path)
    assert (policy.name, policy.mode) == ("terminal", Mode.WARN)
    assert policy.packs == ("wechat@1", "merchant@1", "shop@1")


def test_every_layer_is_in_the_hash(tmp_path: Path) -> None:
    first = load(tmp_path, 'mode = "warn"\n', SHOP).hash
    assert load(tmp_path, 'mode = "warn"\n', SHOP).hash == first
    assert load(tmp_path, 'mode = "enforce"\n', SHOP).hash != first
    path = write(tmp_path, "shop", 'extends = ["wechat"]\n' + SHOP)
    assert load_policy(path).hash != first


def test_a_policy_without_layers_has_no_packs() -> None:
    policy = parse_policy('name = "s"\nversion = 1\n' + SHOP, "policy.toml")
    assert policy.packs == ()
    assert all(setting.locked is None for setting in policy.rules.values())


LOCKED = """\
locked = ["{lock}"]
reasons = ["wrong-item", "defective"]
[roles.senior]
may = ["refund", "void"]
refund_limit = "20.00"
may_approve = false
[roles.senior.alone]
limit = "50.00"
totp = true
delay_s = 900
[[limits]]
id = "day"
operations = ["refund"]
window = "day"
amount = "100.00"
count = 3
then = "override"
[[limits]]
id = "hour"
operations = ["refund"]
window = "1h"
count = 5
roles = ["senior"]
[hours]
zone = "Europe/Berlin"
mon = ["09:00-12:00", "14:00-20:00"]
holidays = ["2026-12-25"]
[payees]
terminals = ["1", "2"]
[context]
operator_s = 3600
[receipts]
copies = 2
[rules.code-fresh]
mode = "warn"
wechat_s = 50
[rules.cash-declared]
proof = "drawer"
"""

SENIOR = "[roles.senior]\n"
DAY = '[[limits]]\nid = "day"\n'
HOUR = '[[limits]]\nid = "hour"\n'

# What is locked, what a lower layer writes, and whether that is looser.
CASES = [
    ("roles.senior.refund_limit", SENIOR + 'refund_limit = "19.99"', False),
    ("roles.senior.refund_limit", SENIOR + 'refund_limit = "20"', False),
    ("roles.senior.refund_limit", SENIOR + 'refund_limit = "20.01"', True),
    ("roles.senior.refund_limit", SENIOR + 'refund_limit = "unlimited"', True),
    ("roles.senior.may", SENIOR + 'may = ["refund"]', False),
    ("roles.senior.may", SENIOR + 'may = ["refund", "sale"]', True),
    ("roles.senior.may", SENIOR + 'refund_limit = "49.00"', False),
    ("roles.senior", SENIOR + 'may_approve = true\napprove_limit = "1.00"', True),
    ("roles.senior", SENIOR + "may_resolve = false", False),
    ("roles.senior", SENIOR + 'reasons = ["defective"]', False),
    ("roles.senior", SENIOR + 'unreferenced_limit = "1.00"', True),
    ("roles.senior.alone", '[roles.senior.alone]\nlimit = "49.00"', False),
    ("roles.senior.alone", '[roles.senior.alone]\nlimit = "51.00"', True),
    ("roles.senior.alone", "[roles.senior.alone]\ntotp = false", True),
    ("roles.senior.alone", "[roles.senior.alone]\ndelay_s = 899", True),
    ("roles.senior.alone", "[roles.senior.alone]\ndelay_s = 901", False),
    ("roles.senior.alone", "[roles.senior.alone]\ndelay_s = 0", False),
    ("roles", '[roles.boss]\nmay = ["sale"]', True),
    ("roles.senior", '[roles.boss]\nmay = ["sale"]', False),
    ("limits.day", DAY + 'amount = "99.00"', False),
    ("limits.day", DAY + 'amount = "101.00"', True),
    ("limits.day", DAY + "count = 2", False),
    ("limits.day", DAY + "count = 4", True),
    ("limits.day", DAY + 'then = "deny"', False),
    ("limits.day", DAY + 'then = "require"', True),
    ("limits.day", DAY + 'operations = ["refund", "void"]', False),
    ("limits.day", DAY + 'operations = ["void"]', True),
    ("limits.day", DAY + 'window = "shift"', True),
    ("limits.day", DAY + 'per = "shop"', True),
    ("limits.day", DAY + 'roles = ["senior"]', True),
    ("limits.hour", HOUR + 'window = "2h"', False),
    ("limits.hour", HOUR + 'window = "59m"', True),
    ("limits.hour", HOUR + "roles = []", False),
    ("limits.hour", HOUR + 'amount = "1.00"', False),
    ("limits", DAY + "count = 4", True),
    ("hours.mon", '[hours]\nmon = ["09:00-11:00"]', False),
    ("hours.mon", "[hours]\nmon = []", False),
    ("hours.mon", '[hours]\nmon = ["09:00-13:00"]', True),
    ("hours.mon", '[hours]\ntue = ["09:00-13:00"]', False),
    ("hours", '[hours]\ntue = ["09:00-13:00"]', True),
    ("hours", '[hours]\nzone = "UTC"', True),
    ("hours", '[hours]\nholidays = ["2026-12-25", "2026-12-26"]', False),
    ("hours", "[hours]\nholidays = []", True),
    ("reasons", 'reasons = ["defective"]', False),
    ("reasons", "reasons = []", True),
    ("reasons", 'reasons = ["defective", "other"]', True),
    ("payees.terminals", '[payees]\nterminals = ["2"]', False),
    ("payees.terminals", '[payees]\nterminals = ["2", "3"]', True),
    ("payees", '[payees]\nwechat = ["3"]', True),
    ("context.operator_s", "[context]\noperator_s = 60", False),
    ("context.operator_s", "[context]\noperator_s = 3601", True),
    ("context", "[context]\norder_s = 899", False),
    ("context", "[context]\norder_s = 901", True),
    ("receipts", "[receipts]\ncopies = 1", False),
    ("receipts", "[receipts]\ncopies = 3", True),
    ("rules.code-fresh.wechat_s", "[rules.code-fresh]\nwechat_s = 49", False),
    ("rules.code-fresh.wechat_s", "[rules.code-fresh]\nwechat_s = 51", True),
    ("rules.code-fresh.wechat_s", '[rules.code-fresh]\nmode = "observe"', False),
    ("rules.code-fresh", '[rules.code-fresh]\nmode = "observe"', True),
    ("rules.code-fresh", '[rules.code-fresh]\nmode = "enforce"', False),
    ("rules.code-fresh", "[rules.code-fresh]\nalipay_s = 61", True),
    ("rules.code-fresh", "[rules.code-fresh]\nalipay_s = 59", False),
    ("rules.cash-declared", '[rules.cash-declared]\nproof = "word"', True),
    ("rules.cash-declared", '[rules.cash-declared]\nmode = "warn"', True),
]


@pytest.mark.parametrize(("lock", "lower", "looser"), CASES)
def test_what_is_locked_can_only_be_tightened(
    tmp_path: Path, lock: str, lower: str, looser: bool
) -> None:
    pack = LOCKED.format(lock=lock)
    # The first key of a table would be above the shop's own: they go before it.
    shop = f"{lower}\n{SHOP}" if lower.startswith("reasons") else f"{SHOP}{lower}\n"
    if not looser:
        load(tmp_path, pack, shop)
        return
    found = wrong(tmp_path, pack, shop)
    assert {file for file, *_ in found} == {"shop.toml"}
    assert all("chain@1 locks" in message for *_, message in found)
    assert all(line is not None for _, line, _, _ in found)


def test_a_loosening_names_both_places(tmp_path: Path) -> None:
    pack = LOCKED.format(lock="roles.senior.refund_limit")
    ((file, line, path, message),) = wrong(
        tmp_path, pack, SHOP + '[roles.senior]\nrefund_limit = "21.00"\n'
    )
    assert (file, line, path) == ("shop.toml", 8, "roles.senior.refund_limit")
    assert "loosens what chain@1 locks" in message
    assert "chain.toml: line 7: roles.senior.refund_limit)" in message


def test_what_is_not_locked_is_replaced_whatever_it_is(tmp_path: Path) -> None:
    policy = load(
        tmp_path, LOCKED.format(lock="payees"), SHOP + SENIOR + 'refund_limit = "40.00"\n'
    )
    assert policy.roles["senior"].refund_limit == 4000


def test_a_locked_rule_is_enforced_and_names_its_pack(tmp_path: Path) -> None:
    pack = 'locked = ["rules.remaining", "rules.refund-window.max_refunds"]\n[rules.remaining]\n'
    pack += "[rules.refund-window]\nmax_refunds = 9\n"
    policy = load(tmp_path, pack, 'mode = "observe"\n' + SHOP)
    assert policy.setting("remaining").locked == "chain"
    assert policy.setting("remaining").mode is Mode.ENFORCE
    assert policy.setting("refund-window").locked is None
    assert policy.setting("refund-window").mode is Mode.OBSERVE


def test_of_two_packs_the_stricter_value_counts_in_either_order(tmp_path: Path) -> None:
    for name, seconds in (("strict", 30), ("wide", 50)):
        lock = 'locked = ["rules.code-fresh.wechat_s"]\n'
        write(tmp_path, name, f"{lock}[rules.code-fresh]\nwechat_s = {seconds}\n")
    for order in ('"strict.toml", "wide.toml"', '"wide.toml", "strict.toml"'):
        path = write(tmp_path, "shop", f"extends = [{order}]\n{SHOP}")
        assert load_policy(path).rules["code-fresh"].options["wechat_s"] == 30


def test_a_lock_never_loosens_what_stands_above_it(tmp_path: Path) -> None:
    write(tmp_path, "strict", "[rules.code-fresh]\nwechat_s = 30\n")
    path = write(tmp_path, "shop", f'extends = ["strict.toml", "wechat"]\n{SHOP}')
    assert load_policy(path).rules["code-fresh"].options["wechat_s"] == 30


def test_a_lock_that_locks_nothing_is_a_mistake(tmp_path: Path) -> None:
    assert wrong(tmp_path, 'locked = ["rules.remaining"]\n', SHOP) == [
        (
            "chain.toml",
            3,
            "locked[0]",
            "locks nothing: the layer that locks a key states it, too",
        )
    ]


def test_every_mistake_of_every_layer_comes_at_once(tmp_path: Path) -> None:
    found = wrong(tmp_path, "mode = 3\n[rules.remainin]\n", 'currency = "EURO"\nrole = 3\n')
    assert [(file, line, path) for file, line, path, _ in found] == [
        ("chain.toml", 3, "mode"),
        ("chain.toml", 4, "rules.remainin"),
        ("shop.toml", 4, "currency"),
        ("shop.toml", 5, "role"),
    ]


def test_a_mistake_of_the_whole_is_told_where_it_was_written(tmp_path: Path) -> None:
    found = wrong(tmp_path, '[roles.senior]\nmay = ["refund"]\n', SHOP)
    assert [item[:3] for item in found] == [("chain.toml", 3, "roles.senior.refund_limit")]
    found = wrong(tmp_path, '[[limits]]\nid = "a"\noperations = ["sale"]\n', SHOP)
    assert [item[:3] for item in found] == [("chain.toml", 3, "limits[0].amount")]


def test_a_limit_of_a_lower_layer_alone_needs_its_operations(tmp_path: Path) -> None:
    found = wrong(tmp_path, "", SHOP + '[[limits]]\nid = "a"\ncount = 1\nwindow = "day"\n')
    assert [(item[2], item[3]) for item in found] == [
        ("limits[0].operations", "must name at least one operation")
    ]


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ('["retial"]', 'is not a shipped pack (did you mean "retail"?)'),
        ('["xyz"]', "one of retail, restaurant"),
        ('["other.toml"]', "cannot be read: No such file"),
        ('["shop.toml"]', "a layer extends itself"),
        ('"retail"', "must be a list"),
        ("[3]", "must be text"),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, extends: str, message: str) -> None:
    path = write(tmp_path, "shop", f"extends = {extends}\n{SHOP}")
    with pytest.raises(SettingsError) as caught:
        load_policy(path)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.line == 3
    assert problem.path.startswith("extends")


def test_layers_are_bounded(tmp_path: Path) -> None:
    write(tmp_path, "layer0", SHOP)
    for depth in range(1, MAX_DEPTH + 1):
        path = write(tmp_path, f"layer{depth}", f'extends = ["layer{depth - 1}.toml"]\n')
        if depth < MAX_DEPTH:
            load_policy(path)
    with pytest.raises(SettingsError, match="layers extend each other"):
        load_policy(tmp_path / f"layer{MAX_DEPTH}.toml")
    names = [write(tmp_path, f"side{number}", "").name for number in range(MAX_LAYERS)]
    path = write(tmp_path, "wide", f"extends = {names!r}\n".replace("'", '"') + SHOP)
    with pytest.raises(SettingsError, match="more than 24 layers"):
        load_policy(path)
