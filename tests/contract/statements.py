"""What is true of real devices and their drivers: one named check each.

A check is written once and runs at every level that claims it. A level of the family that does not
claim it says what is different there; both stand in the table of ``docs/levels.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.contract.levels import Level

if TYPE_CHECKING:
    from tests.contract.site import Site

Check = Callable[["Site"], None]


@dataclass(frozen=True, slots=True)
class Statement:
    """``levels`` have what it is about; ``differs`` says what is otherwise at some of them.

    ``named``: its source is its own, and not the family's. ``carried``: it depends on how transfers
    are carried, so that it is run over USB/IP as well; the others there are the kernel's.
    """

    id: str
    says: str
    source: str
    named: bool
    carried: bool
    levels: tuple[Level, ...]
    differs: Mapping[Level, str]
    check: Check

    @property
    def claims(self) -> tuple[Level, ...]:
        """Where it holds, and is checked."""
        return tuple(
            level
            for level in self.levels
            if level not in self.differs and (self.carried or level is not Level.USBIP)
        )


class Family:
    """Statements on one thing that a program opens, and the levels that have such a thing."""

    def __init__(self, name: str, title: str, source: str, levels: tuple[Level, ...]) -> None:
        self.name = name
        self.title = title
        self.source = source
        self.levels = levels
        self.statements: list[Statement] = []

    def states(
        self,
        name: str,
        says: str,
        *,
        source: str = "",
        levels: tuple[Level, ...] = (),
        carried: bool = False,
        **differs: str,
    ) -> Callable[[Check], Check]:
        """Decorate the check of a statement; keywords are levels that differ, and how (if at all).

        ``levels``: those of the family that have what the statement is about, if not all.

        :raises ValueError: for a level that does not have it.
        """
        told = {Level(level): how for level, how in differs.items() if how}
        if Level.KERNEL in told:  # which is where a device goes over USB/IP
            told[Level.USBIP] = told[Level.KERNEL]
        having = levels or self.levels
        if unknown := set(told) - set(having):
            raise ValueError(f"{self.name}: {unknown} have nothing to differ in")

        def note(check: Check) -> Check:
            found = Statement(
                f"{self.name}.{name}",
                says,
                source or self.source,
                bool(source),
                carried,
                having,
                told,
                check,
            )
            self.statements.append(found)
            return check

        return note
