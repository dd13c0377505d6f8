"""What somebody sees whose test failed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from pos_guard_simulator.pytest_plugin import pictures
from pos_guard_simulator.pytest_plugin.shown import Amount, PaperText, compared
from tests.plugin.plugin_run import run

pytest_plugins = ["pytester"]

LOADED = (pictures,)

FAILS = """
def prints(pos):
    with pos.printer.open() as port:
        port.write(BILL)

def test_total(pos):
    prints(pos)
    assert pos.printer.receipts[-1].total == 1200

def test_text(pos):
    prints(pos)
    assert "TOTAL EUR 12.00" in pos.printer.paper.text

def test_whole(pos):
    prints(pos)
    assert pos.printer.receipts[0].text == "Corner shop\\nOrder: 18"

def test_none(printer):
    printer.receipts[-1]

def test_waits(printer):
    printer.expect("PAID", within=0.01)

def test_next(pos):
    prints(pos)
    pos.printer.next_receipt()
    pos.printer.next_receipt(within=0.01)

def test_no_total(pos):
    with pos.printer.open() as port:
        port.write(BILL.replace(b"CARD", b"TOTAL DUE 9.00\\nTOTAL"))
    assert pos.printer.receipts[0].total

def test_scan(pos):
    with pos.fault("no-read"):
        assert pos.scan("4711")

def test_words(terminal):
    terminal.answers("dance")

def test_moved(terminal):
    assert [one.amount for one in terminal.moved] == [1250]

def test_drawer(pos):
    prints(pos)
    assert pos.printer.drawer_pulses == 1

def test_kind_of_line(pos):
    pos.printer.port

def test_terminal(terminal):
    terminal.decline(100)
    with serial.Serial(terminal.address, timeout=5) as port:
        port.write(bytes.fromhex("10020600001003a68a"))  # a serial frame with a wrong check
        port.read(1)
    assert False
"""


def test_a_failure_shows_the_paper_and_the_line(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILS, "--pos-artifacts", "kept")
    result.assert_outcomes(failed=13)
    result.stdout.fnmatch_lines_random(
        [
            "*assert <not read: *no-read*>",
            "*'dance' is none of: *approve*decline*",
            "*assert [[]] == [[]1250[]]",
            "*assert 0 == 1",
            "*the printer is at /*, not on the network",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "*the receipt says 1250, not 1200",
            "E  *| TOTAL EUR 12.50",
            "*pos-guard paper*",
            "| TOTAL EUR 12.50",
            "*pos-guard frames*",
            'printer > TEXT  {"text": "TOTAL EUR 12.50"}',
            "printer > GS V *",
            "*pos-guard files*",
            "*receipt-01.png",
            "*'TOTAL EUR 12.00' is not on the paper",
            "*the closest line: 'TOTAL EUR 12.50'",
            "*the paper differs (- expected, + printed):",
            "E  *- Order: 18",
            "E  *0 receipts were cut off*",
            "E  *not within 0.01 s:",
            "E  *no further receipt was cut off within 0.01 s; so far: 1",
            "E  *no total can be read (*):",
            "terminal > *",
        ]
    )


def test_receipts_and_frames_of_a_failure_are_kept(pytester: pytest.Pytester) -> None:
    run(pytester, FAILS, "--pos-artifacts", "kept", "-k", "test_total").assert_outcomes(failed=1)
    (folder,) = (pytester.path / "kept").iterdir()
    assert re.fullmatch(r"test_app\.py_test_total-[0-9a-f]{8}", folder.name)
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["frames.txt", "receipt-01.png", "receipt-01.txt"]
    assert "TOTAL EUR 12.50" in (folder / "receipt-01.txt").read_text(encoding="utf-8")
    with Image.open(folder / "receipt-01.png") as picture:
        assert picture.width > 576  # the printable dots of 80 mm paper, and its margins


def test_without_a_folder_they_are_among_the_temporary_files(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILS, "-k", "test_total", "--basetemp", "temporary")
    result.assert_outcomes(failed=1)
    assert list((pytester.path / "temporary" / "pos-artifacts").glob("*/receipt-01.png"))


def test_a_test_that_passes_leaves_nothing(pytester: pytest.Pytester) -> None:
    run(pytester, "def test_it(pos): pos.printer", "--pos-artifacts", "kept")
    assert not (pytester.path / "kept").exists()


SNAPSHOTS = """
def test_paper(pos):
    with pos.printer.open() as port:
        port.write(BILL.replace(b"17", b"NUMBER"))
        assert pos.printer.receipts[0].matches("bill", ignore=["Order: .*"])
        assert pos.printer.paper.matches("all")

def test_text(receipt_snapshot):
    receipt_snapshot("TEXT", "text")
"""


def test_receipts_are_kept_and_compared(pytester: pytest.Pytester) -> None:
    run(pytester, SNAPSHOTS).assert_outcomes(failed=2)
    run(pytester, SNAPSHOTS, "--pos-update-snapshots").assert_outcomes(passed=2)
    kept = pytester.path / "__receipts__" / "test_app"
    assert sorted(file.name for file in kept.iterdir()) == ["all.txt", "bill.txt", "text.txt"]
    text = (kept / "bill.txt").read_text(encoding="utf-8")
    assert text == "Corner shop\n…\nTOTAL EUR 12.50\nCARD 12.50\nPAID\n"
    run(pytester, SNAPSHOTS).assert_outcomes(passed=2)
    changed = SNAPSHOTS.replace("NUMBER", "18").replace('"TEXT"', '"OTHER"')
    result = run(pytester, changed)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*not the one that is kept as 'all':", "E  *-Order: NUMBER"])
    result.stdout.fnmatch_lines(["*not the one that is kept as 'text':", "E  *-TEXT", "E  *+OTHER"])


PICTURES = """
def test_picture(pos):
    with pos.printer.open() as port:
        port.write(BILL)
        assert pos.printer.receipts[0].matches_picture("bill", ignore=["Order"])
"""


def test_pictures_are_kept_and_compared_dot_by_dot(pytester: pytest.Pytester) -> None:
    result = run(pytester, PICTURES)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no receipt is kept as 'bill' yet; run pytest --pos-update*"])
    run(pytester, PICTURES, "--pos-update-snapshots").assert_outcomes(passed=1)
    kept = pytester.path / "__receipts__" / "test_app"
    assert [file.name for file in kept.iterdir()] == ["bill.png"]
    other_order = PICTURES.replace("BILL", "BILL.replace(b'17', b'1234')")
    run(pytester, other_order).assert_outcomes(passed=1)

    bold = PICTURES.replace("BILL", "BILL.replace(b'TOTAL', bytes((0x1b, 0x45, 1)) + b'TOTAL')")
    result = run(pytester, bold)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*the picture is not the one that is kept as 'bill': *bill.difference.png", "*red*blue*"]
    )
    with Image.open(kept / "bill.difference.png") as picture:
        colours = {colour for _, colour in picture.getcolors() or []}
    assert any(isinstance(one, tuple) and one[2] > one[0] for one in colours)  # more ink: blue

    run(pytester, PICTURES).assert_outcomes(passed=1)
    assert [file.name for file in kept.iterdir()] == ["bill.png"]


def test_a_kept_picture_of_another_size_or_none_at_all(pytester: pytest.Pytester) -> None:
    run(pytester, PICTURES, "--pos-update-snapshots").assert_outcomes(passed=1)
    longer = PICTURES.replace("BILL", "BILL.replace(b'PAID', b'PAID\\\\nThank you')")
    run(pytester, longer).assert_outcomes(failed=1)
    (pytester.path / "__receipts__" / "test_app" / "bill.png").write_text("no picture")
    result = run(pytester, PICTURES)
    result.stdout.fnmatch_lines(["*LocalError: *bill.png: cannot identify image file*"])


def test_a_name_is_no_path(pytester: pytest.Pytester) -> None:
    tests = 'def test_it(receipt_snapshot):\n    receipt_snapshot("", "../other")\n'
    result = run(pytester, tests, "--pos-update-snapshots")
    result.assert_outcomes(failed=1)
    assert not list(Path(pytester.path).rglob("other*"))


PAPER = PaperText("one\ntwo")


@pytest.mark.parametrize(
    ("op", "left", "right", "first"),
    [
        ("in", "three", PAPER, "'three' is not on the paper"),
        ("not in", "two", PAPER, "'two' is on the paper"),
        ("==", PAPER, "one", "the paper differs (- expected, + printed):"),
        ("==", "one", PAPER, "the paper differs (- expected, + printed):"),
        ("==", 3, Amount(5, PAPER), "the receipt says 5, not 3"),
        ("==", Amount(5, PAPER), None, "the receipt says 5, not None"),
    ],
)
def test_comparisons_that_explain_themselves(
    op: str, left: object, right: object, first: str
) -> None:
    lines = compared(op, left, right)
    assert lines is not None
    assert lines[0] == first


CARD = "card 4111 1111 1111 1111"


def test_no_card_number_in_a_report(pytester: pytest.Pytester) -> None:
    tests = f"""
def test_it(pos):
    with pos.printer.open() as port:
        port.write(b"{CARD}\\n")
        assert "{CARD}" not in pos.printer.paper.text

def test_snapshot(receipt_snapshot):
    receipt_snapshot("{CARD}", "card")
"""
    run(pytester, tests, "--pos-update-snapshots")
    tests = tests.replace('receipt_snapshot("card', 'receipt_snapshot("Card')
    result = run(pytester, tests, "--pos-artifacts", "kept", "--tb=line")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["| card [*][*][*][*] *"])
    said = result.stdout.str().split("pos-guard paper")[1]
    (text,) = (pytester.path / "kept").glob("*/receipt-01.txt")
    for shown in (said, text.read_text(encoding="utf-8")):
        assert "4111" not in shown


@pytest.mark.parametrize(
    ("op", "left", "right"), [("==", 1, 2), ("<", PAPER, "a"), ("in", 1, PAPER), ("==", PAPER, 1)]
)
def test_other_comparisons_are_left_to_pytest(op: str, left: object, right: object) -> None:
    assert compared(op, left, right) is None
