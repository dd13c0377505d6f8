"""The whole chain of scanners: a real one, the guard, what the guard shows, and a till's reader.

All in this kernel. The readers know nothing of us: a file of hidraw, of an input device and of a
tty, pyserial, and pyusb. A refused code is proved by the allowed one after it, which comes first.
"""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pos_guard.clock import SystemClock
from pos_guard.ports.usb_unread import KEPT_SECONDS
from pos_guard.store.store import Store
from pos_guard_simulator.demo import shop
from tests.contract.site import Value
from tests.contract.waiting import SECONDS, wait_until
from tests.kernel.guest.processes import Daemon, Devices, end
from tests.kernel.guest.scanner_tills import (
    HidrawTill,
    KeyTill,
    PyusbTill,
    SerialTill,
    claimed,
    grabbed,
    nodes,
    real,
    text,
    usb_of,
)

pytestmark = pytest.mark.timeout(120)  # four scanners at once, on an emulated processor

KINDS = ("pos", "serial", "keyboard", "wedge")
"""Names of the scanners, which are their serial numbers; a wedge is a keyboard, too."""

SETTINGS = """
[[link]]
name = "pos"
protocol = "scanner"
app = "hid:scanner"
device = "hid:0c2e:0907:pos"
[[link]]
name = "serial"
protocol = "scanner"
app = "cdc:scanner"
device = "cdc:1eab:1a06:serial"
[[link]]
name = "keyboard"
protocol = "scanner"
app = "uinput:till"
device = "evdev:/dev/input/by-id/usb-Metrologic_MS7120_Barcode_Scanner_keyboard-event-kbd"
[[link]]
name = "wedge"
protocol = "scanner"
app = "hid:0c2e:0200:wedge"
device = "hid:0c2e:0200:wedge"
[link.scanner]
language = "hid-keyboard"
"""

CALM_SECONDS = 1.0
"""A scanner that was just plugged in is believed once its line was silent; the guest is slow."""

GOODS, MORE_GOODS = "6901234567892", "4006381333931"
FRIEND = "https://u.wechat.com/kN4pZ2s7x0Q9aB3c"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"


@dataclass
class Corner:
    """A till's corner: the real scanners and the guard."""

    scanners: Devices
    daemon: subprocess.Popen[str]

    def do(self, call: str, name: str, *arguments: str | int) -> Value:
        return self.scanners.call(call, name, *arguments)

    def plug(self, kind: str) -> None:
        """The real scanner."""
        self.do("plug", kind, "keyboard" if kind == "wedge" else kind)
        if kind == "keyboard":
            # An emulated host asks for reports faster than USB does: the kernel keeps 64 events.
            self.do("fault", kind, "slow")

    def plug_anew(self, kind: str) -> None:
        """Pull the real scanner out and plug it in again, until the guard has it."""
        self.do("unplug", kind)
        wait_until(lambda: not real(kind))
        self.plug(kind)
        wait_until(lambda: grabbed() if kind == "keyboard" else claimed(kind))
        select.select([], [], [], CALM_SECONDS)

    def nodes(self, kind: str) -> list[str]:
        """What the guard shows the till of this scanner."""
        if kind == "keyboard":
            names = Path("/sys/class/input").glob("event*/device/name")
            ours = [path for path in names if path.read_text() == "pos-guard till\n"]
            return [f"/dev/input/{path.parent.parent.name}" for path in ours]
        return nodes(kind, configuration="pos-guard")

    def node(self, kind: str) -> str:
        (found,) = self.nodes(kind)
        return found


@pytest.fixture(scope="module")
def corner(devices: Devices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corner]:
    directory = tmp_path_factory.mktemp("corner")
    # Nobody signs in here: no PIN is hashed, which takes seconds on an emulated processor.
    Store.create(directory / "state", clock=SystemClock(), terminal_id="KERNEL").close()
    (directory / "policy.toml").write_text(shop.POLICY.format(mode="enforce"), encoding="utf-8")
    (directory / "guard.toml").write_text(SETTINGS, encoding="utf-8")
    daemon = Daemon()
    daemon.start(directory)
    made = Corner(devices, daemon.process)
    for kind in KINDS:  # while it starts
        made.plug(kind)
    assert daemon.ready()["ready"]
    wait_until(lambda: grabbed() and all(made.nodes(kind) for kind in KINDS))
    yield made
    end(daemon.process)
    for kind in KINDS:
        devices.call("unplug", kind)
    wait_until(lambda: not any(real(kind) for kind in KINDS))


# -- unmodified readers -----------------------------------------------------------------------


Till = HidrawTill | PyusbTill | SerialTill | KeyTill

READERS: list[tuple[str, type[Till]]] = [
    ("pos", HidrawTill),
    ("pos", PyusbTill),
    ("serial", SerialTill),
    ("keyboard", KeyTill),
    ("wedge", KeyTill),
]


@contextmanager
def reading(corner: Corner, kind: str, till: type[Till]) -> Generator[Till]:
    reader = till(corner.node(kind))
    try:
        yield reader
    finally:
        reader.close()


def quiet(fd: int, seconds: float = 0.3) -> bool:
    return not select.select([fd], [], [], seconds)[0]


# -- the chain --------------------------------------------------------------------------------


def test_the_till_sees_the_scanners_that_it_knows(corner: Corner) -> None:
    pos = usb_of(Path("/sys/class/hidraw") / Path(corner.node("pos")).name)
    line = usb_of(Path("/sys/class/tty") / Path(corner.node("serial")).name)
    shown = [
        tuple(text(place / name) for name in ("idVendor", "idProduct", "bcdDevice", "product"))
        for place in (pos, line)
    ]
    assert shown == [
        ("0c2e", "0907", "0962", "Xenon 1900"),
        ("1eab", "1a06", "0100", "Scanner (CDC)"),
    ]
    by_id = Path("/dev/serial/by-id/usb-Newland_Scanner__CDC__serial-if00")
    wait_until(lambda: by_id.exists() and str(by_id.resolve()) == corner.node("serial"))
    assert not [kind for kind in ("pos", "serial", "wedge") if nodes(kind, "")]


@pytest.mark.parametrize(("kind", "till"), READERS)
def test_a_friend_card_and_a_receive_code_do_not_reach_the_till(
    corner: Corner, kind: str, till: type[Till]
) -> None:
    with reading(corner, kind, till) as reader:
        pairs = [(FRIEND, GOODS)] if till is KeyTill else [(FRIEND, GOODS), (RECEIVE, MORE_GOODS)]
        for refused, allowed in pairs:
            corner.do("scan", kind, refused)
            corner.do("scan", kind, allowed)
            assert reader.scan() == allowed


@pytest.mark.parametrize("till", [HidrawTill, PyusbTill])
def test_a_pos_tills_trigger_reaches_the_scanner(
    corner: Corner, till: type[HidrawTill | PyusbTill]
) -> None:
    corner.do("hold", "pos", GOODS)
    with reading(corner, "pos", till) as reader:
        assert isinstance(reader, HidrawTill | PyusbTill)
        reader.command(b"\x04\x02")
        assert reader.scan() == GOODS


def test_a_serial_tills_trigger_reaches_the_scanner(corner: Corner) -> None:
    with reading(corner, "serial", SerialTill) as reader:
        assert isinstance(reader, SerialTill)
        reader.command(b"\x16T\r")
        wait_until(lambda: str(corner.do("heard", "serial")).endswith("16540d"))


def test_nobody_else_sees_the_keys_of_a_grabbed_keyboard(corner: Corner) -> None:
    (real_node,) = nodes("keyboard", "")
    spy = os.open(real_node, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with reading(corner, "keyboard", KeyTill) as reader:
            corner.do("scan", "keyboard", GOODS)
            assert reader.scan() == GOODS
        assert quiet(spy)
    finally:
        os.close(spy)


def test_a_code_that_no_till_was_there_for_does_not_come_later(corner: Corner) -> None:
    corner.do("scan", "pos", GOODS)
    select.select([], [], [], KEPT_SECONDS + 0.5)  # that much later
    with reading(corner, "pos", HidrawTill) as reader:
        corner.do("scan", "pos", MORE_GOODS)
        assert reader.scan() == MORE_GOODS


@pytest.mark.parametrize(
    ("kind", "till"), [("pos", HidrawTill), ("serial", SerialTill), ("keyboard", KeyTill)]
)
def test_a_scanner_that_is_plugged_in_again_serves_the_same_till(
    corner: Corner, kind: str, till: type[Till]
) -> None:
    with reading(corner, kind, till) as reader:
        before = corner.node(kind)
        corner.plug_anew(kind)
        corner.do("scan", kind, FRIEND)
        corner.do("scan", kind, GOODS)
        assert reader.scan() == GOODS
        assert corner.node(kind) == before


# -- a guard that is gone ---------------------------------------------------------------------


def test_a_guard_that_is_killed_leaves_no_way_past_it_but_a_grabbed_keyboard(
    corner: Corner,
) -> None:
    corner.daemon.kill()
    corner.daemon.wait(SECONDS)
    wait_until(lambda: not any(corner.nodes(kind) for kind in KINDS))
    assert [kind for kind in KINDS if nodes(kind, "")] == ["keyboard"]
    (real_node,) = nodes("keyboard", "")
    # Root still reads it; others may not, and desktops are told not to (docs/usb.md).
    assert os.stat(real_node).st_mode & 0o777 == 0o600
    reader = KeyTill(real_node)
    corner.do("scan", "keyboard", GOODS)
    assert reader.scan() == GOODS
    reader.close()
