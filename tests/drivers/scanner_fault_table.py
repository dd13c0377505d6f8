"""What may come of a scan under a fault, and the tables of docs/scanners.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pos_guard_simulator.scanner_ssi import SsiFault
from pos_guard_simulator.usb_scanner import HidFault
from tests.drivers.scanner_fault_bench import Outcome
from tests.drivers.scanner_fault_case import (
    ALTERS,
    FIRST,
    NEXT,
    REPORTS,
    STRUCK,
    WHOLE,
    Case,
    LineTrouble,
    Moment,
    Trouble,
)

GUIDE = Path(__file__).parents[2] / "docs" / "scanners.md"

_KEYBOARD_ALTERS = frozenset({HidFault.LOST, HidFault.WRONG_LAYOUT})


def unnoticed(case: Case) -> bool:
    """What nobody can tell, as nothing in the bytes shows it: the guide says so."""
    if case.language == "hid-keyboard":
        return case.trouble in _KEYBOARD_ALTERS
    return case.language != "ssi" and (case.trouble in ALTERS or case.trouble is HidFault.LOST)


def wrongs(outcome: Outcome) -> Iterator[str]:
    """Everything about it that must not be, whatever the table says and however busy we are."""
    for code, shown in outcome.shown.items():
        if outcome.got[code] > shown:
            yield f"{code[:6]} was shown {shown} times, and delivered {outcome.got[code]} times"
    if outcome.strange and not (unnoticed(outcome.case) or outcome.all_typed):
        yield f"delivered, and never shown: {outcome.strange}"
    if word(outcome) == "nothing" and outcome.heard:
        yield f"neither delivered nor reported, after {outcome.heard} bytes of it"


def delays(outcome: Outcome) -> Iterator[str]:
    """What must not be either, but that a busy machine may excuse once."""
    if outcome.got[FIRST] != 1:
        yield "the code before the fault was not delivered"
    if not outcome.got[NEXT]:
        yield "no code after the fault was delivered"


def word(outcome: Outcome) -> str:
    """What came of the struck code."""
    if outcome.strange:
        return "typed" if outcome.all_typed else "altered"
    if outcome.got[STRUCK]:
        twice = "twice" if outcome.got[STRUCK] > 1 else "delivered"
        return f"{twice}, and reported" if outcome.lost else twice
    return "reported" if outcome.lost else "nothing"


def _cell(outcomes: Iterable[Outcome]) -> str:
    words: dict[str, list[str]] = {}
    for one in outcomes:
        words.setdefault(word(one), []).append(f"{one.case.language} on {one.case.transport}")
    if len(words) <= 1:
        return next(iter(words), "–")
    return "; ".join(f"{text} ({', '.join(where)})" for text, where in words.items())


def _rows(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def line_table(outcomes: list[Outcome]) -> str:
    """A row for each trouble of a line, a column for each moment."""

    def row(trouble: LineTrouble) -> list[str]:
        found = [one for one in outcomes if one.case.trouble is trouble]
        if trouble in WHOLE:
            return [f"{trouble}", _cell(found), "", "", ""]
        return [
            f"{trouble}",
            *(_cell(one for one in found if one.case.moment is moment) for moment in Moment),
        ]

    return _rows(["", *Moment], map(row, LineTrouble))


def fault_table(outcomes: list[Outcome], faults: Iterable[Trouble], languages: list[str]) -> str:
    """A row for each fault of a twin, a column for each language."""

    def row(fault: Trouble) -> list[str]:
        found = [one for one in outcomes if one.case.trouble is fault]
        return [
            f"{fault}",
            *(_cell(one for one in found if one.case.language == name) for name in languages),
        ]

    return _rows(["", *languages], map(row, faults))


def tables(group: str, outcomes: list[Outcome]) -> str:
    """The tables of one group of languages, and how many runs they stand for."""
    if group == "reports":
        faults = [fault for fault in HidFault if fault is not HidFault.NO_READ]
        text = fault_table(outcomes, faults, list(REPORTS))
    else:
        text = line_table(outcomes)
    if group == "ssi":
        text += "\n\n" + fault_table(outcomes, list(SsiFault), ["ssi"])
    return f"{text}\n\n{len(outcomes)} cases."


def differing(group: str, wanted: str, outcomes: list[Outcome]) -> list[Case]:
    """The cases of the rows in which the guide says otherwise."""
    rows = set(wanted.splitlines())
    new = [line for line in tables(group, outcomes).splitlines() if line not in rows]
    titles = {line.split("|")[1].strip() for line in new if line.startswith("| ")}
    return [one.case for one in outcomes if str(one.case.trouble) in titles]
