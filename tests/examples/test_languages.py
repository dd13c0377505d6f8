"""The small till in other languages, with its own tests, as the README of each says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.examples.example_run import JAVA, commands_of, example, needs, with_packages
from tests.integration.clients.libraries import ESCPOS_PHP, REQUIRED


def test_node(tmp_path: Path) -> None:
    made = with_packages(example("node", tmp_path))
    (line,) = commands_of(made)
    said = made.passes(line)
    assert "# pass 2" in said or "ℹ pass 2" in said
    assert "# fail 0" in said or "ℹ fail 0" in said


def test_php_with_plain_sockets(tmp_path: Path) -> None:
    needs("php", "php-cli", REQUIRED)
    made = example("php", tmp_path)
    assert made.passes(commands_of(made)[0]).count("ok  ") == 2


def test_php_with_escpos_php(tmp_path: Path) -> None:
    needs("php", "php-cli", REQUIRED)
    autoload = os.environ.get(ESCPOS_PHP)
    if not autoload:
        pytest.skip(f"escpos-php: composer require mike42/escpos-php, and set {ESCPOS_PHP}")
    made = example("php", tmp_path, AUTOLOAD=autoload)
    assert made.passes(commands_of(made)[1]).count("ok  ") == 2


def test_java(tmp_path: Path) -> None:
    needs("javac", "default-jdk-headless", JAVA)
    made = example("java", tmp_path)
    build, run = commands_of(made)
    made.passes(build)
    assert made.passes(run).count("ok  ") == 2


def test_shell(tmp_path: Path) -> None:
    made = example("shell", tmp_path)
    (line,) = commands_of(made)
    assert made.passes(line).count("ok  ") == 2


WRONG = {
    "node": ("till.mjs", "node", "nodejs npm"),
    "shell": ("till.sh", "sh", "dash"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_receipt_fails_them(name: str, tmp_path: Path) -> None:
    file, program, packages = WRONG[name]
    needs(program, packages, REQUIRED)
    made = example(name, tmp_path)
    made = with_packages(made) if name == "node" else made
    text = (made.place / file).read_text(encoding="utf-8")
    assert "PAID" in text
    (made.place / file).write_text(text.replace("PAID", "SEEN"), encoding="utf-8")
    done = made.shell(commands_of(made)[0])
    assert done.returncode == 1
    assert "SEEN" in done.stdout or "the last line" in done.stdout
