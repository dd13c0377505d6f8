"""Whether a till can reach a terminal or host over the network, past the guard."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from pos_guard.config import LinkConfig
from pos_guard.doctor.accounts import ROOT, Accounts
from pos_guard.doctor.finding import Finding, ok, problem, warning
from pos_guard.doctor.nftables import Packet, blocked
from pos_guard.errors import RemoteError
from pos_guard.model import Words
from pos_guard.ports.address import Kind

NFT_SECONDS = 10
"""A ruleset of thousands of rules prints in a second."""

_REMOTE = {Kind.TCP, Kind.HTTP, Kind.HTTPS}

_INSTALL = Words(
    "按 docs/bypass.md 装上 examples/pos-guard.nft，里面写上这个地址。",
    "Load examples/pos-guard.nft with this address in it (docs/bypass.md).",
)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """What ``nft -j list ruleset`` printed; or, without ``text``, why it did not."""

    text: str | None
    why: str = ""


def system_ruleset() -> Ruleset:
    """The rules of this machine."""
    # It stands where a user's own PATH does not look.
    nft = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin")
    if nft is None:
        return Ruleset(None, "nft is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, nothing of others in it
            [nft, "-j", "list", "ruleset"],
            capture_output=True,
            text=True,
            timeout=NFT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Ruleset(None, f"nft: {error}")
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return Ruleset(None, lines[0] if lines else f"nft ended with {done.returncode}")
    return Ruleset(done.stdout)


def check_network(link: LinkConfig, accounts: Accounts, rules: Ruleset) -> Iterator[Finding]:
    """Whether only the guard's account gets to a link's device."""
    if link.device.kind not in _REMOTE:
        return
    subject = f"{link.name} {link.device}"
    if rules.text is None:
        yield _unchecked(subject, rules.why)
        return
    try:
        host = ipaddress.ip_address(link.device.host.strip("[]"))
    except ValueError:
        yield _unchecked(subject, "it is a name, and rules hold addresses")
        return
    but = frozenset({ROOT, accounts.guard})
    till = Packet(host, link.device.port, accounts.app, accounts.uid, but)
    guard = Packet(host, link.device.port, accounts.guard, accounts.uid)
    try:
        walled, cut_off = blocked(rules.text, till), blocked(rules.text, guard)
    except RemoteError as error:
        yield _unchecked(subject, str(error))
        return
    if cut_off:
        yield problem(
            "reach", subject,
            Words("防火墙把防护程序自己也挡住了。",
                  "The packet filter keeps the guard itself out."),
            Words("在规则里放行守护进程的账户。", "Let the guard's account pass in its rules."),
        )  # fmt: skip
    if walled:
        yield ok("bypass-network", subject, "只有防护程序能连接。", "Only the guard gets there.")
    else:
        yield problem(
            "bypass-network", subject,
            Words("收银机的账户可以绕过防护直接连接。",
                  "The till's account can connect past the guard."),
            _INSTALL,
        )  # fmt: skip


def _unchecked(subject: str, why: str) -> Finding:
    return warning(
        "bypass-network", subject,
        Words(f"无法检查能否绕过防护直接连接：{why}",
              f"It could not be checked who gets there: {why}."),
        Words("用 root 再查一次；没有防火墙规则就按 docs/bypass.md 装上。",
              "Run the doctor as root, with examples/pos-guard.nft loaded (docs/bypass.md)."),
    )  # fmt: skip
