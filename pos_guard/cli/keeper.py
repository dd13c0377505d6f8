"""``pos-guard keeper``: the small process that keeps the tills' ptys while the daemon restarts."""

from __future__ import annotations

from pathlib import Path

import click

from pos_guard.cli.state import json_option, print_json, printable
from pos_guard.ports.keeper_client import KeeperClient

_socket_option = click.option(
    "--keeper",
    "path",
    type=click.Path(path_type=Path),
    default="run/keeper.sock",
    show_default=True,
    help="The keeper's socket, as the settings name it.",
)


@click.group("keeper")
def command() -> None:
    """See or end the process that keeps the tills' ptys. The daemon starts it by itself."""


@command.command("list")
@_socket_option
@json_option
def list_all(path: Path, as_json: bool) -> None:
    """Show the ptys that are kept, by link."""
    client = KeeperClient(path)
    try:
        names = client.names()
    finally:
        client.close()
    for name, pty in names.items():
        if as_json:
            print_json({"name": name, "path": pty})
        else:
            click.echo(printable(f"{name}  {pty}"))


@command.command("stop")
@_socket_option
def stop(path: Path) -> None:
    """End the keeper. Tills that have a kept port open see it hang up."""
    client = KeeperClient(path)
    try:
        client.stop()
    finally:
        client.close()
    click.echo("The keeper has ended.")
