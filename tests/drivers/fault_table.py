"""The cases of docs/driver-faults.md, what may be said in each, and the table that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pos_guard_drivers.printer_job import JobState, Proof
from pos_guard_simulator.line_faults import LineFault
from pos_guard_simulator.printer import Fault
from tests.drivers.fault_bench import Outcome, Truth, lines_of
from tests.drivers.fault_case import (
    GRACE_SECONDS,
    JOB_SECONDS,
    NEXT,
    TRANSPORTS,
    Blink,
    Case,
    Moment,
    Trouble,
)

GUIDE = Path(__file__).parents[2] / "docs" / "driver-faults.md"

IN_PIECES = (
    LineFault.TRUNCATE,
    LineFault.REORDER,
    LineFault.BACK_PRESSURE,
    LineFault.BAUD_MISMATCH,
    LineFault.PARITY_MISMATCH,
    LineFault.BROWN_OUT,
)
"""What comes of these depends on the pieces in which bytes arrive: no table can say it, but what
must never be must not be here either."""

ALTERS = (
    LineFault.DROP,
    LineFault.DUPLICATE,
    LineFault.GARBLE,
    *(fault for fault in IN_PIECES if fault is not LineFault.BACK_PRESSURE),
)
"""What alters bytes. USB has its own checksums and repeats such packets; so has TCP, but not the
serial line behind a network adapter."""

_ELSEWHERE = LineFault.RE_ENUMERATE
"""The printer is at another port then: that is for whoever looks for it (tests/ports)."""

_ONE_WAY = frozenset(
    {
        LineFault.HALF_OPEN,
        LineFault.POWER_CYCLE,
        LineFault.UNPLUG,
        LineFault.BAUD_MISMATCH,
        LineFault.PARITY_MISMATCH,
        LineFault.BROWN_OUT,
    }
)
"""What concerns both directions at once."""

Row = tuple[Trouble, bool]


def _ways(fault: LineFault) -> tuple[bool, ...]:
    return (False,) if fault in _ONE_WAY else (False, True)


ROWS: tuple[Row, ...] = (
    *((fault, False) for fault in Fault),
    (Blink.POWER_BLINK, False),
    *(
        (fault, outward)
        for fault in LineFault
        if fault not in (*IN_PIECES, _ELSEWHERE)
        for outward in _ways(fault)
    ),
    (Blink.HALT, False),
    (Blink.HALT, True),
)


def happens(case: Case) -> bool:
    """Whether there is such a thing on this transport."""
    if case.transport == "usb":
        return case.trouble not in ALTERS
    return case.trouble is not Blink.HALT


def cases(strategy: str) -> list[Case]:
    """All of them for one way of confirming."""
    found = (
        Case(strategy, transport, trouble, moment, outward)
        for trouble, outward in ROWS
        for moment in Moment
        for transport in TRANSPORTS
    )
    return [case for case in found if happens(case)]


def loose_cases(strategy: str) -> list[Case]:
    """Those that no table holds, on a serial line and on one behind a network adapter."""
    return [
        Case(strategy, transport, fault, moment, outward)
        for fault in IN_PIECES
        for outward in _ways(fault)
        for moment in Moment
        for transport in TRANSPORTS
        if transport != "usb"
    ]


def unnoticed(case: Case) -> bool:
    """What no ESC/POS printer can tell: the two exceptions that the guide explains."""
    if case.trouble in ALTERS:
        return not case.outward
    return case.trouble is Blink.POWER_BLINK and case.transport == "pty"


def wrongs(outcome: Outcome) -> Iterator[str]:
    """Everything about it that must not be, whatever the table says."""
    case, result = outcome.case, outcome.result
    if result.state is JobState.PRINTED:
        if outcome.then is not Truth.WHOLE and not (
            unnoticed(case) and outcome.then is Truth.ALTERED
        ):
            yield f"printed, but on paper: {outcome.then}"
        if not outcome.confirmed:
            yield "printed, but the printer never said so"
    # Questions that arrive as letters are printed too, and are no part of the job.
    letters = case.trouble in IN_PIECES and result.sent == 0
    if result.state is JobState.NOT_PRINTED and outcome.end is not Truth.NOTHING and not letters:
        yield f"not printed, but on paper: {outcome.end}"
    if result.state is JobState.UNKNOWN and not _unknowable(outcome):
        yield f"unknown, but it could have known: {result.how}"
    if outcome.end is Truth.TWICE:
        yield "on paper twice"
    if lines_of(outcome.paper).count(NEXT) > 1:
        yield "the next receipt is on paper twice"


def delays(outcome: Outcome) -> Iterator[str]:
    """What must not be either, but that a busy machine may excuse once."""
    if outcome.seconds > JOB_SECONDS + GRACE_SECONDS:
        yield f"took {outcome.seconds:.1f} s"
    wanted = JobState.UNKNOWN if outcome.case.strategy == "none" else JobState.PRINTED
    if outcome.after is not wanted or NEXT not in lines_of(outcome.paper):
        yield f"the next receipt: {outcome.after}"


def _unknowable(outcome: Outcome) -> bool:
    """Bytes left, and no clean confirmation came: a person reading the wire knows no more."""
    result = outcome.result
    left = result.sent > 0 or "perhaps" in result.how
    return left and (not outcome.confirmed or reason(outcome) in ("d", "e"))


REASONS = {
    "a": "The connection broke before the confirmation came, and part or all of the job had left.",
    "b": "Part or all of the job had left, and no confirmation came: the printer fell silent, or"
    " our question or its answer was lost, or it was switched off and on.",
    "c": "All was sent, then the printer stopped and said why; it prints on when that is mended.",
    "d": "There was an answer, but others were missing, too many, or counted anew: the printer was,"
    " or may have been, away in the middle, or this is the answer to another question.",
    "e": "The last command was executed, and right after it the printer was not well.",
    "f": "This model confirms nothing.",
}
"""Why a job is unknown, by the letter in the table."""

_HOWS = (
    ("d", r"silent for a while|more often|switched off in the job"),
    ("e", r"executed, but then"),
    ("a", r"gone|closed|refused|sent whole, then"),
    ("b", r"does not answer|takes no|before the deadline|it is ready"),
    ("c", r"sent whole, not confirmed"),
)


def reason(outcome: Outcome) -> str:
    """The letter of its reason."""
    if outcome.case.strategy == "none":  # whether the break is seen while sending is chance
        return "f"
    return next(letter for letter, how in _HOWS if re.search(how, outcome.result.how))


def word(outcome: Outcome) -> str:
    """A cell's word for one transport."""
    state = outcome.result.state
    if state is JobState.UNKNOWN:
        return f"? {reason(outcome)}"
    if state is JobState.PRINTED:
        return "printed" if outcome.then is Truth.WHOLE else "printed*"
    return "not sent" if outcome.result.proof is Proof.NOTHING_SENT else "not printed"


def cell(outcomes: Iterable[Outcome]) -> str:
    """One cell: what all transports have in common, or each word with its transports."""
    words: dict[str, list[str]] = {}
    for outcome in outcomes:
        words.setdefault(word(outcome), []).append(outcome.case.transport)
    if len(words) == 1:
        return next(iter(words))
    return "; ".join(f"{text} ({', '.join(where)})" for text, where in words.items())


def title(row: Row) -> str:
    """A row's name; an arrow where only one direction is concerned."""
    trouble, outward = row
    both = isinstance(trouble, Fault) or trouble in _ONE_WAY or trouble is Blink.POWER_BLINK
    return f"`{trouble}`" + ("" if both else " ←" if outward else " →")


Cells = dict[tuple[Row, Moment], str]


def table(outcomes: Iterable[Outcome]) -> str:
    """All cells of one strategy as Markdown, and how often each word stands for one outcome."""
    found = list(outcomes)
    lines = [
        "| fault | " + " | ".join(Moment) + " |",
        "|---" * (len(Moment) + 1) + "|",
    ]
    for row in ROWS:
        cells = [
            cell(
                one
                for one in found
                if (one.case.trouble, one.case.outward, one.case.moment) == (*row, moment)
            )
            for moment in Moment
        ]
        lines.append(f"| {title(row)} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", totals(found)])


def totals(outcomes: list[Outcome]) -> str:
    """One sentence of numbers."""
    states = [outcome.result.state for outcome in outcomes]
    letters = [reason(one) for one in outcomes if one.result.state is JobState.UNKNOWN]
    unknown = ", ".join(f"{letters.count(letter)} {letter}" for letter in sorted({*letters}))
    return (
        f"{len(states)} cases: {states.count(JobState.PRINTED)} printed, "
        f"{states.count(JobState.NOT_PRINTED)} not printed, "
        f"{states.count(JobState.UNKNOWN)} unknown ({unknown})."
    )


def differing(old: str, new: str) -> set[tuple[Row, Moment]]:
    """The cells in which two tables differ; all of them when they are not of the same shape."""
    everything = {(row, moment) for row in ROWS for moment in Moment}
    before, after = (_cells(text) for text in (old, new))
    if before.keys() != after.keys():
        return everything
    return {key for key in after if before[key] != after[key]}


def _cells(text: str) -> Cells:
    rows = {title(row): row for row in ROWS}
    found: Cells = {}
    for line in text.splitlines():
        name, *cells = [part.strip() for part in line.strip("|").split("|")]
        if name in rows and len(cells) == len(Moment):
            found |= {(rows[name], moment): cells[at] for at, moment in enumerate(Moment)}
    return found


def section(strategy: str, text: str) -> str:
    """The part of the guide that holds this table."""
    begin, end = _marks(strategy)
    return text.partition(begin)[2].partition(end)[0].strip()


def replaced(strategy: str, text: str, new: str) -> str:
    """The guide with another table in its place.

    :raises ValueError: when the guide has no place for it.
    """
    begin, end = _marks(strategy)
    before, first, rest = text.partition(begin)
    _, last, after = rest.partition(end)
    if not first or not last:
        raise ValueError(f"the guide has no place for {strategy}")
    return f"{before}{begin}\n{new}\n{end}{after}"


def _marks(strategy: str) -> tuple[str, str]:
    return f"<!-- begin {strategy} -->", f"<!-- end {strategy} -->"
