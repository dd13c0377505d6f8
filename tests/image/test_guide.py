"""What the guide shows of containers in YAML starts the devices that it speaks of."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import cast

import pytest

from tests.image.container import running
from tests.image.engine import Engine
from tests.image.recipe import NAME, ROOT, build_line

yaml = pytest.importorskip("yaml", reason="no reader of YAML on this machine (pip: pyyaml)")

pytestmark = pytest.mark.timeout(900)

GUIDE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def commands(part: object) -> Iterator[list[str]]:
    """The words of every ``command`` in a document, however it writes them."""
    if isinstance(part, dict):
        table = cast("dict[str, object]", part)
        if "command" in table:
            said = cast("str | list[str]", table["command"])
            yield shlex.split(said) if isinstance(said, str) else said
        part = list(table.values())
    if isinstance(part, list):
        for inner in cast("list[object]", part):
            yield from commands(inner)


SHOWN = [found for block in BLOCKS for found in commands(yaml.safe_load(block))]


def test_there_are_three_systems() -> None:
    assert len(SHOWN) == len(BLOCKS) == 3


def test_the_guide_shows_how_to_build_it() -> None:
    assert build_line() in GUIDE.splitlines()


@pytest.mark.parametrize("shown", SHOWN, ids=["compose", "gitlab", "github"])
def test_each_command_is_a_printer_with_its_api(
    shown: list[str], image: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ports = "-p 127.0.0.1:9100:9100 -p 127.0.0.1:8099:8099 -e POS_GUARD_HTTP_TOKEN"
    line = f"docker run --rm --hostname printer {ports} {NAME} {shlex.join(shown)}"
    with running(image, line, tmp_path_factory.mktemp("shown")) as made:
        assert made.healthy()
        assert made.prints(b"A\n") == b"\x00"
        assert [one["name"] for one in made.told("/v1/devices")["devices"]] == ["printer"]
        assert made.ends() == 0
