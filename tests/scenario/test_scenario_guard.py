"""The guard between the app and the devices of a scenario."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.scenario.scenes import PRINTER, TERMINAL, play, scene, shell, wrong

WRONG = {
    "an unknown policy": ('policy = "retial"', "there is no 'retial' (did you mean \"retail\"?)"),
    "no such file": ('policy = "own.toml"', "own.toml: cannot be read: "),
    "an unknown person": ('operator = "ana"', "nobody is 'ana' (did you mean \"anna\"?)"),
    "an unknown device": ('devices = ["printr"]', "there is no 'printr'"),
    "on the USB": ('devices = ["usb"]', 'usb: the guard stands before devices at level "pty"'),
}


@pytest.mark.parametrize(("line", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_with_a_guard(tmp_path: Path, line: str, said: str) -> None:
    usb = '[device.usb]\nkind = "printer"\nlevel = "usbip"\n'
    (problem,) = wrong(scene(tmp_path, f"{PRINTER}{usb}[guard]\n{line}\n"))
    place, _, message = problem.partition(f"guard.{line.split(maxsplit=1)[0]}: ")
    assert place == "line 8: "
    assert said in message


def test_the_guard_of_nobody(tmp_path: Path) -> None:
    text = PRINTER + '[[step]]\ndevice = "guard"\ndo = "approve"\n'
    text += '[[expect]]\ndevice = "guard"\nevent = "verdict"\n'
    said = "there is no guard: add a table [guard]"
    assert wrong(scene(tmp_path, text)) == [
        f"line 5: step[0].device: {said}",
        f"line 8: expect[0].device: {said}",
    ]


def test_what_the_guard_cannot_be_asked(tmp_path: Path) -> None:
    text = PRINTER + '[guard]\n[[step]]\ndevice = "guard"\ndo = "aprove"\n'
    said = "line 7: step[0].do: the guard has no 'aprove' (did you mean \"approve\"?)"
    assert wrong(scene(tmp_path, text)) == [said]


REFUND = """
import os, socket
place = os.environ["POS_TERMINAL_HOST"], int(os.environ["POS_TERMINAL_PORT"])
with socket.create_connection(place, timeout=30) as line, line.makefile("rb") as said:
    for command in ("0600" "06" "000000" "be" "0978", "0631" "0a" "000000" "04000000000900"):
        line.sendall(bytes.fromhex(command))  # register, and give 9.00 EUR back
        while True:
            head = said.read(3)
            data = said.read(head[2])
            if head[0] in (0x80, 0x84):
                continue
            line.sendall(bytes.fromhex("800000"))
            if head[:2] == bytes.fromhex("060f"):
                break  # done
            assert head[:2] != bytes.fromhex("061e"), data.hex()  # refused
"""


def test_a_second_person_says_yes_on_the_time_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(REFUND, encoding="utf-8")
    text = f"""
    [guard]
    operator = "ben"

    [app]
    command = ["{sys.executable}", "app.py"]

    [[step]]
    after = "guard verdict"
    at = 0.2
    device = "guard"
    do = "approve"
    fields = {{ approver = "maya" }}

    [[expect]]
    device = "guard"
    event = "verdict"
    where = {{ level = "REQUIRE", operation = "refund" }}

    [[expect]]
    device = "terminal"
    moved = [{{ kind = "refund", amount = 900 }}]
    """
    out = tmp_path / "out"
    played = play(scene(tmp_path, TERMINAL + text), "--out", str(out))
    assert played.exit_code == 0, (played.unmet(), played.stderr)
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    told = [one["kind"] for one in events if one["device"] == "guard"]
    assert told[:3] == ["verdict", "told", "asked"], "a verdict stands before what comes of it"


def test_nothing_waits_for_an_answer(tmp_path: Path) -> None:
    text = '[guard]\n[[step]]\ndevice = "guard"\ndo = "approve"\nfields = { approver = "maya" }\n'
    played = play(scene(tmp_path, PRINTER + text))
    assert played.exit_code == 1
    assert list(played.unmet().values()) == [
        ["it could not be done: the guard waits for nobody's answer"]
    ]


def test_what_an_app_gets_of_the_guard(tmp_path: Path) -> None:
    app = shell('test -S "$POS_GUARD_SOCKET" && test "$POS_PRINTER" = "{printer.tcp}"')
    played = play(scene(tmp_path, PRINTER + app + '[guard]\npolicy = "retail"\n'))
    assert played.exit_code == 0, played.unmet()
    assert set(played.verdict["devices"]) == {"printer", "guard"}


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    policy = 'name = "own"\nversion = 1\ncurrency = "EUR"\n[roles.cashier]\nmay = ["sale"]\n'
    (tmp_path / "own.toml").write_text(policy, encoding="utf-8")
    file = scene(tmp_path, PRINTER + shell("true") + '[guard]\npolicy = "own.toml"\n')
    assert play(file).exit_code == 0
    (tmp_path / "own.toml").write_text(policy + "nonsense = 1\n", encoding="utf-8")
    (said,) = wrong(file)
    assert said.startswith("line 7: guard.policy: ")
    assert "line 6: roles.cashier.nonsense: is not a known key" in said
