"""``pos-guard policy`` explain, diff, replay, init, schema and sign."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_guard.cli.columns import table, width
from pos_guard.clock import SystemClock
from pos_guard.frames.decoded import Json
from pos_guard.policy.engine import judge
from pos_guard.policy.load import parse_policy
from pos_guard.policy.request import LinkState, RefundPace, Request
from pos_guard.policy.request_json import request_json
from pos_guard.records import verdict_json
from pos_guard.store.store import Store
from tests.cli.shell import Cli, shell
from tests.policy.cases import BEN, refund, sale

POLICY = """\
name = "shop"
version = 1
currency = "EUR"
[payees]
terminals = ["52001233"]
[roles.senior]
may = ["refund"]
refund_limit = "20.00"
"""
STRICTER = POLICY.replace("20.00", "10.00")


def asked(amount: int) -> Request:
    link = LinkState("t", payee="52001233")
    return Request(refund(amount), operator=BEN, sale=sale(9000), pace=RefundPace(), link=link)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    Path("policy.toml").write_text(POLICY)
    Path("new.toml").write_text(STRICTER)
    return shell(capsys, monkeypatch)


@pytest.fixture
def state(tmp_path: Path) -> str:
    """A store whose record holds four refunds, judged by ``POLICY``."""
    policy, directory = parse_policy(POLICY, "policy.toml"), tmp_path / "state"
    directory.mkdir(mode=0o700)
    with Store.create(directory, clock=SystemClock(), terminal_id="T1") as store:
        for entry, amount in enumerate((500, 1500, 1600, 2500), 1):
            verdict = judge(asked(amount), policy)
            body: dict[str, Json] = {"entry": entry, "request": request_json(asked(amount))}
            with store.transaction():
                store.audit.append("verdict", body | verdict_json(verdict), actor="ben")
        with store.transaction():
            store.audit.append("outcome", {"entry": 3, "result": "declined"})
            store.audit.append("verdict", {"entry": 5, "request": None, "level": "ALLOW"})
    return str(directory)


def test_explain_shows_a_table_and_the_exit_code_is_the_verdict(cli: Cli) -> None:
    request = json.dumps(request_json(asked(2001)))
    done = cli("policy", "explain", "policy.toml", "-", stdin=request)
    lines = done.out.splitlines()
    assert done.code == 1
    assert lines[0].split() == ["rule", "found", "mode", "looked", "at", "words"]
    assert lines[1].startswith("* within-limit")
    assert "amount 20.01, limit 20.00" in lines[1]
    assert lines[-1] == "Verdict: asks by within-limit (approval)"
    fewer = json.dumps(request_json(asked(2000)))
    assert cli("policy", "explain", "policy.toml", "-", stdin=fewer).code == 0


def test_explain_in_chinese_keeps_its_columns(cli: Cli) -> None:
    request = json.dumps(request_json(asked(2001)))
    done = cli("policy", "explain", "policy.toml", "-", "--lang", "zh", stdin=request)
    *rows, last = done.out.splitlines()
    assert last == "结论：需确认，依据 within-limit (approval)"
    starts = {width(line[: line.index("执行")]) for line in rows[1:]}
    assert starts == {width(rows[0][: rows[0].index("模式")])}


def test_explain_as_json(cli: Cli) -> None:
    request = json.dumps(request_json(asked(2001)))
    done = cli("policy", "explain", "policy.toml", "-", "--json", stdin=request)
    (shown,) = done.lines
    assert (shown["level"], shown["rule"], shown["needs"]) == (
        "REQUIRE",
        "within-limit",
        ["approval"],
    )
    findings = shown["findings"]
    assert isinstance(findings, list)
    assert {"rule", "level", "effective", "mode", "reason", "inputs", "say"} <= set(findings[0])


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "must be an object"),
        ('{"intent": {"kind": "sale", "tender": "card", "amount": 1.5}}', "intent.amount: must be"),
        ('{"intent": {"kind": "sale", "tender": "card"}, "sail": 1}', "sail: is not a known key"),
    ],
)
def test_explain_names_what_is_wrong_in_a_request(cli: Cli, stdin: str, words: str) -> None:
    done = cli("policy", "explain", "policy.toml", "-", stdin=stdin)
    assert done.code == 2
    assert words in done.err
    assert done.out == ""


def test_explain_a_request_of_the_record(cli: Cli, state: str) -> None:
    for which in (("--entry", "4"), ("--record", "4")):
        done = cli("policy", "explain", "policy.toml", *which, "--state", state, "--json")
        (shown,) = done.lines
        if which[0] == "--entry":
            assert shown["rule"] == "within-limit"
    assert cli("policy", "explain", "policy.toml", "--entry", "99", "--state", state).code == 2
    assert cli("policy", "explain", "policy.toml", "--entry", "5", "--state", state).code == 2
    assert cli("policy", "explain", "policy.toml").code == 2


def test_diff_says_what_differs(cli: Cli) -> None:
    done = cli("policy", "diff", "policy.toml", "new.toml")
    assert done.code == 1
    assert "roles.senior.refund_limit: 2000 -> 1000" in done.out
    assert "allowed  asks" in done.out
    assert "10.01 EUR" in done.out
    (shown,) = cli("policy", "diff", "policy.toml", "new.toml", "--json").lines
    assert shown["same"] is False
    decisions = shown["decisions"]
    assert isinstance(decisions, list)
    assert {(each["before"], each["after"], each["rule"]) for each in decisions} == {
        ("ALLOW", "REQUIRE", "within-limit")
    }


def test_diff_of_a_policy_and_itself_is_exit_0(cli: Cli) -> None:
    done = cli("policy", "diff", "policy.toml", "policy.toml", "--lang", "zh")
    assert done.code == 0
    assert done.out.startswith("没有差别")


def test_replay_counts_by_rule_and_by_money(cli: Cli, state: str) -> None:
    done = cli("policy", "replay", "new.toml", "--state", state)
    assert done.code == 1
    assert "4 requests judged again by shop, version 1." in done.out
    assert "1 records do not keep their whole request." in done.out
    row = next(line for line in done.out.splitlines() if "would be asked first" in line)
    assert row.split()[4:8] == ["within-limit", "2", "31.00", "EUR"]
    (shown,) = cli("policy", "replay", "new.toml", "--state", state, "--json").lines
    (change,) = cast("list[dict[str, Json]]", shown["changes"])
    assert (change["change"], change["count"], change["amount"]) == ("asked", 2, 3100)


def test_replay_of_the_same_policy_is_exit_0(cli: Cli, state: str) -> None:
    done = cli("policy", "replay", "policy.toml", "--state", state)
    assert done.code == 0
    assert "decided alike" in done.out
    later = cli("policy", "replay", "new.toml", "--state", state, "--since", "2999-01-01")
    assert later.code == 0
    assert cli("policy", "replay", "new.toml", "--state", state, "--since", "soon").code == 2


def test_init_writes_a_policy_that_is_right_and_never_over_another(cli: Cli) -> None:
    for pack in ("retail", "restaurant", "one-person", "unattended"):
        file = f"{pack}.toml"
        arguments = ("--pack", pack, "--currency", "CNY", "--zone", "Asia/Shanghai")
        assert cli("policy", "init", file, *arguments).code == 0
        assert cli("policy", "check", file).code == 0
    before = Path("retail.toml").read_text()
    assert cli("policy", "init", "retail.toml").code == 2
    assert Path("retail.toml").read_text() == before
    assert cli("policy", "init", "x.toml", "--currency", "EURO").code == 2
    assert not Path("x.toml").exists()


def test_check_tells_layers_limits_and_locks(cli: Cli) -> None:
    cli("policy", "init", "shop.toml")
    done = cli("policy", "check", "shop.toml")
    assert "layers: card-data@1, retail@1, wechat@1, alipay@1, schemes@1, my-shop@1" in done.out
    assert "refunds-of-a-shift" in done.out
    assert "never more back than was paid (locked by schemes)" in done.out
    (shown,) = cli("policy", "check", "shop.toml", "--json").lines
    assert shown["packs"] == ["card-data@1", "retail@1", "wechat@1", "alipay@1", "schemes@1"]


def test_check_names_the_file_of_each_mistake(cli: Cli) -> None:
    Path("shop.toml").write_text('extends = ["pack.toml"]\n' + POLICY)
    Path("pack.toml").write_text("name = 3\nversion = 1\n")
    done = cli("policy", "check", "shop.toml")
    assert done.code == 1
    assert "pack.toml: line 1: name: must be text" in done.err
    (shown,) = cli("policy", "check", "shop.toml", "--json").lines
    assert [each["file"] for each in shown["problems"]] == ["pack.toml"]  # type: ignore[attr-defined]


def test_the_schema_is_json(cli: Cli) -> None:
    assert json.loads(cli("policy", "schema").out)["title"] == "pos-guard policy"


def test_sign_and_check(cli: Cli) -> None:
    key = Ed25519PrivateKey.generate()
    none = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    Path("key.pem").write_bytes(key.private_bytes(pem, pkcs8, none))
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    Path("key.pub").write_bytes(key.public_key().public_bytes(pem, spki))
    assert cli("policy", "check", "policy.toml", "--key", "key.pub").code == 1
    done = cli("policy", "sign", "policy.toml", "--key", "key.pem")
    assert done.out.startswith("policy.toml.sig is written: 1 layers")
    signed = cli("policy", "check", "policy.toml", "--key", "key.pub")
    assert signed.out.startswith("policy.toml: ok, signed")
    Path("policy.toml").write_text(STRICTER)
    changed = cli("policy", "check", "policy.toml", "--key", "key.pub")
    assert changed.code == 1
    assert "the policy was changed" in changed.err
    assert cli("policy", "check", "policy.toml").code == 0


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("拒绝", 4), ("（a）", 5), ("é", 1), ("e\u0301", 1)]
)
def test_wide_characters_take_two_columns(text: str, columns: int) -> None:
    assert width(text) == columns
    assert list(table([(text, "x"), ("1234567", "y")])) == [
        text + " " * (9 - columns) + "x",
        "1234567  y",
    ]
    assert list(table([])) == []


def test_a_request_that_waited_counts_once_with_its_last_judgement(cli: Cli, state: str) -> None:
    with Store.open(Path(state), clock=SystemClock()) as store, store.transaction():
        approved = replace(asked(2500), approver=None)
        body: dict[str, Json] = {"entry": 4, "request": request_json(approved), "level": "ALLOW"}
        store.audit.append("verdict", body | {"rule": "within-limit"})
    (shown,) = cli("policy", "replay", "policy.toml", "--state", state, "--json").lines
    assert shown["judged"] == 4
    (change,) = cast("list[dict[str, Json]]", shown["changes"])
    assert (change["change"], change["amount"]) == ("asked", 2500)
