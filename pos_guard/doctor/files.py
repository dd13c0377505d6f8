"""Who may read or write the guard's own files, and whether there is room for them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from pos_guard.config import GuardConfig
from pos_guard.doctor.accounts import ROOT, Accounts
from pos_guard.doctor.finding import Finding, ok, problem, warning
from pos_guard.model import Words
from pos_guard.policy.request import Disk
from pos_guard.store.disk import probe


def check_files(config: GuardConfig, config_file: Path, accounts: Accounts) -> Iterator[Finding]:
    """The store, settings, policy and its key, the socket, the disk."""
    yield from _private(config.state, accounts)
    for path in (config_file, config.policy, config.policy_key):
        if path is not None:
            yield from _unchanged_by_others(path, accounts)
    yield from _socket(config.socket, accounts)
    if config.state.is_dir():
        yield _disk(config.state)


def _private(state: Path, accounts: Accounts) -> Iterator[Finding]:
    if not state.is_dir():
        yield problem(
            "store", str(state),
            Words("没有数据目录。", "There is no store."),
            Words("运行 pos-guard init --state 目录。", f"pos-guard init --state {state}"),
        )  # fmt: skip
        return
    mode = state.stat().st_mode
    if mode & 0o077:
        yield problem(
            "store-mode", str(state),
            Words("别的账户能进入数据目录，里面有密钥。",
                  f"Other accounts may enter the store (mode {mode & 0o777:04o}); keys are in it."),
            Words(f"运行 chmod 700 {state}", f"chmod 700 {state}"),
        )  # fmt: skip
    else:
        owner = accounts.name(state.stat().st_uid)
        yield ok("store-mode", str(state), f"只有 {owner} 能进入。", f"Only {owner} may enter it.")


def _unchanged_by_others(path: Path, accounts: Accounts) -> Iterator[Finding]:
    """Whoever may write a file, or put another in its place, decides what is guarded."""
    if not path.exists():
        return
    for part in (path, path.parent):
        found = part.stat()
        sticky = part.is_dir() and found.st_mode & stat.S_ISVTX
        others = found.st_mode & 0o002 and not sticky
        group = found.st_mode & 0o020 and accounts.strangers(found.st_gid)
        if others or group or found.st_uid not in {ROOT, accounts.guard}:
            yield problem(
                "writable", str(part),
                Words("别的账户可以改动它，等于可以关掉防护。",
                      "Another account may change it, and so what is guarded."),
                Words(f"改为守护进程账户所有，并运行 chmod go-w {part}",
                      f"Give it to the guard's account, then: chmod go-w {part}"),
            )  # fmt: skip
            return
    yield ok("writable", str(path), "别的账户不能改动。", "No other account may change it.")


def _socket(path: Path, accounts: Accounts) -> Iterator[Finding]:
    if not path.is_socket():
        yield warning(
            "socket", str(path),
            Words("决策套接字不存在：守护进程没有运行。",
                  "The decision socket is not there: the daemon does not run."),
            Words("运行 pos-guard run --config guard.toml", "Start pos-guard run, and look again."),
        )  # fmt: skip
        return
    directory = path.parent
    if directory.stat().st_mode & 0o027 or path.stat().st_mode & 0o007:
        yield problem(
            "socket-mode", str(path),
            Words("别的账户能用决策套接字。", "Accounts outside the group may use the socket."),
            Words(f"运行 chmod 750 {directory}; chmod 660 {path}",
                  f"chmod 750 {directory}; chmod 660 {path}"),
        )  # fmt: skip
        return
    group = accounts.group(path.stat().st_gid)
    yield ok("socket-mode", str(path), f"只有组 {group} 能用。", f"Only group {group} may use it.")


_DISK = {
    Disk.BAD: Words("磁盘满、只读或有故障：不能记录，退款会被拒绝。",
                    "The disk is full, read-only or failing: nothing that pays out is allowed."),
    Disk.LOW: Words("磁盘快满了。", "The disk is nearly full."),
}  # fmt: skip
_MAKE_ROOM = Words("腾出空间，或换一块磁盘。", "Make room, or move the store to another disk.")


def _disk(state: Path) -> Finding:
    found = probe(state)
    if found is Disk.BAD:
        return problem("disk", str(state), _DISK[found], _MAKE_ROOM)
    if found is Disk.LOW:
        return warning("disk", str(state), _DISK[found], _MAKE_ROOM)
    return ok("disk", str(state), "空间充足，可以写入。", "There is room, and it can be written.")
