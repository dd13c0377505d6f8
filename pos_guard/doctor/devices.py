"""Whether a till can go past the guard to a device of this machine.

Device nodes belong to the guard alone; what a till opens is the link that the guard put there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pos_guard.config import LinkConfig
from pos_guard.doctor.accounts import ROOT, Accounts
from pos_guard.doctor.finding import Finding, ok, problem, warning
from pos_guard.model import Words
from pos_guard.ports.address import Address, Kind
from pos_guard.ports.scanner_makers import MAKERS
from pos_guard.ports.usb_facts import MARK_TEXT

_NODES = {Kind.SERIAL, Kind.LP, Kind.HIDRAW, Kind.EVDEV}
_ON_USB = {Kind.USB, Kind.HID, Kind.CDC}
_ACL = "system.posix_acl_access"
_PRINTER_CLASS = "07"

_RULES = Words(
    "安装 examples/ 里的 udev 规则（docs/bypass.md），再重新插上设备。",
    "Install the udev rules of examples/ (docs/bypass.md), then plug the device in again.",
)


def check_device(
    link: LinkConfig, accounts: Accounts, sysfs: Path, usb_nodes: Path
) -> Iterator[Finding]:
    """The nodes of a link's device. Devices that are elsewhere: nothing."""
    device = link.device
    if device.kind in _NODES:
        nodes = [Path(device.path)]
    elif device.kind in _ON_USB:
        nodes = usb_nodes_of(device, sysfs, usb_nodes)
    else:
        return
    there = [node for node in nodes if node.exists()]
    if not there:
        yield warning(
            "device", link.name,
            Words(f"找不到设备 {device}。", f"{device} is not there."),
            Words("检查电源和线缆，或更正设置里的地址。",
                  "Check its power and cable, or correct the address in the settings."),
        )  # fmt: skip
    for node in there:
        yield _node(link.name, node, accounts)


def usb_nodes_of(device: Address, sysfs: Path, usb_nodes: Path) -> list[Path]:
    """The nodes of the USB devices that an address means, without those that the guard shows."""
    found: list[Path] = []
    for place in sorted(sysfs.glob("*")):
        if _text(place / "configuration") == MARK_TEXT or not _meant(device, place):
            continue
        numbers = _text(place / "busnum"), _text(place / "devnum")
        if all(number.isdecimal() for number in numbers):
            found.append(usb_nodes / numbers[0].zfill(3) / numbers[1].zfill(3))
    return found


def _meant(device: Address, place: Path) -> bool:
    try:
        ids = int(_text(place / "idVendor"), 16), int(_text(place / "idProduct"), 16)
    except ValueError:
        return False
    if device.vendor:
        return ids == (device.vendor, device.product)
    if device.kind is Kind.USB:
        return any(_text(one) == _PRINTER_CLASS for one in place.glob("*:*/bInterfaceClass"))
    return ids[0] in MAKERS


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _node(link: str, node: Path, accounts: Accounts) -> Finding:
    found = node.stat()
    who = _who_else(node, found, accounts)
    if who is None:
        owner = accounts.name(found.st_uid)
        return ok(
            "device-node", f"{link} {node}", f"只有 {owner} 能打开。", f"Only {owner} opens it."
        )
    return problem(
        "device-node", f"{link} {node}",
        Words(f"{who.zh}可以绕过防护直接打开设备。",
              f"{who.en} may open the device, past the guard (mode {found.st_mode & 0o777:04o})."),
        _RULES,
    )  # fmt: skip


def _who_else(node: Path, found: os.stat_result, accounts: Accounts) -> Words | None:
    if found.st_mode & 0o006:
        return Words("任何账户都", "Every account")
    if found.st_uid not in {ROOT, accounts.guard}:
        name = accounts.name(found.st_uid)
        return Words(f"账户 {name} ", f"Account {name}")
    strangers = accounts.strangers(found.st_gid) if found.st_mode & 0o060 else []
    if strangers:
        names, group = ", ".join(strangers), accounts.group(found.st_gid)
        return Words(f"组 {group} 的成员 {names} ", f"{names}, in group {group},")
    if _has_acl(node):
        return Words("登录桌面的人（访问控制列表）", "Whoever its access list names (getfacl)")
    return None


def _has_acl(node: Path) -> bool:
    try:
        return bool(os.getxattr(node, _ACL))
    except OSError:
        return False


def check_till_side(link: LinkConfig, accounts: Accounts) -> Iterator[Finding]:
    """The serial port that the till opens: it is the guard's, and nobody can put another there."""
    if link.app.kind is not Kind.PTY:
        return
    path = Path(link.app.path)
    parent = path.parent
    if parent.is_dir() and _others_may_replace(parent, accounts):
        yield problem(
            "till-port", f"{link.name} {path}",
            Words("别的账户可以换掉收银机打开的端口。",
                  "Another account may put its own port in place of the one that the till opens."),
            Words(f"目录改为守护进程账户所有，运行 chmod go-w {parent}",
                  f"Give {parent} to the guard's account, then: chmod go-w {parent}"),
        )  # fmt: skip
        return
    try:
        target = os.readlink(path)
    except FileNotFoundError:
        yield warning(
            "till-port", f"{link.name} {path}",
            Words("收银机要打开的端口还不存在。", "The port that the till opens is not there."),
            Words("启动守护进程后再查一次。", "Start the daemon, and look again."),
        )  # fmt: skip
    except OSError:
        yield _in_the_way(link.name, path)
    else:
        yield _to_pty(link.name, path, target)


def _to_pty(link: str, path: Path, target: str) -> Finding:
    if not target.startswith("/dev/pts/"):
        return _in_the_way(link, path)
    if not path.exists():
        return warning(
            "till-port", f"{link} {path}",
            Words("端口已失效：守护进程没有运行。", "The port leads nowhere: no daemon holds it."),
            Words("启动守护进程后再查一次。", "Start the daemon, and look again."),
        )  # fmt: skip
    return ok("till-port", f"{link} {path}", "由防护程序提供。", "It is the guard's.")


def _in_the_way(link: str, path: Path) -> Finding:
    return problem(
        "till-port", f"{link} {path}",
        Words("收银机打开的端口不是防护程序的。", "What the till opens there is not the guard's."),
        Words(f"移走 {path}，再重启守护进程。", f"Move {path} away, then restart the daemon."),
    )  # fmt: skip


def _others_may_replace(directory: Path, accounts: Accounts) -> bool:
    found = directory.stat()
    if found.st_mode & stat.S_ISVTX:
        return False
    group = found.st_mode & 0o020 and accounts.strangers(found.st_gid)
    return bool(found.st_mode & 0o002 or group or found.st_uid not in {ROOT, accounts.guard})
