"""The shipped packs: they load in any currency, alone and together, and hold what they promise."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pos_guard.errors import SettingsError
from pos_guard.policy.load import load_policy, parse_policy
from pos_guard.policy.packs import LOCKED_PACKS, PACKS, SHOP_PACKS, pack_bytes
from pos_guard.policy.policy import Policy
from pos_guard.policy.schema import policy_schema
from pos_guard.strict import TomlFile

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy.toml"
SCHEMA = Draft202012Validator(policy_schema())


def with_packs(*packs: str, currency: str = "EUR", more: str = "") -> Policy:
    names = ", ".join(f'"{pack}"' for pack in packs)
    head = f'name = "shop"\nversion = 1\ncurrency = "{currency}"\nextends = [{names}]\n'
    return parse_policy(head + more, "policy.toml")


def errors(data: object) -> Iterator[str]:
    for error in SCHEMA.iter_errors(data):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message}"


@pytest.mark.parametrize("currency", ["EUR", "CNY", "JPY", "KWD"])
@pytest.mark.parametrize("pack", SHOP_PACKS)
def test_every_shop_pack_is_a_whole_policy_under_every_locked_pack(
    pack: str, currency: str
) -> None:
    policy = with_packs("card-data", pack, "wechat", "alipay", "schemes", currency=currency)
    assert f"{pack}@1" in policy.packs
    assert policy.limits
    assert policy.reasons
    locked = {name for name, setting in policy.rules.items() if setting.locked is not None}
    assert {"remaining", "original-tender", "payee-known", "operator-signed-in"} <= locked
    for name in locked:
        assert policy.setting(name).mode == "enforce"


def test_the_data_folder_holds_the_packs_and_nothing_else() -> None:
    found = {path.name for path in (files("pos_guard.policy") / "data").iterdir()}
    assert found == {f"{pack}.toml" for pack in PACKS}
    with pytest.raises(KeyError):
        pack_bytes("../load")


@pytest.mark.parametrize("pack", PACKS)
def test_a_packs_name_is_that_of_its_file(pack: str) -> None:
    assert TomlFile(pack_bytes(pack).decode(), pack).data["name"] == pack


@pytest.mark.parametrize("pack", PACKS)
def test_every_value_of_a_pack_says_why(pack: str) -> None:
    text = pack_bytes(pack).decode()
    assert text.startswith("# ")
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if any("=" in line for line in lines) and not block.startswith("name ="):
            assert "#" in block, block


@pytest.mark.parametrize("pack", LOCKED_PACKS)
def test_a_locked_pack_locks_all_that_it_says(pack: str) -> None:
    data = TomlFile(pack_bytes(pack).decode(), pack).data
    locked = data["locked"]
    rules = data["rules"]
    assert isinstance(locked, list)
    assert isinstance(rules, dict)
    for rule, settings in rules.items():
        keys = {f"rules.{rule}.{key}" for key in settings}
        assert f"rules.{rule}" in locked or keys & set(locked), rule


@pytest.mark.parametrize(
    ("pack", "loosening"),
    [
        ("wechat", "[rules.refund-window]\nmax_age_days = 366"),
        ("wechat", "[rules.refund-window]\nmax_refunds = 51"),
        ("wechat", "[rules.refund-window]\nmin_gap_s = 59"),
        ("wechat", '[rules.refund-window]\nmode = "observe"'),
        ("alipay", "[rules.refund-window]\nmax_age_days = 366"),
        ("alipay", "[rules.code-fresh]\nalipay_s = 121"),
        ("schemes", '[rules.original-tender]\nmode = "warn"'),
        ("schemes", '[rules.unreferenced]\nmode = "warn"'),
        ("card-data", '[rules.payee-known]\nunknown_terminal = "allow"'),
        ("card-data", "[context]\noperator_s = 28801"),
    ],
)
def test_no_shop_loosens_a_locked_pack(pack: str, loosening: str) -> None:
    with pytest.raises(SettingsError, match=f"{pack}@1 locks"):
        with_packs("retail", pack, more=loosening + "\n")


def test_a_shop_may_be_stricter_than_the_provider() -> None:
    more = "[rules.refund-window]\nmax_age_days = 30\nmin_gap_s = 120\n"
    options = with_packs("retail", "wechat", "alipay", more=more).rules["refund-window"].options
    assert (options["max_age_days"], options["max_refunds"], options["min_gap_s"]) == (30, 50, 120)


def test_nobody_below_a_manager_gives_money_back_alone_beyond_his_limit() -> None:
    retail = with_packs("retail")
    assert retail.roles["cashier"].refund_limit == 0
    assert retail.roles["senior"].refund_limit == 5000
    restaurant = with_packs("restaurant")
    assert not {"refund", "void", "reversal"} & restaurant.roles["waiter"].may
    unattended = with_packs("unattended")
    assert not {"refund", "void", "reversal"} & unattended.roles["kiosk"].may
    alone = with_packs("one-person").roles["owner"].alone
    assert alone is not None
    assert (alone.limit, alone.totp, alone.delay_s) == (30000, True, 900)
    assert not with_packs("one-person").roles["owner"].may_approve


@pytest.mark.parametrize("pack", PACKS)
def test_packs_fit_the_schema(pack: str) -> None:
    assert list(errors(TomlFile(pack_bytes(pack).decode(), pack).data)) == []


def test_the_schema_is_one_and_the_example_fits() -> None:
    Draft202012Validator.check_schema(policy_schema())
    load_policy(EXAMPLE)
    assert list(errors(TomlFile(EXAMPLE.read_text(encoding="utf-8"), "x").data)) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[roles.a]\nmai = []", "roles.a"),
        ('[roles.a]\nmay = ["sell"]', "roles.a.may.0"),
        ("[roles.a]\nrefund_limit = 20.0", "roles.a.refund_limit"),
        ('[roles.a.alone]\ntotp = "yes"', "roles.a.alone.totp"),
        ("[rules.remainin]", "rules"),
        ('[rules.remaining]\nmode = "off"', "rules.remaining.mode"),
        ("[rules.code-fresh]\nwechat_s = 61", "rules.code-fresh.wechat_s"),
        ('[rules.cash-declared]\nproof = "oath"', "rules.cash-declared.proof"),
        ('[[limits]]\nid = "a"\nwindow = "1y"', "limits.0.window"),
        ("[[limits]]\ncount = 3", "limits.0"),
        ('[hours]\nmon = ["9-5"]', "hours.mon.0"),
        ("[context]\norder_s = 0", "context.order_s"),
        ('mode = "off"', "mode"),
        ('extend = ["retail"]', ""),
    ],
)
def test_the_schema_sees_what_a_reader_would_refuse(text: str, path: str) -> None:
    head = 'name = "shop"\nversion = 1\ncurrency = "EUR"\n'
    with pytest.raises(SettingsError):
        parse_policy(head + text + "\n", "policy.toml")
    found = list(errors(TomlFile(head + text + "\n", "x").data))
    assert found
    assert found[0].startswith(f"{path}: ")
