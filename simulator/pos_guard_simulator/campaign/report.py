"""What came of a campaign: a line for each cell, a table, JSON, JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from pos_guard.cli.columns import table, width
from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.campaign.outcome import OUTCOME_WORDS, Outcome, Result

WIDTH = 100
"""Columns of a line."""

_HEAD = (Words("场景", "SCENARIO"), Words("设备", "DEVICE"))
_ALL = Words("合计", "all")
_COUNT = Words("共 {0} 格，逐格用时合计 {1} 秒", "{0} cells, {1} s if one after the other")
_CUT = "…"
_BY_LEDGER = Words(
    "依据设备账本与防护账本判断：{0}", "judged by the devices' books and the guard's ledger: {0}"
)
_BY_BOOKS = Words(
    "无 [guard]，依据程序退出码与设备账本判断：{0}",
    "no [guard]: judged by the app's exit code and the devices' books: {0}",
)
_AGAIN = Words("重现：", "again:")


def cell_line(result: Result, lang: str) -> str:
    """One line: what came of it, which cell it is, and why where it is not plain."""
    cell = result.cell
    said = OUTCOME_WORDS[result.outcome].to(lang)
    head = f"{_padded(said, 8)}  {Path(cell.scenario).stem:<10} {cell.device:<8} {cell.fault}"
    return _fitted(f"{head}  {result.why}".rstrip())


def summary(results: Sequence[Result], lang: str) -> Iterator[str]:
    """The table: scenarios and devices down, outcomes across."""
    counts: dict[tuple[str, str], Counter[Outcome]] = {}
    for result in results:
        where = (Path(result.cell.scenario).stem, result.cell.device)
        counts.setdefault(where, Counter())[result.outcome] += 1
    head = [word.to(lang) for word in _HEAD] + [OUTCOME_WORDS[one].to(lang) for one in Outcome]
    rows = [[*where, *_numbers(count)] for where, count in counts.items()]
    total = sum(counts.values(), Counter[Outcome]())
    yield from map(_fitted, table([head, *rows, [_ALL.to(lang), "", *_numbers(total)]]))
    seconds = sum(result.seconds for result in results)
    yield _COUNT.to(lang).format(len(results), round(seconds))
    yield from _judged_by(results, lang)
    for result in results:
        if result.outcome is Outcome.BROKEN:
            yield f"{_AGAIN.to(lang)} {result.cell.again}"


def _judged_by(results: Iterable[Result], lang: str) -> Iterator[str]:
    """Which scenarios were judged by what."""
    names: dict[bool, dict[str, None]] = {True: {}, False: {}}
    for result in results:
        names[result.by_ledger][Path(result.cell.scenario).stem] = None
    for by_ledger, words in ((True, _BY_LEDGER), (False, _BY_BOOKS)):
        if names[by_ledger]:
            yield _fitted(words.to(lang).format(", ".join(names[by_ledger])))


def as_json(results: Sequence[Result]) -> dict[str, Json]:
    """For programs."""
    counts = Counter(str(result.outcome) for result in results)
    return {
        "outcomes": {str(outcome): counts[str(outcome)] for outcome in Outcome},
        "cells": [result.as_json() for result in results],
    }


def write_junit(results: Iterable[Result], file: Path) -> None:
    """JUnit XML: a test case for each cell, a failure for each that is broken.

    :raises OSError: it cannot be written.
    """
    suite = ElementTree.Element("testsuite", name="pos-guard campaign")
    count: Counter[str] = Counter()
    for result in results:
        broken = result.outcome is Outcome.BROKEN
        count.update(tests=1, failures=int(broken))
        case = ElementTree.SubElement(suite, "testcase", _named(result))
        if broken:
            failure = ElementTree.SubElement(case, "failure", message=result.why)
            failure.text = result.cell.again
        else:
            ElementTree.SubElement(case, "system-out").text = f"{result.outcome}: {result.why}"
    suite.attrib.update({name: str(count[name]) for name in ("tests", "failures")})
    ElementTree.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)


def _named(result: Result) -> dict[str, str]:
    cell = result.cell
    return {
        "classname": f"campaign.{Path(cell.scenario).stem}",
        "name": f"{cell.device} {cell.fault}",
        "time": f"{result.seconds:.3f}",
    }


def _numbers(count: Mapping[Outcome, int]) -> list[str]:
    return [str(count.get(one, 0) or "-") for one in Outcome]


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def _fitted(line: str) -> str:
    """Cut to a screen's width."""
    if width(line) <= WIDTH:
        return line
    while width(line) > WIDTH - 1:
        line = line[:-1]
    return line + _CUT
