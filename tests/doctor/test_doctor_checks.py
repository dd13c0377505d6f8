"""The doctor on machines of its own: real files, modes, ptys and stores in a directory."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pos_guard.clock import SECOND, ManualClock, SystemClock
from pos_guard.config import GuardConfig
from pos_guard.doctor.accounts import Accounts
from pos_guard.doctor.checks import Machine, examine
from pos_guard.doctor.finding import Finding, Grade
from pos_guard.doctor.network import Ruleset
from pos_guard.ports.pty import open_pty
from pos_guard.store.store import Store
from tests.shop import POLICY

ME, TILL = os.getuid(), 54321
GID = os.getgid()
NFT = json.loads((Path(__file__).parents[1] / "golden" / "nft_rulesets.json").read_text("utf-8"))


def rules(name: str) -> Ruleset:
    """A recorded ruleset where the guard is this test's own account."""
    text = json.dumps(NFT["rulesets"][name]["json"])
    return Ruleset(text.replace("65534", str(ME)))


class Room:
    """One machine in a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.chmod(0o755)
        self.clock: SystemClock | ManualClock = SystemClock()
        self.accounts = Accounts(
            {"guard": (ME, GID), "till": (TILL, TILL)}, {"staff": (GID, ())}, ME, TILL
        )
        self.ruleset = rules("one-rule")
        (root / "policy.toml").write_text(POLICY, encoding="utf-8")
        Store.create(
            root / "state", clock=self.clock, terminal_id="T1", durable=False, scrypt_log2n=4
        ).close()
        self.link(f"pty:{root}/till", "tcp:192.168.1.50:20007")

    def link(self, app: str, device: str, more: str = "", protocol: str = "zvt") -> None:
        self.config = self.root / "guard.toml"
        self.config.write_text(
            f'{more}\n[[link]]\nname = "one"\nprotocol = "{protocol}"\n'
            f'app = "{app}"\ndevice = "{device}"\n',
            encoding="utf-8",
        )

    def look(self) -> list[Finding]:
        machine = Machine(self.clock, self.root / "sys", self.root / "usb", lambda: self.ruleset)

        def accounts(_: GuardConfig) -> Accounts:
            return self.accounts

        return list(examine(self.config, accounts, machine))

    def grades(self, check: str) -> list[Grade]:
        return [finding.grade for finding in self.look() if finding.check == check]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_sound_machine_has_no_problem(room: Room) -> None:
    found = room.look()
    assert [finding for finding in found if finding.grade is Grade.PROBLEM] == []
    assert {f.check for f in found} == {
        "config", "till-account", "store-mode", "writable", "disk", "policy", "store", "clock",
        "bypass-network", "till-port", "socket",
    }  # fmt: skip
    assert all((f.do is None) is (f.grade is Grade.OK) for f in found)
    assert all(f.say.zh and f.say.en for f in found)


Spoil = Callable[[Room], object]


def _wide_state(room: Room) -> None:
    (room.root / "state").chmod(0o750)


def _wide_config(room: Room) -> None:
    room.config.chmod(0o646)


def _wide_directory(room: Room) -> None:
    room.root.chmod(0o777)


def _group_policy(room: Room) -> None:
    (room.root / "policy.toml").chmod(0o664)
    room.accounts = replace(room.accounts, groups={"staff": (GID, ("till",))})


def _bad_policy(room: Room) -> None:
    (room.root / "policy.toml").write_text("name = 7\n", encoding="utf-8")


def _missing_signature(room: Room) -> None:
    (room.root / "key.pub").write_text("no key\n", encoding="utf-8")
    room.link("tcp:127.0.0.1:0", "tcp:192.168.1.50:20007", 'policy_key = "key.pub"')


def _old_clock(room: Room) -> None:
    room.clock = ManualClock(wall_us=1_000_000 * SECOND)


def _no_store(room: Room) -> None:
    room.link("tcp:127.0.0.1:0", "tcp:192.168.1.50:20007", 'state = "none"')


def _broken_store(room: Room) -> None:
    for path in (room.root / "state").glob("*.db*"):
        path.write_bytes(b"not a database" * 100)


def _root_till(room: Room) -> None:
    room.accounts = replace(room.accounts, app=0)


def _no_wall(room: Room) -> None:
    room.ruleset = rules("empty")


def _guard_out(room: Room) -> None:
    room.ruleset = rules("guard-too")


def _file_in_the_way(room: Room) -> None:
    (room.root / "till").write_text("", encoding="utf-8")


def _foreign_link(room: Room) -> None:
    (room.root / "till").symlink_to("/dev/ttyS0")


def _bad_settings(room: Room) -> None:
    room.config.write_text("links = 7\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (_wide_state, "store-mode"),
        (_wide_config, "writable"),
        (_wide_directory, "writable"),
        (_wide_directory, "till-port"),
        (_group_policy, "writable"),
        (_bad_policy, "policy"),
        (_missing_signature, "policy"),
        (_old_clock, "clock"),
        (_no_store, "store"),
        (_broken_store, "store"),
        (_root_till, "till-account"),
        (_no_wall, "bypass-network"),
        (_guard_out, "reach"),
        (_file_in_the_way, "till-port"),
        (_foreign_link, "till-port"),
        (_bad_settings, "config"),
    ],
)
def test_each_problem_is_found(room: Room, spoil: Spoil, check: str) -> None:
    assert Grade.PROBLEM not in room.grades(check)
    spoil(room)
    assert Grade.PROBLEM in room.grades(check)


@pytest.mark.parametrize(
    ("mode", "members", "grade"),
    [
        (0o600, (), Grade.OK),
        (0o660, (), Grade.OK),
        (0o660, ("guard",), Grade.OK),
        (0o660, ("till",), Grade.PROBLEM),
        (0o602, (), Grade.PROBLEM),
        (0o604, (), Grade.PROBLEM),
    ],
)
def test_who_may_open_a_serial_device(
    room: Room, mode: int, members: tuple[str, ...], grade: Grade
) -> None:
    node = room.root / "ttyUSB0"
    node.touch()
    node.chmod(mode)
    room.accounts = replace(room.accounts, groups={"dialout": (GID, members)})
    room.link("tcp:127.0.0.1:0", f"serial:{node}:9600")
    assert room.grades("device-node") == [grade]


def test_a_device_that_is_away(room: Room) -> None:
    room.link("tcp:127.0.0.1:0", f"serial:{room.root}/none:9600")
    assert room.grades("device") == [Grade.WARNING]


def _plug(room: Room, name: str, product: str, number: str, configuration: str = "") -> None:
    place = room.root / "sys" / name
    (place / f"{name}:1.0").mkdir(parents=True)
    facts = {"idVendor": "04b8", "idProduct": product, "busnum": "1", "devnum": number,
             "configuration": configuration, f"{name}:1.0/bInterfaceClass": "07"}  # fmt: skip
    for file, text in facts.items():
        (place / file).write_text(text + "\n", encoding="ascii")
    node = room.root / "usb" / "001" / number.zfill(3)
    node.parent.mkdir(parents=True, exist_ok=True)
    node.touch()
    node.chmod(0o666)


@pytest.mark.parametrize("device", ["usb:04b8:0e15", "usb:printer"])
def test_a_usb_printer_and_the_one_that_the_guard_shows(room: Room, device: str) -> None:
    room.link("tcp:127.0.0.1:0", device, protocol="escpos")
    assert room.grades("device") == [Grade.WARNING]
    _plug(room, "1-2", "0e15", "7", "pos-guard")
    assert room.grades("device-node") == []
    _plug(room, "1-1", "0e15", "4")
    assert room.grades("device-node") == [Grade.PROBLEM]
    (room.root / "usb" / "001" / "004").chmod(0o600)
    assert room.grades("device-node") == [Grade.OK]


def test_the_port_that_a_daemon_holds(room: Room) -> None:
    pty = open_pty(str(room.root / "till"))
    try:
        assert room.grades("till-port") == [Grade.OK]
    finally:
        pty.close()


def test_the_socket(room: Room) -> None:
    assert room.grades("socket") == [Grade.WARNING]
    path = room.root / "run" / "decide.sock"
    path.parent.mkdir(mode=0o750)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o660)
        assert room.grades("socket-mode") == [Grade.OK]
        path.chmod(0o666)
        assert room.grades("socket-mode") == [Grade.PROBLEM]
        path.chmod(0o660)
        path.parent.chmod(0o755)
        assert room.grades("socket-mode") == [Grade.PROBLEM]


@pytest.mark.parametrize("device", ["tcp:terminal.shop:20007", "tcp:192.168.1.50:20007"])
def test_what_cannot_be_checked_is_said(room: Room, device: str) -> None:
    room.link("tcp:127.0.0.1:0", device)
    if "192" in device:
        room.ruleset = Ruleset(None, "Operation not permitted")
    assert room.grades("bypass-network") == [Grade.WARNING]


def test_a_shared_ledger(room: Room) -> None:
    more = f'[ledger]\nurl = "sqlite:{room.root}/hub.db"\nmerchant = "corner"\n'
    room.link("tcp:127.0.0.1:0", "tcp:192.168.1.50:20007")
    room.config.write_text(room.config.read_text("utf-8") + more, encoding="utf-8")
    assert room.grades("ledger") == [Grade.OK]
    (room.root / "hub.db").write_bytes(b"not a database" * 100)
    assert room.grades("ledger") != [Grade.OK]
