"""The catalogue holds what the twins can do, all of it and nothing else; ``pos-guard faults``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pos_guard.cli.columns import width
from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.frames.scanner_models import scanner_model, scanner_names
from pos_guard_simulator.faults.catalogue import CATALOGUE, faults_for, find, of_group
from pos_guard_simulator.faults.command import faults
from pos_guard_simulator.faults.entry import SHOP, FaultEntry, Group
from pos_guard_simulator.faults.of_host import VOCABULARIES
from pos_guard_simulator.faults.of_shop import MachineFault, PeopleFault
from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.payment_words import Outcome
from pos_guard_simulator.printer import Fault
from pos_guard_simulator.provider_book import Script
from pos_guard_simulator.scanner_make import HID, ScannerOptions, scanner_line, usb_scanner
from pos_guard_simulator.simulate import host, printer, provider, scanner, terminal
from pos_guard_simulator.simulate_device import Device, Fields, carry_out
from pos_guard_simulator.simulate_place import Place

COMMANDS = {"printer": printer, "scanner": scanner, "terminal": terminal, "host": host,
            "provider": provider}  # fmt: skip
WORDS = {"printer": [], "scanner": [], "terminal": ["zvt"], "host": ["iso8583"],
         "provider": ["wechat"]}  # fmt: skip
MODELS = {"ssi": "zebra-ssi", "hid-pos": "honeywell-hidpos", "keyboard": "generic-wedge",
          "serial": "generic-serial"}  # fmt: skip


def made(kind: str, profile: str) -> Device:
    """A device of that kind and profile, as the command line makes one."""
    words: list[str] = list(WORDS[kind])
    if kind == "scanner" and profile:
        words = ["--model", MODELS[profile]]
        words += ["--usbip", "127.0.0.1:0"] if profile in ("hid-pos", "keyboard") else []
    elif profile:
        words = [profile]
    device: tuple[Device, Place] = COMMANDS[kind].main(words, standalone_mode=False)
    return device[0]


EACH = [
    (entry, kind, profile)
    for entry in CATALOGUE
    if SHOP not in entry.devices
    for kind in entry.devices
    for profile in entry.profiles or ("",)
    if kind not in ("terminal", "host") or (profile == "iso8583") == (kind == "host") or not profile
]


@pytest.mark.parametrize(
    ("entry", "kind", "profile"), EACH, ids=[f"{k}-{e.key}-{p}" for e, k, p in EACH]
)
def test_everything_in_it_can_be_made_to_happen(entry: FaultEntry, kind: str, profile: str) -> None:
    device = made(kind, profile)
    name = entry.key if entry.group is Group.LINK else entry.name
    behind = {"refuse": "refuse:6C"}.get(name, name)
    fields: dict[str, Json] = {
        one.name: one.usual
        for one in entry.parameters
        if one.usual is not None and ":" not in one.name
    }
    carry_out(device, "fault", Fields({"name": behind, **fields}))
    carry_out(device, "clear", Fields({"name": behind}))


def test_every_twins_faults_are_in_it() -> None:
    known = {(kind, entry.name) for entry in CATALOGUE for kind in entry.devices}
    missing: set[tuple[str, str]] = {("printer", str(fault)) for fault in Fault} - known
    for model in scanner_names():
        options = ScannerOptions(model)
        hid = scanner_model(model).language in HID
        shown = usb_scanner(options).shown if hid else scanner_line(options)
        missing |= {("scanner", fault) for fault in shown.fault_names} - known
    for name, words in VOCABULARIES.items():
        kind = "host" if name == "iso8583" else "terminal"
        for word in {*Outcome, *words.wrongs, *words.more} - {Outcome.APPROVE}:
            missing |= {(kind, str(word))} - known
    missing |= {("provider", str(one)) for one in Script if one is not Script.APPROVE} - known
    for kind in COMMANDS:
        missing |= {(kind, str(fault)) for fault in LineFault} - known
    missing |= {("shop", str(one)) for one in (*PeopleFault, *MachineFault)} - known
    of_serial = {"baud_mismatch", "parity_mismatch", "re_enumerate"}
    assert missing == {(kind, one) for kind in ("host", "provider") for one in of_serial}


def test_a_device_is_asked_for_what_it_really_has() -> None:
    assert {entry.name for entry in faults_for("scanner", "keyboard")} >= {"wrong-layout"}
    assert "wrong-layout" not in {entry.name for entry in faults_for("scanner", "serial")}
    assert "refuse" not in {entry.name for entry in faults_for("terminal", "transbank")}
    assert {entry.name for entry in faults_for("terminal", "zvt")} >= {"refuse", "drop", "late"}
    for name, words in VOCABULARIES.items():
        kind = "host" if name == "iso8583" else "terminal"
        said = {entry.name for entry in faults_for(kind, name) if entry.group is Group.HOST}
        assert said == {str(word) for word in {*Outcome, *words.wrongs, *words.more}} - {"approve"}


def test_no_two_have_one_key_and_each_says_what_it_is_in_both_languages() -> None:
    assert [key for key, count in Counter(one.key for one in CATALOGUE).items() if count > 1] == []
    for entry in CATALOGUE:
        texts = (entry.text.does, entry.text.real)
        assert all(words.zh and words.en for words in texts), entry.key
        assert entry.text.source
        assert entry.levels


def test_found_by_name_and_by_key() -> None:
    assert [entry.key for entry in find("drop")] == ["scanner:drop", "link:drop"]
    assert [entry.key for entry in find("link:drop")] == ["link:drop"]
    assert find("fire") == []
    assert {entry.name for entry in of_group(Group.PEOPLE)} == set(PeopleFault)


def run(*words: str) -> Any:
    done = CliRunner().invoke(faults, list(words))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_list_fits_a_screen(lang: str) -> None:
    lines = run("--lang", lang).splitlines()
    assert len(lines) == len(CATALOGUE) + 1
    assert max(map(width, lines)) <= 100


def test_the_list_is_narrowed() -> None:
    links = run("--group", "link").splitlines()[1:]
    assert [line.split()[0] for line in links] == [f"link:{fault}" for fault in LineFault]
    both = json.loads(run("--device", "scanner", "--group", "device", "--json"))
    assert {one["key"].split(":")[0] for one in both["faults"]} == {"scanner"}


def test_one_in_full() -> None:
    text = run("link:baud_mismatch")
    for part in ("link:baud_mismatch", "TL16C550D", "amount (%) = 50", "pty"):
        assert part in text
    (told,) = json.loads(run("wrong_pin", "--json"))["faults"]
    assert (told["group"], told["devices"], told["ends"]) == ("people", ["shop"], "by itself")


def test_none_of_that_name() -> None:
    done = CliRunner().invoke(faults, ["fire"])
    assert (done.exit_code, "there is no such fault" in done.output) == (1, True)


def test_a_fault_that_another_profile_has_is_refused() -> None:
    with pytest.raises(LocalError):
        carry_out(made("scanner", "serial"), "fault", Fields({"name": "half-hid"}))


def test_the_documentation_has_every_fault_in_the_same_words() -> None:
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    for entry in CATALOGUE:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{entry.key}`")]
        assert row.endswith(f"| {entry.text.does.en} | {entry.text.real.en} |")
