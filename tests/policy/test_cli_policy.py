"""``pos-guard policy check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos_guard.cli.policy import command
from pos_guard.policy.load import load_policy

EXAMPLE = Path(__file__).parents[2] / "examples" / "policy.toml"
BAD = 'name = "shop"\nversion = 1.5\ncurrency = "EUR"\n[roles.a]\nmay = ["refnd"]\n'


def check(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["check", *arguments])


def test_a_right_policy_says_what_it_says() -> None:
    result = check(str(EXAMPLE))
    assert result.exit_code == 0
    assert "small-shop, version 1, EUR" in result.stdout
    assert load_policy(EXAMPLE).hash in result.stdout
    assert "cashier, manager, senior" in result.stdout


@pytest.mark.parametrize(
    ("rest", "warned"),
    [
        ('mode = "enforce"\n', True),
        ("", True),
        ('mode = "observe"\n', False),
        ('mode = "observe"\nextends = ["card-data", "wechat"]\n', True),
        ('mode = "warn"\n[rules.payee-known]\nmode = "enforce"\n', True),
        ('[rules.payee-known]\nmode = "warn"\n', False),
        ('[payees]\nalipay = ["2088000000000001"]\n', False),
    ],
)
def test_payees_of_nobody_are_warned_of_and_no_error(
    rest: str, warned: bool, tmp_path: Path
) -> None:
    path = tmp_path / "policy.toml"
    head, role = 'name = "s"\nversion = 1\ncurrency = "EUR"\n', '[roles.a]\nmay = ["sale"]\n'
    path.write_text(head + rest + role, encoding="utf-8")
    result = check(str(path))
    assert result.exit_code == 0, result.output
    assert ("warning: payees: nobody is listed" in result.stderr) is warned
    assert result.stdout.startswith(f"{path}: ok")
    assert len(json.loads(check(str(path), "--json").stdout)["warnings"]) == warned


def test_a_right_policy_as_json() -> None:
    result = check(str(EXAMPLE), "--json")
    shown = json.loads(result.stdout)
    assert result.exit_code == 0
    assert shown["ok"] is True
    assert shown["problems"] == []
    assert shown["hash"] == load_policy(EXAMPLE).hash
    assert shown["rules"]["remaining"] == "enforce"


def test_every_problem_is_told_with_file_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(BAD, encoding="utf-8")
    result = check(str(path))
    assert result.exit_code == 1
    assert f"{path}: line 2: version: must be a whole number" in result.stderr
    assert f'{path}: line 5: roles.a.may[0]: "refnd" is not an operation' in result.stderr
    assert "2 problems" in result.stderr


def test_every_problem_as_json(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(BAD, encoding="utf-8")
    result = check(str(path), "--json")
    shown = json.loads(result.stdout)
    assert result.exit_code == 1
    assert shown["ok"] is False
    assert [(each["line"], each["path"]) for each in shown["problems"]] == [
        (2, "version"),
        (5, "roles.a.may[0]"),
    ]


def test_a_file_that_cannot_be_read_is_another_exit_code(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.toml"):
        result = check(str(path))
        assert result.exit_code == 2
        assert "cannot be read" in result.stderr


def test_text_that_is_not_toml_is_wrong_not_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("name = \n", encoding="utf-8")
    assert check(str(path)).exit_code == 1
