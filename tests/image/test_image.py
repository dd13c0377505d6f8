"""The Dockerfile as it stands is built, and the image does what its comments and the guide say."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.image.container import TOKEN, running, started
from tests.image.engine import Engine
from tests.image.recipe import FOLDER, NAME, run_lines, told, words

pytestmark = pytest.mark.timeout(900)

RUN = "docker run --rm -p 127.0.0.1:9100:9100"
API = f"{RUN} -p 127.0.0.1:8099:8099 -e POS_GUARD_HTTP_TOKEN {NAME} printer --tcp 0.0.0.0:9100"
LOCKED = "--read-only --cap-drop ALL --security-opt no-new-privileges"

RECEIPT = b"\x1b@CORNER SHOP\nORDER A-17\nTOTAL EUR 5.49\nCARD EUR 5.49\n\x1dV\x00"
PAPER_THERE = b"\x00"
"""GS r 1: no bit of the roll is set."""

MOST_OF_OURS = 64 << 20
"""Bytes above Python's image: 51 MB, 20 of them Pillow with its libraries."""

OTHER = 4242
"""A user that the image does not know, as whoever types ``id -u`` is."""

DEVICES = """
[device.printer]
kind = "printer"
level = "tcp"
address = "0.0.0.0:9100"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as a person has it: a scenario in it, and it is theirs."""
    (tmp_path / "devices.toml").write_text(DEVICES, encoding="utf-8")
    till = (FOLDER / "till.toml").read_text(encoding="utf-8")
    with_place = till.replace('level = "tcp"', 'level = "tcp"\naddress = "0.0.0.0:9100"')
    (tmp_path / "till.toml").write_text(with_place, encoding="utf-8")
    return tmp_path


@pytest.fixture
def theirs(place: Path) -> Path:
    """The same, of a user that is not root."""
    for one in (place, *place.iterdir()):
        shutil.chown(one, OTHER, OTHER)
    return place


def inspected(image: Engine) -> dict[str, Any]:
    (found,) = json.loads(image.says(f"docker image inspect {NAME}"))
    return dict(found)


def test_it_is_what_the_dockerfile_says(image: Engine) -> None:
    config = inspected(image)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == json.loads(told("ENTRYPOINT")[0])
    assert config["Cmd"] == json.loads(told("CMD")[0])
    assert config["StopSignal"] == told("STOPSIGNAL")[0]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert list(config["ExposedPorts"]) == ["9100/tcp"]


def test_it_is_small(image: Engine) -> None:
    sizes = [
        int(json.loads(image.says(f"docker image inspect {name}"))[0]["Size"])
        for name in (NAME, told("FROM")[0])
    ]
    assert sizes[0] - sizes[1] < MOST_OF_OURS


def test_it_has_this_checkouts_wheel_and_nothing_else_of_it(image: Engine) -> None:
    with zipfile.ZipFile(next((image.place / "examples" / "ci").glob("pos_guard-*.whl"))) as wheel:
        record = next(name for name in wheel.namelist() if name.endswith("/RECORD"))
        wanted = {line for line in wheel.read(record).decode().splitlines() if "sha256=" in line}
    run = f"docker run --rm --entrypoint cat {NAME}"
    folder = "/usr/local/lib/python3.13/dist-packages"
    assert wanted <= set(image.says(f"{run} {folder}/{record}").splitlines())
    everywhere = f"docker run --rm --user 0 --entrypoint find {NAME} /"
    assert not image.says(f"{everywhere} -xdev -name 'pos_guard*.whl' -o -path '/work/*'")


@pytest.mark.parametrize("line", run_lines(), ids=lambda line: " ".join(words(line)))
def test_each_run_that_it_shows_starts_a_device(line: str, image: Engine, place: Path) -> None:
    inside = int(line.partition("-p 127.0.0.1:")[2].split()[0].rpartition(":")[2])
    with running(image, line, place) as made:
        assert made.healthy()
        socket.create_connection(("127.0.0.1", made.port(inside)), 10).close()
        assert made.ends() == 0


@pytest.mark.parametrize("locked", [False, True], ids=["as it is", "locked"])
def test_who_prints_sees_it_through_the_api(locked: bool, image: Engine, place: Path) -> None:
    more = f"{LOCKED} {image.locked}" if locked else ""
    line = API.replace("--rm", f"--rm {more}") + " --http 0.0.0.0:8099 --http-public --web"
    with running(image, line, place) as made:
        assert made.prints(RECEIPT) == PAPER_THERE
        (receipt,) = made.told("/v1/devices/printer/receipts")["receipts"]
        assert "TOTAL EUR 5.49" in receipt["text"]
        assert made.asks(receipt["png"], Authorization=f"Bearer {TOKEN}")[1].startswith(b"\x89PNG")
        assert made.asks("/v1/devices")[0] == 401
        assert made.asks(f"/?token={TOKEN}")[0] in (200, 303)
        assert made.ends() == 0


def test_it_is_nobody_in_there(image: Engine, place: Path) -> None:
    with running(image, f"{RUN} {NAME}", place) as made:
        status = dict(
            line.split(":", 1) for line in made.inside("cat /proc/1/status").splitlines() if line
        )
        assert set(status["Uid"].split() + status["Gid"].split()) == {"10001"}
        assert int(status["CapEff"], 16) == 0
        assert made.inside("cat /proc/1/cmdline").split("\0")[1:3] == [
            "/usr/local/bin/pos-guard",
            "simulate",
        ]


def test_what_nothing_listens_for_is_not_healthy(image: Engine, place: Path) -> None:
    with running(image, f"docker run --rm {NAME} printer --pty", place) as made:
        assert not made.healthy()


def test_the_engine_finds_it_healthy(image: Engine, place: Path) -> None:
    if not image.watches:
        pytest.skip("podman asks by systemd's timers, where there is systemd")
    with running(image, f"{RUN} {NAME}", place) as made:
        events = f"docker events --since 1m --filter container={made.name}"
        line = f"{events} --filter event=health_status"
        with started(image, line, place, subprocess.DEVNULL) as watching:
            assert watching.stdout is not None
            said = watching.stdout.readline()
            watching.terminate()
        assert "health_status: healthy" in said


def test_the_check_does_not_take_the_tills_place(image: Engine, place: Path) -> None:
    line = f"{API} --http 0.0.0.0:8099 --http-public --second refuse"
    with running(image, line, place) as made:
        with socket.create_connection(("127.0.0.1", made.port(9100)), 10) as till:
            assert made.healthy()
            till.sendall(b"\x1dr\x01")
            assert till.recv(1) == PAPER_THERE
        events = made.told("/v1/events?kind=connected")["events"]
        assert len(events) == 1


def test_its_name_opens_the_api_where_others_call_it_so(image: Engine, place: Path) -> None:
    line = API.replace("--rm", "--rm --hostname printer") + " --http printer:8099 --http-public"
    with running(image, line, place) as made:
        for host, status in (("printer:8099", 200), ("elsewhere:8099", 403)):
            bearer = f"Bearer {TOKEN}"
            assert made.asks("/v1/devices", Authorization=bearer, Host=host)[0] == status


def test_receipts_are_whole_once_it_was_stopped_and_belong_to_who_asked(
    image: Engine, theirs: Path
) -> None:
    line = run_lines()[3].replace("$(id -u):$(id -g)", f"{OTHER}:{OTHER}")
    assert "--out receipts" in line
    with running(image, line, theirs) as made:
        assert made.prints(RECEIPT) == PAPER_THERE
        image.says(f"docker stop {made.name}")
        assert made.process.wait(10) == 0
    text, picture = theirs / "receipts/0001.txt", theirs / "receipts/0001.png"
    assert "TOTAL EUR 5.49" in text.read_text(encoding="utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert {one.stat().st_uid for one in (text, picture)} == {OTHER}


@pytest.mark.parametrize(
    ("job", "code"),
    [(RECEIPT, 0), (RECEIPT.replace(b"5.49", b"5.50"), 1), (b"", 1)],
    ids=["the right receipt", "another amount", "nothing"],
)
def test_the_verdict_on_a_scenario_is_the_exit_code(
    job: bytes, code: int, image: Engine, theirs: Path
) -> None:
    line = run_lines()[4].replace("$(id -u):$(id -g)", f"{OTHER}:{OTHER}")
    with running(image, line.replace("devices.toml", "till.toml"), theirs) as made:
        if job:
            assert made.prints(job) == PAPER_THERE
        assert (made.process.wait(60) if code == 0 else made.ends()) == code
    report = (theirs / "report.xml").read_text(encoding="utf-8")
    assert ('failures="0"' in report) is (code == 0)
    verdict = json.loads((theirs / "receipts" / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["met"] is (code == 0)
