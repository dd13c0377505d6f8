"""``--http`` on the command line, and what it costs whoever does not ask for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pos_guard_simulator.control_http.option import http_options
from pos_guard_simulator.control_http.place import HttpPlace
from tests.simulator.simulate_process import ENVIRONMENT


@click.command()
@http_options
def asked(http: HttpPlace | None) -> None:
    if http is None:
        click.echo("nowhere")
        return
    at = f"unix:{http.unix}" if http.tcp is None else f"{http.tcp.host}:{http.tcp.port}"
    marks = [name for name in ("public", "web") if getattr(http, name)]
    click.echo(" ".join([at, *marks, *([str(http.token_file)] if http.token_file else [])]))


READ: list[tuple[list[str], str]] = [
    ([], "nowhere"),
    (["--http"], "127.0.0.1:0"),
    (["--http", "127.0.0.1:8099"], "127.0.0.1:8099"),
    (["--http", "localhost:8099"], "localhost:8099"),
    (["--http", "[::1]:8099"], "::1:8099"),
    (["--http", "unix:api.sock"], "unix:api.sock"),
    (["--web"], "127.0.0.1:0 web"),
    (["--web", "--http", "127.0.0.1:8099"], "127.0.0.1:8099 web"),
    (["--http", "0.0.0.0:8099", "--http-public"], "0.0.0.0:8099 public"),
    (["--http", "127.0.0.1:0", "--http-token-file", "t"], "127.0.0.1:0 t"),
]


@pytest.mark.parametrize(("words", "read"), READ, ids=lambda one: " ".join(one) or "none")
def test_where_the_api_shall_be(words: list[str], read: str) -> None:
    assert CliRunner().invoke(asked, words).output == f"{read}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--http", "0.0.0.0:8099"], "other machines could reach that"),
        (["--http", "there"], "write HOST:PORT"),
        (["--http-public"], "go with --http"),
        (["--http-token-file", "t"], "go with --http"),
    ],
)
def test_what_will_not_do_is_said(words: list[str], says: str) -> None:
    result = CliRunner().invoke(asked, words)
    assert result.exit_code == 2
    assert says in result.output


def test_nothing_of_a_web_server_is_loaded_before_it_is_asked_for() -> None:
    program = """
import sys
import pos_guard_simulator.control_http.option
import pos_guard_simulator.control_http.service
import pos_guard_simulator.simulate_run
heavy = {"starlette", "uvicorn", "anyio", "jinja2", "h11"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_token_file_that_cannot_be_is_said(tmp_path: Path) -> None:
    from tests.control_http.http_rig import USUAL, serving

    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")  # somebody waits for us to write there
    place = HttpPlace(token_file=link, unix=tmp_path / "api.sock")
    with (
        pytest.raises(click.UsageError, match="--http-token-file"),
        serving({"bon": USUAL["bon"]}, place=place),
    ):
        pass
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "api.sock").exists()


def test_what_is_not_installed_is_said_with_the_command_that_installs_it() -> None:
    program = """
import sys
sys.modules["starlette"] = None
from pos_guard.cli import main
sys.argv = ["pos-guard", "simulate", "printer", "--http"]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert 'pip install "pos-guard[simulator]"' in done.stderr
    assert "Traceback" not in done.stderr
