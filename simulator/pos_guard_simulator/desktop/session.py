"""Which desktop is typed on, and what stands in the way of that."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from pos_guard.errors import LocalError
from pos_guard_simulator.desktop.typist import Typist
from pos_guard_simulator.simulate_place import named

_MISSING = 'typing needs python-xlib: pip install "pos-guard[desktop]"'
_WAYLAND = (
    "this is a Wayland session: no program may type into another one's window there. Run the "
    "till under XWayland (then DISPLAY is set), or attach the scanner by --usbip as a real keyboard"
)
_NO_DISPLAY = "there is no X11 session here: DISPLAY is not set; name it, as in --desktop :0"
_ONLY_XWAYLAND = "Wayland session: only windows that run under XWayland get the keys."


def open_typist(display: str) -> Typist:
    """Somebody who types on this display; empty: that of this session.

    :raises LocalError: it is no X11 session, or python-xlib is not installed.
    :raises click.UsageError: nobody is there, or lets us in.
    """
    name, remark = chosen(display, os.environ)
    try:
        from pos_guard_simulator.desktop.x_server import XServer
    except ImportError as error:
        raise LocalError(_MISSING) from error
    with named(f"--desktop {name}"):
        typist = Typist(XServer(name))
    if remark:
        click.echo(remark, err=True)
    return typist


def chosen(display: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The display's name, and what is to be said of it.

    :raises LocalError: there is none.
    """
    name = display or environment.get("DISPLAY", "")
    wayland = bool(environment.get("WAYLAND_DISPLAY"))
    if not name:
        raise LocalError(_WAYLAND if wayland else _NO_DISPLAY)
    return name, _ONLY_XWAYLAND if wayland and not display else ""
