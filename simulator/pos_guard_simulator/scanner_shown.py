"""A scanner twin as people use it: codes are shown, the trigger is pulled, faults happen."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pos_guard.errors import LocalError
from pos_guard.frames.decoded import Json
from pos_guard.links.session import Effects


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of showing a code: ``why`` it was not read, empty if it was."""

    effects: Effects = field(default_factory=Effects)
    why: str = ""


class ShownScanner(Protocol):
    """Any scanner twin. Effects are for the line that it is on; one on the USB has none."""

    @property
    def fault_names(self) -> tuple[str, ...]:
        """The faults that this scanner can have."""
        ...

    def show(self, code: str | bytes, symbology: str = "]Q1") -> Seen:
        """Somebody shows it a code; ``symbology`` is its AIM identifier.

        Text is written in the scanner's encoding, bytes go as they are.

        :raises LocalError: for text that the encoding has no place for, or a symbology that this
            scanner cannot tell.
        """
        ...

    def lay(self, code: str | bytes, symbology: str = "]Q1") -> Effects:
        """Put a code before it, which it reads once it is opened and reads at all."""
        ...

    def pull(self) -> Effects:
        """Somebody pulls its trigger."""
        ...

    def arm(self, fault: str) -> Effects:
        """A fault begins.

        :raises LocalError: for one that this scanner cannot have.
        """
        ...

    def clear(self, fault: str) -> Effects:
        """It ends; as ``arm``."""
        ...

    def state(self) -> Mapping[str, Json]:
        """What it did and was told so far."""
        ...


def wrong_page(encoding: str) -> str:
    """The encoding of a scanner that is set wrong."""
    return "gbk" if codecs.lookup(encoding).name == "utf-8" else "utf-8"


def encoded(code: str | bytes, encoding: str, *, wrong: bool = False) -> bytes:
    """What the scanner sends for a code; ``wrong``: set to another code page.

    :raises LocalError: for text that the encoding has no place for.
    """
    if isinstance(code, bytes):
        try:
            return code.decode().encode(wrong_page(encoding), "replace") if wrong else code
        except UnicodeDecodeError:
            return code
    if wrong:
        return code.encode(wrong_page(encoding), "replace")
    try:
        return code.encode(encoding)
    except UnicodeEncodeError as error:
        raise LocalError(f"the code has characters that {encoding} has no place for") from error


def check_fault(fault: str, known: Iterable[str]) -> None:
    """Let only these pass.

    :raises LocalError: for another one; the message names those that there are.
    """
    names = sorted(known)
    if fault not in names:
        raise LocalError(f"this scanner has no fault {fault!r}, only: {', '.join(names)}")
