"""The command group: other packages' commands join, broken ones say so, nothing ends in a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pos_guard.cli.keeper import command as keeper
from pos_guard.cli.main import run as command_line
from pos_guard.ports.keeper_client import KeeperClient


def run(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, "-m", "pos_guard", *arguments],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env=environment,
        check=False,
        timeout=30,
    )


def plugin(directory: Path, target: str) -> Path:
    """A distribution of somebody else's, with one command."""
    info = directory / "acme_pos-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pos\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[pos_guard.commands]\nacme = {target}\n")
    code = "import click\n@click.command()\ndef acme():\n    'Greets.'\n    click.echo('hello')\n"
    (directory / "acme_pos.py").write_text(code)
    return directory


def test_a_command_of_another_package_joins(tmp_path: Path) -> None:
    done = run("acme", path=plugin(tmp_path, "acme_pos:acme"))
    assert (done.returncode, done.stdout) == (0, "hello\n")


def test_a_command_that_cannot_be_loaded_spoils_nothing(tmp_path: Path) -> None:
    path = plugin(tmp_path, "acme_pos:missing")
    listed = run("--help", path=path)
    assert listed.returncode == 0, listed.stderr
    assert "unavailable" in listed.stdout
    asked = run("acme", path=path)
    assert asked.returncode == 2
    assert "acme-pos cannot be loaded" in asked.stderr
    assert "Traceback" not in asked.stderr + listed.stderr


def test_the_version_is_said_with_and_without_the_command_line() -> None:
    assert run("--version").stdout == run("--version", "--help").stdout == "pos-guard 0.1.0\n"


def test_what_does_not_exist_is_usage() -> None:
    done = run("no-such-command")
    assert done.returncode == 2
    assert "No such command" in done.stderr


def test_the_keeper_is_shown_and_ended(tmp_path: Path) -> None:
    socket = tmp_path / "keeper.sock"
    client = KeeperClient.start(socket)
    os.close(client.open("printer", None).master)
    client.close()
    listed = CliRunner().invoke(keeper, ["list", "--keeper", str(socket)])
    assert listed.output.startswith("printer  /dev/pts/")
    assert CliRunner().invoke(keeper, ["stop", "--keeper", str(socket)]).exit_code == 0
    gone = run("keeper", "list", "--keeper", str(socket))
    assert gone.returncode == 1
    assert "no keeper" in gone.stderr


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("till1-000002", "till1-000002"),
        ("T1-000001,", "T1-000001,"),
        ("shop-2-till-3-123456", "shop-2-till-3-123456"),
        ("482915", "****"),
        ("4829", "****"),
        ("134567890123456789", "****"),
        ("1234-567890", "****-****"),
        ("4111-1111-1111-111111", "****-****-****-****"),
        ("till482915-000001", "till****-****"),
        ("till1-0000021", "till1-****"),
        ("till1-00002", "till1-****"),
        ("till1-000002-4829", "till1-****-****"),
        ("till1-000002 482915", "till1-000002 ****"),
        ("iso8583-ascii", "iso8583-ascii"),
        ("iso8583482915", "iso****"),
        ("8583", "****"),
    ],
)
def test_what_was_typed_wrong_is_repeated_without_pins_and_codes(
    typed: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line(["resolve", "1", typed])
    assert ended.value.code == 2
    assert f"'{shown}' is not one of" in capsys.readouterr().err


def test_the_numbers_of_our_own_words_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line(["simulate", "printer", "--tcp", "482915"])
    assert "--tcp '****': write HOST:PORT, such as 127.0.0.1:9100" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command_line(["simulate", "printer", "--profile", "482915"])
    said = capsys.readouterr().err
    assert "'****' is not one of" in said
    assert "'nt-5890k'" in said
