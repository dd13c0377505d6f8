"""Concert, ECR17, POSLink and MIS-POS as parts of an exchange session.

Behind a colon stands what a profile leaves open: ``concert-e+:7e1``,
``nexi-p17:lrc-without-stx``, ``pax-poslink:CAD``, ``mis-pos:/etc/pos-guard/acquirer.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.errors import LocalError
from pos_guard.links.dialect import ExchangeTiming, Parts
from pos_guard.links.session import ToApp, ToDevice
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard.money import exponent

if TYPE_CHECKING:
    from pos_guard.frames.stx_mispos import MisProfile

TILL, TERMINAL = "till", "terminal"
"""Prefixes of the timers of the two sides."""


def concert(option: str) -> Parts:
    """``concert-e+``; tills wait 120 s (pyTeliumManager), terminals ask for a card for 60.

    ``7e1``: a native serial port, whose seven bits and even parity come as eight bits.

    :raises LocalError: another option.
    """
    if option not in ("", "7e1"):
        raise LocalError(f"concert-e+ has the option 7e1, not {option!r}")
    from pos_guard.frames import stx_concert
    from pos_guard.links.stx_concert import ConcertDialect
    from pos_guard.links.stx_concert_line import TO_TERMINAL, TO_TILL, ConcertLine

    form = replace(stx_concert.FORMAT, parity7=bool(option))
    app = ConcertLine(TILL, ToApp, stx_concert.FORMAT, TO_TILL)
    device = ConcertLine(TERMINAL, ToDevice, form, TO_TERMINAL)
    return Parts(ConcertDialect(), app, device, ExchangeTiming(answer_s=120.0, decide_s=50.0))


def nexi(option: str) -> Parts:
    """``nexi-p17``, and ``lrc-without-stx`` for terminals that leave STX out of the checksum.

    :raises LocalError: another option.
    """
    if option not in ("", "lrc-without-stx"):
        raise LocalError(f"nexi-p17 has the option lrc-without-stx, not {option!r}")
    from pos_guard.frames import stx_nexi
    from pos_guard.links.stx_nexi import TIMING, NexiDialect, NexiLine

    form = stx_nexi.FORMAT_WITHOUT_STX if option else stx_nexi.FORMAT
    app = NexiLine(TILL, ToApp, form, TIMING)
    device = NexiLine(TERMINAL, ToDevice, form, TIMING)
    return Parts(NexiDialect(), app, device, ExchangeTiming())


def pax(option: str) -> Parts:
    """``pax-poslink``; the option is the currency of the merchant account. Clients wait 60 s.

    :raises LocalError: no ISO 4217 currency.
    """
    from pos_guard.frames import stx_pax
    from pos_guard.links.stx_pax import TIMING, USUAL_CURRENCY, PaxDialect

    currency = option or USUAL_CURRENCY
    exponent(currency)
    app = StxLine(TILL, ToApp, stx_pax.FORMAT, TIMING)
    device = StxLine(TERMINAL, ToDevice, stx_pax.FORMAT, TIMING)
    timing = ExchangeTiming(answer_s=120.0, decide_s=30.0)
    return Parts(PaxDialect(currency), app, device, timing)


def mispos(option: str) -> Parts:
    """``mis-pos``: the example, or the TOML file that the option names.

    :raises LocalError: the file cannot be read, or is no profile.
    """
    from pos_guard.frames.stx_mispos_profile import example
    from pos_guard.links.stx_asked_line import AskedLine
    from pos_guard.links.stx_mispos import MisPosDialect, asking

    profile = _profile_of(Path(option)) if option else example()
    asked, timing = asking(profile), StxTiming()
    app = StxLine(TILL, ToApp, profile.form, timing)
    device = AskedLine(TERMINAL, ToDevice, profile.form, timing, asked)
    return Parts(MisPosDialect(profile), app, device, ExchangeTiming())


MAKERS: Mapping[str, Callable[[str], Parts]] = {
    "concert-e+": concert,
    "mis-pos": mispos,
    "nexi-p17": nexi,
    "pax-poslink": pax,
}
"""Profile, and what makes its parts from its option."""


def _profile_of(path: Path) -> MisProfile:
    from pos_guard.frames.stx_mispos_profile import MAX_FILE, read_profile

    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
        return read_profile(data.decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LocalError(f"the profile {path} cannot be read: {error}") from error
