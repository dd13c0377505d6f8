"""A scenario file is strict: everything wrong is told at once, with its line and what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import click
import pytest

from pos_guard_simulator.running.options import run_options
from pos_guard_simulator.scenario.devices import ELSEWHERE
from pos_guard_simulator.scenario.file import USUAL_LIMIT_MS, load_scenario
from tests.scenario.scenes import PRINTER, SCANNER, TERMINAL, scene, shell, wrong

WRONG = {
    "no device": ('[scenario]\nname = "x"\n', ["device: is missing"]),
    "no TOML": (
        "[scenario\n",
        ["line 1: not valid TOML: Expected ']' at the end of a table declaration"],
    ),
    "an unknown table": (
        PRINTER + "[steps]\n",
        ['line 4: steps: is not a known key (did you mean "step"?)'],
    ),
    "an unknown device": (
        '[device.printer]\nkind = "printr"\n',
        ["line 2: device.printer.kind: 'printr' is no device (did you mean \"printer\"?)"],
    ),
    "a device's name": (
        '[device.Printer_1]\nkind = "printer"\n',
        ["line 1: device.Printer_1: a name is 1 to 32 small letters, digits and -, such as till-2"],
    ),
    "a reserved name": (
        '[device.app]\nkind = "printer"\n',
        ["line 1: device.app: 'app' means something else here: choose another name"],
    ),
    "an unknown option": (
        PRINTER + 'profle = "epson"\n',
        ["line 4: device.printer.profle: is no option of 'printer' (did you mean \"profile\"?)"],
    ),
    "an option of elsewhere": (
        PRINTER + 'control = "x"\nout = "x"\n',
        [
            "line 4: device.printer.control: the scenario has one control socket: --control PATH",
            "line 5: device.printer.out: receipts are kept by the scenario: --out DIR",
        ],
    ),
    "a flag": (
        PRINTER + "drawer = 1\n",
        ["line 4: device.printer.drawer: must be true or false, not a whole number"],
    ),
    "an option's value": (
        TERMINAL + "work-ms = -5\n",
        [
            "line 3: device.terminal.work-ms: Invalid value for '--work-ms': -5 is not in the "
            "range 0<=x<=600000."
        ],
    ),
    "a script": (
        TERMINAL + "script = { 1250 = 5 }\n",
        ["line 3: device.terminal.script: 1250: must be text, not a whole number"],
    ),
    "a level that it has not": (
        '[device.till]\nkind = "terminal caisse-ap"\nlevel = "pty"\n',
        ["line 3: device.till.level: a terminal caisse-ap is never at 'pty'"],
    ),
    "no level": (
        '[device.printer]\nkind = "printer"\nlevel = "serial"\n',
        ["line 3: device.printer.level: must be one of pty, tcp, rfc2217, usb, usbip, desktop"],
    ),
    "an address": (
        PRINTER + 'address = "9100"\n',
        ["line 4: device.printer.address: --tcp '9100': write HOST:PORT, such as 127.0.0.1:9100"],
    ),
    "an address of no level": (
        '[device.printer]\nkind = "printer"\naddress = "9100"\n',
        ['line 3: device.printer.address: belongs to a level: level = "tcp"'],
    ),
    "a place that another has": (
        "".join(
            f'[device.p{number}]\nkind = "printer"\nlevel = "{level}"\naddress = "{address}"\n'
            for number, (level, address) in enumerate(
                [
                    ("tcp", "127.0.0.1:0"),
                    ("tcp", "127.0.0.1:0"),
                    ("tcp", "127.0.0.1:9100"),
                    ("rfc2217", "127.0.0.1:9100"),
                    ("pty", "link"),
                    ("pty", "link"),
                ]
            )
        ),
        [
            "line 16: device.p3.address: p2 is there",
            "line 24: device.p5.address: p4 is there",
        ],
    ),
    "a time": (
        PRINTER + '[scenario]\nseconds = "5"\nsettle = -1\n',
        [
            "line 5: scenario.seconds: must be seconds, such as 5 or 0.5, not text",
            "line 6: scenario.settle: must be from 0 to 86400 seconds",
        ],
    ),
    "ends with an app that is not there": (
        PRINTER + '[scenario]\nends = "app"\ncurrency = "EURO"\n',
        [
            "line 5: scenario.ends: there is no app: [app] command, or -- COMMAND",
            "line 6: scenario.currency: 'EURO' is not an ISO 4217 currency code such as EUR or CNY",
        ],
    ),
    "a step of nobody": (
        PRINTER + '[[step]]\ndevice = "printr"\ndo = "fault"\n',
        ["line 5: step[0].device: there is no 'printr' (did you mean \"printer\"?)"],
    ),
    "a step without a deed": (
        PRINTER + '[[step]]\ndevice = "printer"\n',
        ['line 4: step[0]: says what is done: device and do, or signal = "TERM" for the app'],
    ),
    "an unknown operation": (
        SCANNER + '[[step]]\ndevice = "scanner"\ndo = "scann"\n',
        ["line 6: step[0].do: a scanner has no 'scann' (did you mean \"scan\"?)"],
    ),
    "an unknown field": (
        SCANNER + '[[step]]\ndevice = "scanner"\ndo = "trigger"\nfields = { nam = "split" }\n',
        ["line 7: step[0].fields: 'nam' is no field of 'trigger'; it takes: none"],
    ),
    "a missing field": (
        SCANNER + '[[step]]\ndevice = "scanner"\ndo = "fault"\n',
        ["line 6: step[0].do: 'name' is missing"],
    ),
    "a fraction in a field": (
        PRINTER
        + '[[step]]\ndevice = "printer"\ndo = "fault"\nfields = { name = "drop", at = 0.5 }\n',
        [
            "line 7: step[0].fields.at: must be text, a whole number, true or false, not a number "
            "with a fraction"
        ],
    ),
    "a signal": (
        PRINTER + '[[step]]\nsignal = "TERM"\ndevice = "printer"\n',
        [
            "line 5: step[0].signal: there is no app that could get it",
            "line 6: step[0].device: a signal goes to the app",
        ],
    ),
    "an unknown signal": (
        PRINTER + shell("true") + '[[step]]\nsignal = "SEGV"\n',
        ["line 7: step[0].signal: must be one of TERM, INT, HUP, KILL, STOP, CONT, USR1, USR2"],
    ),
    "a moment": (
        PRINTER + '[[step]]\nafter = "receipt"\ndevice = "printer"\ndo = "plug"\n',
        [
            'line 5: step[0].after: write a device, what it does, and which time: "printer receipt '
            '2", or "step NAME"'
        ],
    ),
    "a moment of nobody": (
        PRINTER
        + '[[step]]\nafter = "scanner scan"\ndevice = "printer"\ndo = "plug"\n'
        + '[[step]]\nafter = "step no paper"\ndevice = "printer"\ndo = "plug"\n',
        [
            "line 5: step[0].after: there is no 'scanner', only: printer",
            "line 9: step[1].after: no step has the name 'no paper'",
        ],
    ),
    "an event that there is not": (
        SCANNER
        + '[[step]]\nafter = "scanner conected"\ndevice = "scanner"\ndo = "plug"\n'
        + '[[expect]]\ndevice = "scanner"\nevent = "receipt"\ntimes = 0\n'
        + shell("true")
        + '[[step]]\nafter = "app end"\ndevice = "scanner"\ndo = "plug"\n',
        [
            "line 5: step[0].after: scanner tells of no 'conected' (did you mean \"connected\"?)",
            "line 10: expect[0].event: scanner tells of no 'receipt', only: beeps, bytes, clear, "
            "closed, connected, enabled, fault, faults, frame, good_beeps, hangs-up, leds, lines, "
            "missed, plug, reads, scan, scan-picture, scans, state, trigger, unplug",
            "line 15: step[1].after: app tells of no 'end' (did you mean \"ended\"?)",
        ],
    ),
    "two steps of one name": (
        PRINTER + 2 * '[[step]]\nname = "a"\ndevice = "printer"\ndo = "plug"\n',
        ["line 4: step: two steps have the name 'a'"],
    ),
    "nothing expected": (
        PRINTER + '[[expect]]\ndevice = "printer"\nwithin = 5\n',
        [
            "line 5: expect[0].device: nothing is expected of it: add one of receipts, receipt, "
            "contains, lacks, matches, moved, state, event"
        ],
    ),
    "expected of nobody": (
        PRINTER + '[[expect]]\ndevice = "terminal"\nmoved = []\n',
        ["line 5: expect[0].device: there is no 'terminal', only: printer"],
    ),
    "paper of a terminal, money of a printer": (
        TERMINAL
        + '[[expect]]\ndevice = "terminal"\nreceipts = 1\n'
        + PRINTER
        + '[[expect]]\ndevice = "printer"\nmoved = []\n',
        [
            "line 5: expect[0].receipts: only a printer has this, and terminal is none",
            "line 11: expect[1].moved: no money moves at printer: that is for terminals, hosts, "
            "providers",
        ],
    ),
    "a total of no receipt": (
        PRINTER + '[[expect]]\ndevice = "printer"\nreceipts = 1\ntotal = "1.00"\n',
        [
            "line 7: expect[0].total: of which one? Add receipt = 1; -1 is the last, 0 what was "
            "not cut off"
        ],
    ),
    "a total": (
        PRINTER
        + '[[expect]]\ndevice = "printer"\nreceipt = 1\ntotal = "1.005"\n'
        + '[[expect]]\ndevice = "printer"\nreceipt = 1\ntotal = "1.00 CNY"\n'
        + '[[expect]]\ndevice = "printer"\nreceipt = 1\ntotal = 1.00\n',
        [
            "line 15: expect[2].total: must be text, not a number with a fraction",
        ],
    ),
    "a total's words": (
        PRINTER
        + '[[expect]]\ndevice = "printer"\nreceipt = 1\ntotal = "1.005"\n'
        + '[[expect]]\ndevice = "printer"\nreceipt = 1\ntotal = "1.00 CNY"\n',
        [
            "line 7: expect[0].total: '1.005' is not an amount in EUR, such as 12.50",
            "line 11: expect[1].total: is not in EUR, the scenario's currency",
        ],
    ),
    "words that belong to others": (
        PRINTER
        + '[[expect]]\ndevice = "printer"\nreceipts = 1\ntimes = 1\nwhere = { a = 1 }\n'
        + '[[expect]]\ndevice = "printer"\nmatches = "a.txt"\nignore = ["("]\n',
        [
            "line 7: expect[0].times: belongs to event",
            "line 8: expect[0].where: belongs to event",
            "line 12: expect[1].ignore: '(' is no regular expression: missing ), unterminated "
            "subpattern at position 0",
        ],
    ),
    "the state of the app": (
        PRINTER + shell("true") + '[[expect]]\ndevice = "app"\nstate = { a = 1 }\n',
        ["line 8: expect[0].state: app has none, only devices have"],
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_in_a_file(tmp_path: Path, text: str, said: list[str]) -> None:
    assert wrong(scene(tmp_path, text)) == said


def test_options_of_a_run_are_not_those_of_a_device() -> None:
    @run_options
    def run(**_: object) -> None:
        """As a device's command has them."""

    options = {word.removeprefix("--") for one in click.command()(run).params for word in one.opts}
    assert "http" in options
    assert options <= ELSEWHERE.keys()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "none.toml"
    assert wrong(file) == ["cannot be read: No such file or directory"]


def test_a_place_that_is_taken(tmp_path: Path) -> None:
    # That it cannot be there shows only when it is put there.
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        file = scene(tmp_path, PRINTER + f'address = "127.0.0.1:{port}"\n')
        (said,) = wrong(file)
    assert said.startswith(f"--tcp 127.0.0.1:{port}: Address already in use")


ENDS = {
    "": ("never", None),
    '[[step]]\ndevice = "printer"\ndo = "plug"\n': ("timeline", USUAL_LIMIT_MS),
    '[[expect]]\ndevice = "printer"\nreceipts = 1\n': ("timeline", USUAL_LIMIT_MS),
    shell("true"): ("app", USUAL_LIMIT_MS),
    shell("true") + '[scenario]\nends = "never"\n': ("never", None),
    "[scenario]\nseconds = 2.5\n": ("never", 2500),
}


@pytest.mark.parametrize(("text", "ends"), ENDS.items())
def test_what_ends_a_run_if_the_file_does_not_say(
    tmp_path: Path, text: str, ends: tuple[str, int | None]
) -> None:
    plan = load_scenario(scene(tmp_path, PRINTER + text)).plan
    assert (plan.ends, plan.limit_ms) == ends
    assert plan.name == "scene"


def test_a_command_of_the_command_line_is_the_app(tmp_path: Path) -> None:
    file = scene(tmp_path, PRINTER + "[app]\nexit = 3\n" + 'command = ["a"]\nenv = { B = "b" }\n')
    plan = load_scenario(file, ["npm", "test"]).plan
    assert plan.app is not None
    assert (plan.app.command, plan.app.folder) == (("npm", "test"), None)  # where we are
    assert (plan.app.env, plan.app.exit_code) == ({"B": "b"}, 3)
    own = load_scenario(file).plan.app
    assert own is not None
    assert own.folder == tmp_path  # of the file: its paths are relative to it


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    text = (
        SCANNER + '[[step]]\ndevice = "scanner"\ndo = "scan-picture"\nfields = { path = "a.png" }\n'
    )
    (step,) = load_scenario(scene(tmp_path, text)).plan.steps
    assert step.fields == {"path": str(tmp_path / "a.png")}
