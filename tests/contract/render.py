"""Writes the tables of ``docs/levels.md``: ``python -m tests.contract.render``."""

from __future__ import annotations

from pathlib import Path

from tests.contract.catalogue import FAMILIES
from tests.contract.levels import Level
from tests.contract.statements import Family, Statement

PAGE = Path(__file__).resolve().parents[2] / "docs" / "levels.md"
BEGIN, END = "<!-- statements: begin -->", "<!-- statements: end -->"

YES, SAME, NOTHING = "yes", "as kernel", "–"


def tables() -> str:
    """All families, each with its own table and notes."""
    return "\n\n".join(_family(family) for family in FAMILIES)


def rendered(page: str) -> str:
    """The page with the tables as the statements have them now.

    :raises ValueError: when it has no place for them.
    """
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def _family(family: Family) -> str:
    notes: list[str] = []
    head = " | ".join(family.levels)
    lines = [
        f"### {family.title}",
        "",
        f"Source, where a statement names no other: {family.source}.",
        "",
        f"| id | statement | {head} |",
        f"|---|---|{'---|' * len(family.levels)}",
    ]
    lines += [_row(statement, family.levels, notes) for statement in family.statements]
    if notes:
        lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, 1))]
    return "\n".join(lines)


def _row(statement: Statement, levels: tuple[Level, ...], notes: list[str]) -> str:
    cells = " | ".join(_cell(statement, level, notes) for level in levels)
    says = statement.says
    if statement.named:
        says = f"{says} ({statement.source})"
    return f"| `{statement.id}` | {says} | {cells} |"


def _cell(statement: Statement, level: Level, notes: list[str]) -> str:
    if level not in statement.levels:
        return NOTHING
    if level in statement.claims:
        return YES
    if level not in statement.differs:
        return SAME
    note = statement.differs[level]
    if note not in notes:
        notes.append(note)
    return f"no, {notes.index(note) + 1}"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
