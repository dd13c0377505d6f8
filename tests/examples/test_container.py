"""The Dockerfile: no Docker here builds it, so its lines are held to what they call."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.examples.example_run import EXAMPLES, Example, example, lines_of

TEXT = (EXAMPLES / "ci" / "Dockerfile").read_text(encoding="utf-8")
TOKEN = "0123456789abcdef" * 4


def told(instruction: str) -> list[str]:
    """What stands behind each such instruction."""
    return re.findall(rf"^{instruction} (.+)$", TEXT, re.MULTILINE)


def shown() -> list[list[str]]:
    """The words behind the image's name, of each run that its comments show; () as CMD."""
    joined = re.sub(r"\\\n# *", "", TEXT)
    runs = re.findall(r"^#   docker run .*?pos-guard-simulator(.*)$", joined, re.MULTILINE)
    return [shlex.split(run) or json.loads(told("CMD")[0]) for run in runs]


@contextmanager
def running(made: Example, words: list[str]) -> Generator[dict[str, Any], None, None]:
    """What the container would run, at free ports; it ends at SIGTERM as ``docker stop`` asks."""
    argv = [*json.loads(told("ENTRYPOINT")[0]), *(re.sub(r":\d+$", ":0", word) for word in words)]
    with subprocess.Popen(
        argv, cwd=made.place, env=dict(made.environment), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_it_installs_what_the_readme_installs() -> None:
    install, user = told("RUN")
    readme = lines_of((EXAMPLES / "ci" / "README.md").read_text(encoding="utf-8"))[0]
    assert install.replace("--no-cache-dir ", "") == readme
    assert told("USER") == [user.split()[-1]]
    assert told("WORKDIR") == [f"/home/{user.split()[-1]}"]


@pytest.mark.parametrize("words", shown(), ids=" ".join)
def test_each_run_that_it_shows_starts_a_device(words: list[str], tmp_path: Path) -> None:
    with running(example("ci", tmp_path, POS_GUARD_HTTP_TOKEN=TOKEN), words) as ready:
        host, _, port = str(ready["addresses"]["tcp"]).rpartition(":")
        assert host == "0.0.0.0"
        socket.create_connection(("127.0.0.1", int(port)), 10).close()
        if "http" in ready:
            port = str(ready["http"]["url"]).rpartition(":")[2]
            request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/devices")
            request.add_header("Authorization", f"Bearer {TOKEN}")
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert [one["name"] for one in json.load(answer)["devices"]] == ["printer"]


def test_the_ports_that_it_names_are_those_that_it_shows() -> None:
    published = set(re.findall(r"127\.0\.0\.1:\d+:(\d+)", TEXT))
    listening = {word.rpartition(":")[2] for words in shown() for word in words if ":" in word}
    assert published == listening


def test_the_guide_shows_how_to_build_it() -> None:
    guide = (EXAMPLES.parent / "docs" / "ci.md").read_text(encoding="utf-8")
    (build,) = re.findall(r"^#   (docker build .+)$", TEXT, re.MULTILINE)
    assert build in lines_of(guide)
