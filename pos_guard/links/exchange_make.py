"""Which request and answer protocols there are, and what each link of theirs is made of.

A protocol's module is imported when a link names it: a shop with one terminal waits for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.links.dialect import Parts
from pos_guard.ports.address import Kind

Make = Callable[[str, Kind, Kind], Parts]


def _stx(profile: str, app: Kind, device: Kind) -> Parts:
    from pos_guard.links import stx

    return stx.make(profile, app, device)


def _iso8583(profile: str, app: Kind, device: Kind) -> Parts:
    from pos_guard.links import iso8583_make

    return iso8583_make.make(profile, app, device)


def _caisse_ap(profile: str, app: Kind, device: Kind) -> Parts:
    from pos_guard.links import caisse_ap

    return caisse_ap.make(profile, app, device)


MAKERS: Mapping[str, Make] = {"stx": _stx, "iso8583": _iso8583, "caisse-ap": _caisse_ap}
"""By the name that a link's ``protocol`` has."""


def make_parts(protocol: str, profile: str, app: Kind, device: Kind) -> Parts:
    """The parts of one link, with the protocol's own times.

    :raises LocalError: for a profile or an option that does not exist, or not on such a port; the
        message names those there are.
    """
    return MAKERS[protocol](profile, app, device)
