"""The STX/ETX links: what the session needs for each profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pos_guard.errors import LocalError
from pos_guard.frames.stx import StxFormat
from pos_guard.links import stx_more
from pos_guard.links.dialect import Dialect, ExchangeTiming, Parts
from pos_guard.links.session import ToApp, ToDevice
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard.money import exponent
from pos_guard.ports.address import Kind

if TYPE_CHECKING:
    from pos_guard.frames.stx_hypercom import Variant

HYPERCOM_LINE = StxTiming(ack_s=3.0, again_s=5.0)
"""Terminals of this family repeat after two to three seconds without ACK."""


def make(profile: str, app: Kind, device: Kind) -> Parts:
    """What the session needs for an STX link of this profile; its option stands behind a colon.

    Every kind of port will do: a serial line or USB at home, TCP through a server of serial ports.

    :raises LocalError: a profile or an option that is not known.
    """
    del app, device
    name, _, option = profile.partition(":")
    maker = _MAKERS.get(name)
    if maker is None:
        raise LocalError(f"stx needs a profile, one of: {', '.join(PROFILES)}; {name!r} is none")
    return maker(option)


def both_sides(
    dialect: Dialect,
    form: StxFormat,
    timing: ExchangeTiming,
    line: StxTiming,
    anew: frozenset[bytes] = frozenset(),
) -> Parts:
    """The same kind of line on either side."""
    return Parts(
        dialect,
        StxLine("app", ToApp, form, line, anew),
        StxLine("device", ToDevice, form, line, anew),
        timing,
    )


def _transbank(option: str) -> Parts:
    _nothing("transbank", option)
    from pos_guard.frames import stx_transbank
    from pos_guard.links.stx_transbank import POLLS, TIMING, TransbankDialect

    dialect, form = TransbankDialect(), stx_transbank.FORMAT
    return both_sides(dialect, form, TIMING, StxTiming(), POLLS)


def _hypercom(option: str) -> Parts:
    """The option is the currency of the terminal, which its messages do not name.

    :raises LocalError: no ISO 4217 currency.
    """
    from pos_guard.frames import stx_hypercom

    variant = stx_hypercom.HYPERCOM
    if option:
        exponent(option)
        variant = replace(variant, currency=option)
    return _of(variant)


def _credibanco(option: str) -> Parts:
    from pos_guard.frames import stx_hypercom

    _nothing("credibanco", option)
    return _of(stx_hypercom.CREDIBANCO)


def _of(variant: Variant) -> Parts:
    from pos_guard.frames.stx_hypercom import FORMAT
    from pos_guard.links.stx_hypercom import TIMING, HypercomDialect

    return both_sides(HypercomDialect(variant), FORMAT, TIMING, HYPERCOM_LINE)


def _nothing(profile: str, option: str) -> None:
    if option:
        raise LocalError(f"{profile} has no options, not {option!r}")


_MAKERS: Mapping[str, Callable[[str], Parts]] = {
    "credibanco": _credibanco,
    "hypercom-ecr": _hypercom,
    "transbank": _transbank,
    **stx_more.MAKERS,
}

PROFILES = tuple(sorted(_MAKERS))
"""The profiles that there are."""
