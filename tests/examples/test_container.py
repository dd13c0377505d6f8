"""The Dockerfile's lines without a container; tests/image builds and runs it where that can be."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.examples.example_run import Example, example
from tests.image.recipe import TEXT, run_lines, told, words

TOKEN = "0123456789abcdef" * 4
DEVICES = '[device.printer]\nkind = "printer"\nlevel = "tcp"\naddress = "0.0.0.0:0"\n'


@contextmanager
def running(made: Example, given: list[str]) -> Generator[dict[str, Any], None, None]:
    """What the container would run, at free ports; it ends at SIGTERM as ``docker stop`` asks."""
    argv = [*json.loads(told("ENTRYPOINT")[0]), *(re.sub(r":\d+$", ":0", word) for word in given)]
    with subprocess.Popen(
        argv, cwd=made.place, env=dict(made.environment), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


@pytest.mark.parametrize("given", [words(line) for line in run_lines()], ids=" ".join)
def test_each_run_that_it_shows_starts_a_device(given: list[str], tmp_path: Path) -> None:
    made = example("ci", tmp_path, POS_GUARD_HTTP_TOKEN=TOKEN)
    (made.place / "devices.toml").write_text(DEVICES, encoding="ascii")
    with running(made, given) as ready:
        device = ready["devices"]["printer"] if "devices" in ready else ready
        host, _, port = str(device["addresses"]["tcp"]).rpartition(":")
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
    given = [word for line in run_lines() for word in words(line)]
    listening = {word.rpartition(":")[2] for word in given if ":" in word}
    assert published == listening
    assert set(told("EXPOSE")) <= listening


def test_what_it_installs_is_an_extra_with_the_live_page() -> None:
    (package,) = re.findall(r'^PACKAGE="(.+)"$', told("ARG")[0])
    assert package == "pos-guard[dashboard]"
