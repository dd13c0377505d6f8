"""``pos-guard run``: the daemon, in the foreground, as a service manager wants it."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

import click

from pos_guard.cli.state import UnreadableError, open_store, printable
from pos_guard.clock import SystemClock
from pos_guard.config import GuardConfig, load_config
from pos_guard.daemon import harden, serve
from pos_guard.frames.decoded import Json
from pos_guard.guard import Guard
from pos_guard.links.events import Asked, LinkEvent, LinkFailed, Side, SideChanged, Told
from pos_guard.model import Words
from pos_guard.policy.explain import LEVEL_WORDS
from pos_guard.policy.load import load_policy
from pos_guard.policy.verdict import Level
from pos_guard.shared_settings import connected

_NO_CONFIG = """No settings, so nothing to guard.

  pos-guard run --config guard.toml    guard the devices that guard.toml names
  pos-guard run --simulated            a first look: every device is simulated

A commented example is examples/guard.toml; make the store first: pos-guard init"""


@click.command("run")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The settings file.",
)
@click.option("--simulated", is_flag=True, help="Simulate every device; no settings are needed.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
def command(config_file: Path | None, simulated: bool, lang: str, as_json: bool) -> None:
    """Stand between the till and its devices until stopped."""
    if sys.platform != "linux":
        raise click.UsageError("The guard runs on Linux. Here there is: pos-guard simulate")
    if simulated:
        _simulated(lang)
    elif config_file is None:
        raise UnreadableError(_NO_CONFIG)
    else:
        _run(load_config(config_file), lang, as_json=as_json)


def _run(config: GuardConfig, lang: str, *, as_json: bool) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    harden()
    policy = load_policy(config.policy, key=config.policy_key)
    clock = SystemClock()
    with (
        open_store(config.state, readonly=False) as store,
        connected(config.ledger, store, clock) as shared,
    ):
        guard = Guard(store, policy, clock, shared=shared)
        asyncio.run(_serve(config, guard, lang, as_json=as_json))
        store.stopped()


async def _serve(config: GuardConfig, guard: Guard, lang: str, *, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def ready(addresses: dict[str, Json]) -> None:
        click.echo(json.dumps(addresses, ensure_ascii=False))

    def show(event: LinkEvent) -> None:
        click.echo(_as_json(event) if as_json else event_text(event, lang), err=not as_json)

    await serve(config, guard, stop=stop, on_ready=ready, on_event=show)


def _as_json(event: LinkEvent) -> str:
    from pos_guard.api.events import event_body

    return json.dumps(event_body(event), ensure_ascii=False)


_COLON = Words("：", ": ")
_FAILED = Words("故障，数据不再通过", "FAILED, nothing passes")
_CHANGED = {
    (Side.DEVICE, True): Words("设备已连接", "the device is there"),
    (Side.DEVICE, False): Words("设备已断开", "the device is gone"),
    (Side.APP, True): Words("收银软件已连接", "the app is there"),
    (Side.APP, False): Words("收银软件已断开", "the app is gone"),
}


def event_text(event: LinkEvent, lang: str) -> str:
    """One line for people."""
    return printable(f"{event.link}: {_what(event, lang)}".rstrip())


def _what(event: LinkEvent, lang: str) -> str:
    match event:
        case Asked(decision=decision, say=say):
            return f"{say.to(lang)} [pos-guard approve {decision}]"
        case Told(level=level, say=say):
            said = LEVEL_WORDS[Level[level]].to(lang)
            return f"{said}{_COLON.to(lang)}{say.to(lang)}"
        case SideChanged(side=side, up=up, reason=reason):
            said = _CHANGED[side, up].to(lang)
            return f"{said}{_COLON.to(lang)}{reason}" if reason else said
        case LinkFailed(error=error):
            return f"{_FAILED.to(lang)}{_COLON.to(lang)}{error}"


def _simulated(lang: str) -> None:
    """Hand over to the simulator, which joins by entry point: the SDK never imports it."""
    from importlib.metadata import entry_points  # slow, and only of use here

    found = list(entry_points(group="pos_guard.commands", name="simulated"))
    if not found:
        raise UnreadableError("The simulator is not installed: pip install 'pos-guard[simulator]'")
    simulated = found[0].load()
    if isinstance(simulated, click.Command):
        simulated.main(args=["--lang", lang], standalone_mode=False)
    else:
        simulated(lang=lang)
