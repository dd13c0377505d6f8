"""Scenarios played with programs that know nothing of us."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from tests.scenario.scenes import (
    CUT,
    PRINTER,
    SCANNER,
    SIMULATE,
    TERMINAL,
    play,
    print_to_pty,
    scene,
    shell,
)

PTY = '[device.printer]\nkind = "printer"\n'

ESCPOS = """
import os, sys
from escpos.printer import Network
printer = Network(os.environ["POS_PRINTER_HOST"], int(os.environ["POS_PRINTER_PORT"]))
printer.text("Corner shop\\nOrder: 1001\\nTOTAL EUR 12.50\\nCARD EUR 12.50\\nPAID\\n")
printer.cashdraw(2)
printer.cut()
printer.close()
"""


def python(folder: Path, program: str) -> str:
    """An app in Python."""
    (folder / "app.py").write_text(program, encoding="utf-8")
    return f'[app]\ncommand = ["{sys.executable}", "app.py"]\n'


def test_python_escpos_under_a_scenario(tmp_path: Path) -> None:
    expected = """
    [[expect]]
    device = "printer"
    receipt = 1
    contains = ["Corner shop"]
    lacks = ["VOID"]
    total = "12.50 EUR"
    order = "1001"
    paid = true

    [[expect]]
    device = "printer"
    receipts = 1
    state = { drawer = 1 }
    """
    played = play(scene(tmp_path, PRINTER + python(tmp_path, ESCPOS) + expected))
    assert played.exit_code == 0, played.stderr
    assert played.verdict["met"] is True
    assert played.verdict["ended_by"] == "app"
    assert [one["subject"] for one in played.verdict["outcomes"]] == ["expect", "expect", "app"]


def test_what_is_not_met_explains_itself(tmp_path: Path) -> None:
    expected = '[[expect]]\ndevice = "printer"\nreceipt = 1\ntotal = "12.00"\n'
    played = play(scene(tmp_path, PRINTER + python(tmp_path, ESCPOS) + expected))
    assert played.exit_code == 1
    (one,) = [one for one in played.verdict["outcomes"] if not one["met"]]
    assert one["title"] == "printer receipt 1 total 12.00"
    assert one["problems"] == [
        {"en": "the total is 12.50 EUR, not 12.00 EUR", "zh": "合计是 12.50 EUR，应为 12.00 EUR"}
    ]
    assert one["detail"][:3] == ["the paper:", "| Corner shop", "| Order: 1001"]
    assert one["detail"][-1].startswith("> GS V")


def test_a_line_of_shell_on_a_pty(tmp_path: Path) -> None:
    expected = '[[expect]]\ndevice = "printer"\nreceipt = 1\ncontains = ["Hello"]\n'
    assert play(scene(tmp_path, PTY + print_to_pty("Hello") + expected)).exit_code == 0


def test_a_fault_on_the_time_line_holds_the_print_back(tmp_path: Path) -> None:
    steps = """
    [[step]]
    device = "printer"
    do = "fault"
    fields = { name = "paper_out" }

    [[step]]
    after = "app ended"
    at = 0.1
    device = "printer"
    do = "clear"
    fields = { name = "paper_out" }

    [[expect]]
    name = "held back"
    device = "printer"
    after = "app ended"
    event = "receipt"
    times = 1

    [[expect]]
    device = "printer"
    event = "faults"
    where = { now = ["paper_out"] }
    """
    app = shell(f'sleep 0.1; printf "Hello\\n{CUT}" > "$POS_PRINTER"')
    played = play(scene(tmp_path, PTY + app + steps))
    assert played.exit_code == 0, played.unmet()


READER = """
import os, socket
place = os.environ["POS_SCANNER_HOST"], int(os.environ["POS_SCANNER_PORT"])
with socket.create_connection(place, timeout=10) as scanner:
    assert scanner.makefile("rb").read(14) == b"6901234567892\\r"
"""


def test_a_scan_reaches_the_app_once_it_is_there(tmp_path: Path) -> None:
    steps = """
    [[step]]
    name = "show it"
    after = "scanner connected"
    at = 0.02
    device = "scanner"
    do = "scan"
    fields = { payload = "6901234567892", symbology = "]E0" }

    [[expect]]
    device = "scanner"
    event = "scan"
    times = 1
    """
    played = play(scene(tmp_path, SCANNER + python(tmp_path, READER) + steps))
    assert played.exit_code == 0, (played.unmet(), played.stderr)


def test_nothing_moves_where_nothing_is_paid(tmp_path: Path) -> None:
    text = TERMINAL + shell("true") + '[[expect]]\ndevice = "terminal"\nmoved = []\n'
    assert play(scene(tmp_path, text)).exit_code == 0
    moved = text.replace("[]", '[{ kind = "sale", amount = 1250 }]')
    played = play(scene(tmp_path, moved))
    assert played.exit_code == 1
    assert played.unmet() == {
        'terminal moved [{"kind": "sale", "amount": 1250}]': [
            'expected to move: {"kind": "sale", "amount": 1250}; moved: -'
        ]
    }


CODES: list[tuple[str, dict[str, list[str]]]] = [
    (shell("exit 3"), {"the app ends with 0": ["the app ended with 3"]}),
    (shell("exit 3") + "exit = 3\n", {}),
    (shell("kill -9 $$"), {"the app ends with 0": ["the app ended with 137"]}),
    ('[app]\ncommand = ["no-such-till"]\n', {"the app ends with 0": ["the app ended with 127"]}),
    ('[app]\ncommand = ["/etc/hosts"]\n', {"the app ends with 0": ["the app ended with 126"]}),
]


@pytest.mark.parametrize(("app", "unmet"), CODES)
def test_how_the_app_ends(tmp_path: Path, app: str, unmet: dict[str, list[str]]) -> None:
    played = play(scene(tmp_path, PRINTER + app))
    assert played.unmet() == unmet
    assert played.exit_code == (1 if unmet else 0)


def test_an_app_that_hangs_is_ended_at_the_limit(tmp_path: Path) -> None:
    app = shell("sleep 600 & sleep 600") + "[scenario]\nseconds = 0.3\n"
    played = play(scene(tmp_path, PRINTER + app))
    assert played.exit_code == 1
    assert played.unmet() == {
        "the app ends with 0": ["the app has not ended by itself"],
        "ends in time": ["it took longer than 0.3 seconds"],
    }


def is_alive(process: int) -> bool:
    """Whether it runs; one that is dead may wait for whoever reaps it."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except OSError:
        return False


def test_what_the_app_has_started_is_ended_with_it(tmp_path: Path) -> None:
    app = shell("sleep 600 & echo $! > child")
    assert play(scene(tmp_path, PRINTER + app)).exit_code == 0
    child = int((tmp_path / "child").read_text())
    while is_alive(child):  # a busy machine takes its time to end it
        pass


def test_a_signal_of_the_time_line(tmp_path: Path) -> None:
    app = shell("trap 'exit 7' USR1; while :; do sleep 0.05; done").replace("'''", '"""')
    steps = 'exit = 7\n[[step]]\nat = 0.3\nsignal = "USR1"\n'
    played = play(scene(tmp_path, PRINTER + app + steps))
    assert played.exit_code == 0, played.unmet()


def test_a_time_line_without_an_app_ends_by_itself(tmp_path: Path) -> None:
    steps = """
    [[step]]
    at = 0.05
    device = "printer"
    do = "fault"
    fields = { name = "cover_open" }

    [[expect]]
    device = "printer"
    within = 5
    state = { faults = ["cover_open"] }
    """
    played = play(scene(tmp_path, PRINTER + steps))
    assert played.exit_code == 0, played.unmet()
    assert played.verdict["ended_by"] == "timeline"
    assert json.loads(played.stdout.splitlines()[0])["ready"] is True


def test_a_step_that_the_device_refuses(tmp_path: Path) -> None:
    steps = '[[step]]\ndevice = "printer"\ndo = "fault"\nfields = { name = "no_such" }\n'
    played = play(scene(tmp_path, PRINTER + steps))
    assert played.exit_code == 1
    (said,) = played.unmet()['printer fault {"name": "no_such"}']
    assert said.startswith("it could not be done: 'no_such' is ")


def test_the_environment_of_the_app(tmp_path: Path) -> None:
    tell = (
        'printf "%s\\n" "$POS_PRINTER" "$POS_PRINTER_TCP" "$POS_PRINTER_HOST" "$POS_PRINTER_PORT" '
        '"$POS_TILL_2" "$OWN" "$POS_GUARD_SIMULATE" {printer.port} > told'
    )
    devices = PRINTER + '[device.till-2]\nkind = "terminal zvt"\n'
    app = shell(tell) + 'env = { OWN = "tcp:{till-2.tcp}" }\n'
    played = play(scene(tmp_path, devices + app))
    assert played.exit_code == 0, played.unmet()
    printer, tcp, host, port, till, own, ready, filled = (
        (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    )
    facts = json.loads(ready)
    assert facts["devices"]["printer"]["addresses"] == {"tcp": printer}
    assert (printer, f"{host}:{port}", filled) == (tcp, tcp, port)
    assert own == f"tcp:{till}"
    assert facts == json.loads(played.stderr.splitlines()[0])  # the output is the app's
    assert played.verdict["devices"]["till-2"]["tcp"] == till


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("{printr.tcp}", "there is no 'printr' here (did you mean \"printer\"?)"),
        ("{printer.pty}", "there is no 'pty' here, only: address, tcp, host, port"),
    ],
)
def test_an_address_that_there_is_not(tmp_path: Path, word: str, said: str) -> None:
    file = scene(tmp_path, PRINTER + f'[app]\ncommand = ["echo", "{word}"]\n')
    played = play(file)
    assert played.exit_code == 2
    assert f"{word}: {said}" in played.stderr


def test_what_is_no_address_is_left_alone(tmp_path: Path) -> None:
    own = "${printer.tcp} {a} {printer}"
    app = shell('printf %s "$OWN" > told') + f"env = {{ OWN = '{own}' }}\n"
    assert play(scene(tmp_path, PRINTER + app)).exit_code == 0
    assert (tmp_path / "told").read_text(encoding="utf-8") == own


def test_what_is_kept_in_a_folder(tmp_path: Path) -> None:
    app = shell(f'printf "Card 4111 1111 1111 1111\\n{CUT}TOTAL EUR 1.00\\n" > "$POS_PRINTER"')
    expected = '[[expect]]\ndevice = "printer"\nreceipts = 2\n'
    out = tmp_path / "out"
    played = play(scene(tmp_path, PTY + app + expected), "--out", str(out))
    assert played.exit_code == 1
    files = sorted(str(file.relative_to(out)) for file in out.rglob("*") if file.is_file())
    assert files == [
        "events.jsonl",
        "printer/paper.png",
        "printer/paper.txt",
        "printer/receipt-0001.png",
        "printer/receipt-0001.txt",
        "verdict.json",
    ]
    assert (out / "printer/receipt-0001.txt").read_text() == "Card **** **** **** ****\n"
    assert (out / "printer/paper.txt").read_text() == "TOTAL EUR 1.00\n"
    with Image.open(out / "printer/receipt-0001.png") as picture:
        assert picture.width > 300
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    kinds = [(one["device"], one["kind"]) for one in events]
    assert kinds[0] == ("", "ready")
    assert kinds[-1] == ("", "end")
    assert {("app", "started"), ("printer", "receipt"), ("app", "ended")} <= set(kinds)
    verdict = (out / "verdict.json").read_text()
    assert json.loads(verdict)["met"] is False
    kept = (out / "events.jsonl").read_text() + verdict
    assert "4111 1111" not in kept


def test_what_an_earlier_run_left_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "printer"
    folder.mkdir(parents=True)
    for name in ("receipt-0002.txt", "receipt-0002.png", "paper.txt", "notes.txt"):
        (folder / name).touch()
    file = scene(tmp_path, PTY + print_to_pty("Hello"))
    assert play(file, "--out", str(tmp_path / "out")).exit_code == 0
    assert sorted(one.name for one in folder.iterdir()) == [
        "notes.txt",
        "receipt-0001.png",
        "receipt-0001.txt",
    ]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = scene(tmp_path, PRINTER + shell("true"))
    for option in ("--out", "--junit"):
        played = play(file, option, str(tmp_path / "file" / "x"))
        assert played.exit_code == 2
        assert "Not a directory" in played.stderr or "File exists" in played.stderr


def test_the_limit_of_the_command_line(tmp_path: Path) -> None:
    expected = '[[expect]]\ndevice = "printer"\nreceipts = 1\n'
    played = play(scene(tmp_path, PRINTER + expected), "--seconds", "0.2")
    assert played.unmet()["ends in time"] == ["it took longer than 0.2 seconds"]
    assert played.verdict["took_ms"] < 5000


def test_texts_to_match(tmp_path: Path) -> None:
    expected = """
    [[expect]]
    device = "printer"
    receipt = 1
    matches = "kept/sale.txt"
    ignore = ['\\d\\d:\\d\\d']
    """

    def sale(time: str, shop: str = "Corner shop") -> Path:
        return scene(tmp_path, PTY + print_to_pty(shop, time) + expected)

    played = play(sale("12:30"))
    assert played.unmet() == {
        "printer receipt 1 matches kept/sale.txt": [
            "nothing is kept yet, run once with sale.txt: --update"
        ]
    }
    assert play(sale("12:30"), "--update").exit_code == 0
    assert (tmp_path / "kept/sale.txt").read_text(encoding="utf-8") == "Corner shop\n…\n"
    assert play(sale("18:59")).exit_code == 0
    (said,) = play(sale("18:59", "Coffee shop")).unmet().values()
    assert said[0].endswith("-Corner shop\n+Coffee shop\n …")


def test_for_people_in_their_language(tmp_path: Path) -> None:
    expected = '[[expect]]\ndevice = "printer"\nreceipts = 1\n'
    file = str(scene(tmp_path, PRINTER + shell("true") + expected))
    english = CliRunner().invoke(SIMULATE, ["scenario", file])
    chinese = CliRunner().invoke(SIMULATE, ["scenario", file, "--lang", "zh"])
    said, told = (re.sub(r"\d+\.\d", "0.1", one.stderr) for one in (english, chinese))
    assert said.splitlines()[1:] == [
        "scene: 1 of 2 as expected (0.1 s)",
        "  FAIL  printer cuts 1 receipts",
        "      1 receipts were expected, 0 were cut off",
        "  ok    the app ends with 0",
    ]
    assert told.splitlines()[1:] == [
        "场景 scene：2 项中 1 项符合预期（0.1 秒）",
        "  不符  printer cuts 1 receipts",
        "      应切下 1 张小票，实际 0 张",
        "  符合  the app ends with 0",
    ]
