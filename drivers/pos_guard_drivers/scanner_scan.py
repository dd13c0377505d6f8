"""What a scanner's user gets: scans, and scans that were lost, each once."""

from __future__ import annotations

from dataclasses import dataclass, field

from pos_guard.errors import DeviceError
from pos_guard.scanners.language import Problem, Scanned


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: ``data`` is ScanDataLabel, ``symbology`` ScanDataType of UnifiedPOS.

    ``data`` is the code's bytes, without prefix, identifier and line end. ``text`` is what they
    say in ``decoded_as``, the encoding that was set; both are None where they do not fit it.
    ``symbology`` and the ``aim`` identifier are None where the scanner does not tell them.
    ``device`` is the driver's name; ``wall_us`` (since 1970) and ``boot_us`` (since boot) say when
    the scan was whole. ``typed``: a person typed it on the keyboard that the scanner is.

    It may be a payment code: ``repr`` does not show it.
    """

    data: bytes = field(repr=False)
    text: str | None = field(repr=False)
    decoded_as: str | None
    symbology: str | None
    aim: str | None
    device: str
    wall_us: int
    boot_us: int
    typed: bool = False


class LostScanError(DeviceError):
    """A code was shown, and nobody will get it: it must be shown again.

    ``code`` is ``E_EXTENDED``; ``extended`` is ``ESCAN_CUT`` (its end never came, or the scanner
    was pulled out within it), ``ESCAN_OVERLONG``, ``ESCAN_DAMAGED``, or ``ESCAN_FULL`` (nobody
    read the scans before; one such error may stand for several).
    """

    def __init__(self, device: str, why: str) -> None:
        super().__init__("E_EXTENDED", f"{device}: {_WORDS[why]}; scan again", why)


CUT, OVERLONG, DAMAGED, FULL = "ESCAN_CUT", "ESCAN_OVERLONG", "ESCAN_DAMAGED", "ESCAN_FULL"

_WORDS = {
    CUT: "a scan broke off",
    OVERLONG: "a scan was longer than any code",
    DAMAGED: "a scan came damaged",
    FULL: "a scan came while too many were waiting",
}
_PROBLEMS = {Problem.CUT: CUT, Problem.OVERLONG: OVERLONG, Problem.DAMAGED: DAMAGED}


def lost(device: str, problem: Problem) -> LostScanError:
    """The error for what a language could not make a scan of."""
    return LostScanError(device, _PROBLEMS[problem])


def made(scanned: Scanned, encoding: str, device: str, when: tuple[int, int]) -> Scan:
    """A whole scan for the user. ``when``: wall and boot time, in microseconds."""
    text, decoded_as = _text(scanned.data, encoding)
    return Scan(
        scanned.data,
        text,
        decoded_as,
        scanned.symbology,
        scanned.aim,
        device,
        *when,
        typed=scanned.typed,
    )


def _text(data: bytes, encoding: str) -> tuple[str | None, str | None]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return None, None
