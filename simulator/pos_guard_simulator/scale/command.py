"""``pos-guard simulate scale``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click

from pos_guard.frames.decoded import Json
from pos_guard.ports.address import Kind
from pos_guard_simulator.scale.label import label
from pos_guard_simulator.scale.platter import Platter
from pos_guard_simulator.scale.sma import Sma
from pos_guard_simulator.scale.toledo import Toledo8217
from pos_guard_simulator.scale.twin import ScaleTwin, Speech
from pos_guard_simulator.simulate_device import Device, Fields, Reply, RequestError
from pos_guard_simulator.simulate_options import Made, placed
from pos_guard_simulator.simulate_place import Place

SPEECHES: Mapping[str, Callable[[Platter], Speech]] = {"toledo-8217": Toledo8217, "sma": Sma}


@click.command("scale")
@placed(Kind.PTY)
@click.option("--profile", type=click.Choice(list(SPEECHES)), default="toledo-8217",
              show_default=True, help="The language that it is asked in.")  # fmt: skip
@click.option("--capacity-g", type=click.IntRange(1, 99_995), default=15_000, show_default=True)
@click.option("--weight-g", type=int, default=0, help="What lies on it from the start.")
def scale(place: Place, profile: str, capacity_g: int, weight_g: int) -> Made:
    """A weighing scale on a serial line."""
    return scale_device(profile, Platter(capacity_g=capacity_g, load_g=weight_g)), place


def scale_device(profile: str, platter: Platter) -> Device:
    """A scale, and what a hand does to it."""
    twin = ScaleTwin(platter, SPEECHES[profile](platter))

    def weigh(fields: Fields) -> Reply:
        grams, below = fields.number("grams"), fields.maybe_flag("below_zero")
        stable = fields.maybe_flag("stable")
        weight = -grams if below else grams
        return Reply(effects=twin.weigh(weight, stable=stable is not False))

    def press(act: Callable[[], bool], what: str) -> Callable[[Fields], Reply]:
        def pressed(_: Fields) -> Reply:
            if not act():
                raise RequestError("bad-request", f"the scale does not take its {what} now")
            return Reply(_state(twin))

        return pressed

    return Device(
        "scale",
        twin,
        {
            "weigh": weigh,
            "zero": press(platter.zero, "zero"),
            "tare": press(platter.tare, "tare"),
            "clear-tare": press(platter.clear_tare, "tare away"),
            "label": lambda fields: Reply({"code": _label(platter, fields)}),
            "state": lambda _: Reply(_state(twin)),
        },
        {"profile": profile},
    )


def _state(twin: ScaleTwin) -> dict[str, Json]:
    platter = twin.platter
    return {
        "gross": platter.gross_g,
        "tare": platter.tare_g,
        "net": platter.shown_g,
        "moving": platter.moving,
        "heard": twin.heard,
    }


def _label(platter: Platter, fields: Fields) -> str:
    """The code for what lies there; with a ``price``, for that price."""
    layout, item, price = fields.text("layout"), fields.number("item"), fields.maybe_number("price")
    try:
        return label(layout, item, platter.shown_g if price is None else price)
    except ValueError as error:
        raise RequestError("bad-request", str(error)) from error
