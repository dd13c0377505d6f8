"""``--http``: where the control API shall be found. Loads nothing of the web server."""

from __future__ import annotations

import functools
import ipaddress
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import click

from pos_guard.ports.address import MAX_UNIX_PATH
from pos_guard_simulator.control_http.place import HttpPlace
from pos_guard_simulator.simulate_place import read_address
from pos_guard_simulator.systems.having import Needs, require

R = TypeVar("R")

ANY_PORT = "127.0.0.1:0"
"""What ``--http`` without a place means: a free port that only this machine can reach."""

TOKEN_VARIABLE = "POS_GUARD_HTTP_TOKEN"  # noqa: S105 - the name of a variable, not a token
"""A token that somebody chose, for containers that cannot read each other's output."""

MIN_TOKEN, MAX_TOKEN = 32, 256
"""Characters of a chosen token: 128 bit in hexadecimal digits, and a header line is short."""

_LOCAL_NAMES = frozenset({"localhost", "ip6-localhost"})
_UNIX = "unix:"


def read_http_place(
    text: str, *, public: bool = False, token_file: Path | None = None
) -> HttpPlace:
    """What ``--http`` says, and the token of the environment if there is one.

    :raises click.UsageError: no address, one that other machines reach, or a token that is weak.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if token and not (MIN_TOKEN <= len(token) <= MAX_TOKEN and token.isascii() and _plain(token)):
        raise click.UsageError(
            f"{TOKEN_VARIABLE}: {MIN_TOKEN} to {MAX_TOKEN} letters, digits, - and _, please."
        )
    if text.startswith(_UNIX):
        require(Needs.UNIX, f"--http {text}")
        path = text.removeprefix(_UNIX)
        if not 0 < len(os.fsencode(path)) <= MAX_UNIX_PATH:
            raise click.UsageError(f"--http {text}: write unix:PATH, up to {MAX_UNIX_PATH} bytes")
        return HttpPlace(unix=Path(path), token_file=token_file, token=token)
    address = read_address("--http", text)
    if not public and not is_local(address.host):
        raise click.UsageError(
            f"--http {text}: other machines could reach that. Write 127.0.0.1:PORT, "
            "or add --http-public if they shall."
        )
    return HttpPlace(address, public=public, token_file=token_file, token=token)


def is_local(host: str) -> bool:
    """Whether nobody but this machine can be at or reach this host."""
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def http_options(command: Callable[..., R]) -> Callable[..., R]:
    """The options that ask for the control API; the command gets ``http``, an HttpPlace or None."""

    @click.option(
        "--http",
        metavar="[HOST:PORT]",
        is_flag=False,
        flag_value=ANY_PORT,
        help="The control API over HTTP, at a port of this machine or at unix:PATH.",
    )
    @click.option("--http-public", is_flag=True, help="Other machines may use the API too.")
    @click.option(
        "--http-token-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write the API's token to this file while it runs.",
    )
    @click.option("--web", is_flag=True, help="A live page for browsers, beside the API.")
    @functools.wraps(command)
    def with_http(
        http: str | None,
        http_public: bool,
        http_token_file: Path | None,
        web: bool,
        **options: object,
    ) -> R:
        if http is None and web:
            http = ANY_PORT
        if http is None and (http_public or http_token_file is not None):
            raise click.UsageError("--http-public and --http-token-file go with --http.")
        place = None
        if http is not None:
            place = read_http_place(http, public=http_public, token_file=http_token_file)
            place = replace(place, web=web)
        return command(http=place, **options)

    return with_http


def _plain(token: str) -> bool:
    return token.replace("-", "").replace("_", "").isalnum()
