"""Which printer link a device URI means, and how a print is proved there. Also device discovery.

``posguard:/printer`` is the link ``printer`` of the usual settings file,
``posguard:///srv/till/guard.toml?link=printer`` one of another. Options: ``wait`` (seconds), and
``proof`` where the printer's model is not named in the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pos_guard.config import GuardConfig, LinkConfig, Protocol, load_config
from pos_guard.errors import LocalError
from pos_guard.frames.printer_models import printer_model
from pos_guard.ports.address import Address, Kind

SCHEME = "posguard"
SETTINGS_VARIABLE = "POS_GUARD_CONFIG"
USUAL_SETTINGS = "/etc/pos-guard/guard.toml"

WAIT_SECONDS = 300
"""How long a printer may be away, out of paper, or at work on one job: somebody has changed the
roll by then, or the queue has to say that it stands still."""

MAX_WAIT_SECONDS = 86_400
MAX_OPTIONS = 8
"""There are three."""

Proof = Literal["process-id", "status", "none"]
_PROOFS: Mapping[str, Proof] = {"process-id": "process-id", "status": "status", "none": "none"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where to print. ``hold_s`` is how long the link itself may keep a paper back."""

    link: str
    app: Address
    socket: Path
    proof: Proof
    wait_s: int
    hold_s: float
    china: bool
    device_id: str


def parse_target(uri: str, environment: Mapping[str, str]) -> Target:
    """The link that a device URI means.

    :raises LocalError: when it means none; the message says what to do.
    """
    parts = urlsplit(uri)
    if parts.scheme != SCHEME or parts.netloc:
        raise LocalError(f"{uri}: a device URI of pos-guard looks like {SCHEME}:/printer")
    options = _options(parts.query)
    path = unquote(parts.path)
    name = options.pop("link", "")
    if not name and path.count("/") == 1:
        path, name = settings_path(environment), path[1:]
    if not name:
        raise LocalError(f"{uri}: add ?link=NAME, a link of {path}")
    wait = _seconds(options.pop("wait", str(WAIT_SECONDS)))
    proof = options.pop("proof", "")
    if proof and proof not in _PROOFS:
        raise LocalError(f"proof={proof}: must be process-id, status or none")
    if options:
        raise LocalError(f"no such option of a device URI: {', '.join(sorted(options))}")
    config = load_config(Path(path))
    link = _find(config, name, path)
    return Target(
        link=name,
        app=link.app,
        socket=config.socket,
        proof=_PROOFS.get(proof) or _proof(link),
        wait_s=wait,
        hold_s=_hold_seconds(link),
        china=link.printer.traits.dialect == "china",
        device_id=_device_id(link),
    )


def settings_path(environment: Mapping[str, str]) -> str:
    """The settings file of a short URI."""
    return environment.get(SETTINGS_VARIABLE) or USUAL_SETTINGS


def discovered(path: Path, *, usual: bool) -> Iterator[str]:
    """One line for each printer link of a settings file, as backend(7) wants them.

    :raises SettingsError: when the file is no settings file.
    """
    for link in load_config(path).links:
        if link.protocol is not Protocol.ESCPOS or not _reachable(link.app):
            continue
        if link.printer.traits.language != "escpos":
            continue
        uri = (
            f"{SCHEME}:/{link.name}" if usual else f"{SCHEME}://{quote(str(path))}?link={link.name}"
        )
        make = "Unknown" if link.printer.model is None else _title(link)
        yield f'direct {uri} "{make}" "pos-guard {link.name}" "{_device_id(link)}"'


def _options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, strict_parsing=True, max_num_fields=MAX_OPTIONS) if query else []
    except ValueError as error:
        raise LocalError(f"?{query}: options look like ?wait=60&proof=status") from error
    options = dict(pairs)
    if len(options) < len(pairs):
        raise LocalError(f"?{query}: an option stands there twice")
    return options


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MAX_WAIT_SECONDS):
        raise LocalError(f"wait={text}: must be whole seconds, 1 to {MAX_WAIT_SECONDS}")
    return int(text[:6])


def _find(config: GuardConfig, name: str, path: str) -> LinkConfig:
    for link in config.links:
        if link.name == name and link.protocol is Protocol.ESCPOS:
            if not _reachable(link.app):
                raise LocalError(f'{path}: link {name} needs app = "unix:/PATH" for a CUPS queue')
            if link.printer.traits.language != "escpos":
                raise LocalError(f"{path}: link {name}: a Star printer can have no CUPS queue here")
            return link
    raise LocalError(f"{path} has no printer link {name}")


def _reachable(app: Address) -> bool:
    """Where a second program can connect: a pty is the till's alone, port 0 is anywhere."""
    return app.kind is Kind.UNIX or (app.kind is Kind.TCP and app.port != 0)


def _proof(link: LinkConfig) -> Proof:
    """How this link's printer can say that a job is printed; GS r is what most of them answer."""
    if link.printer.model is None:
        return "status"
    model = printer_model(link.printer.model)
    if not model.answers:
        return "none"
    mute = "gs-r-serial-only" in model.quirks and link.device.kind is not Kind.SERIAL
    for way in model.confirm:
        if way == "process-id":
            return way
        if way == "status" and not mute:
            return way
    return "none"


def _hold_seconds(link: LinkConfig) -> float:
    """A job is sent in one go, so its end comes soon; a payment may take longer."""
    printer = link.printer
    waits = printer.wait_ms if printer.refused == "hold" else 0
    return (printer.idle_ms + waits) / 1000


def _title(link: LinkConfig) -> str:
    title = "" if link.printer.model is None else printer_model(link.printer.model).title
    return title.replace('"', "'").replace("\\", "/")


def _device_id(link: LinkConfig) -> str:
    model = _title(link) or "receipt printer"
    return f"MFG:pos-guard;MDL:{model.replace(';', ',')};CMD:ESC/POS;CLS:PRINTER;"
