"""The scanner link with the scanners that answer: at every split each scan comes once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_guard.frames.codes import classify
from pos_guard.frames.lines import End
from pos_guard.frames.scanner_models import scanner_model
from pos_guard.links.scanner import ScannerSession
from pos_guard.links.scanner_make import make_parts
from pos_guard.links.scanner_settings import Codec, Refused, ScannerName, ScannerTable
from pos_guard.links.session import Effects, Tell, ToApp, ToDevice
from pos_guard.ports.address import Kind
from pos_guard.scanners.language import Command
from pos_guard.scanners.make import LanguageSettings, make_language
from pos_guard_simulator.scanner import Scanner
from pos_guard_simulator.scanner_menu import HoneywellScanner
from pos_guard_simulator.scanner_register import RegisterScanner
from tests.links.scanner_rig import Chain
from tests.shop import POLICY, Shop, shop

WECHAT = "134621000053364349"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
GOODS = "6901028225168"

# The EPC guidelines' own example (EPC069-12, Annex 2), with line feeds.
EPC = (
    "BCD\n001\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\nEUR1\nCHAR\n\n"
    "Urgency fund\nSample EPC QR code"
)

TWINS: dict[str, Callable[[], Scanner]] = {
    "generic-serial": Scanner,
    "honeywell-serial": HoneywellScanner,
    "gm65": lambda: RegisterScanner(scanner_model("gm65")),
}


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.sign_in("anna")
    yield made
    made.store.close()


def table(model: str, **settings: object) -> ScannerTable:
    return ScannerTable(model=ScannerName(model), **settings)  # type: ignore[arg-type]  # by name


def session(corner: Shop, settings: ScannerTable) -> ScannerSession:
    parts = make_parts(settings, Kind.PTY, Kind.SERIAL)
    return ScannerSession("scanner", corner.guard, parts.language, parts.front, parts.settings)


def chain(corner: Shop, model: str, chunk: int = 0, **settings: object) -> Chain:
    """The till is a program that knows its scanner, and reads the same lines."""
    till = make_language(scanner_model(model), LanguageSettings(lock=False))
    made = Chain(session(corner, table(model, **settings)), TWINS[model](), till, chunk)
    made.connect()
    made.settle(30.0)
    return made


def twin_of(made: Chain) -> Scanner:
    assert isinstance(made.twin, Scanner)
    return made.twin


@pytest.mark.parametrize("model", TWINS)
@pytest.mark.parametrize("chunk", [0, 1, 2, 5, 18])
def test_scans_and_answers_come_once_whatever_the_pieces(
    corner: Shop, model: str, chunk: int
) -> None:
    made = chain(corner, model, chunk)
    made.show(twin_of(made).scan(GOODS))
    if Command.IDENTIFY in made.till.can:
        made.from_till(made.till.command(Command.IDENTIFY))
        made.settle()
    for payload in (RECEIVE, WECHAT):
        made.show(twin_of(made).scan(payload))
    assert made.codes == [GOODS.encode(), WECHAT.encode()]
    if Command.IDENTIFY in made.till.can:
        assert [(reply.to, reply.ok) for reply in made.replies][-1] == (Command.IDENTIFY, True)


def test_a_register_scanner_is_locked_before_the_till_hears_of_it(corner: Shop) -> None:
    made = chain(corner, "gm65")
    assert isinstance(made.twin, RegisterScanner)
    assert not made.twin.set_up("mode", 1), "a set-up code that a customer shows does nothing"
    open_one = RegisterScanner(scanner_model("gm65"))
    unlocked = Chain(session(corner, table("gm65", lock=False)), open_one, made.till)
    unlocked.connect()
    assert open_one.set_up("mode", 1)


def to_till(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


@pytest.mark.parametrize("at", range(len(WECHAT) + 1))
def test_every_split_of_a_line(corner: Shop, at: int) -> None:
    link = session(corner, table("generic-serial"))
    link.app_connected()
    line = WECHAT.encode() + b"\r\n"
    first, second = link.device_data(line[:at]), link.device_data(line[at:])
    assert to_till([*first, *second]) == line
    assert to_till(first) == b""


@pytest.mark.parametrize(
    ("encoding", "passes"), [("gbk", True), ("gb18030", True), ("utf-8", False)]
)
def test_chinese_is_read_in_the_encoding_that_is_set(
    corner: Shop, encoding: str, passes: bool
) -> None:
    link = session(corner, table("generic-serial", encoding=Codec(encoding)))
    link.app_connected()
    line = "储值卡：张三".encode("gbk") + b"\r"
    effects = link.device_data(line)
    assert to_till(effects) == (line if passes else b"")
    if not passes:
        assert [effect.say.en for effect in effects if isinstance(effect, Tell)]


def test_the_words_for_a_refused_scan_are_written_as_the_scanner_writes(corner: Shop) -> None:
    made = table("generic-serial", encoding=Codec("gbk"), refused=Refused.REPLACE, instead="拒绝")
    link = session(corner, made)
    link.app_connected()
    assert to_till(link.device_data(RECEIVE.encode() + b"\r")) == "拒绝".encode("gbk") + b"\r"


@pytest.mark.parametrize("ours", [True, False])
def test_a_code_with_line_ends_in_it_is_one_code_where_silence_is_the_end(
    tmp_path: Path, ours: bool
) -> None:
    listed = f"codes = {list(classify(EPC).payees)!r}".replace("'", '"')
    corner = shop(tmp_path, policy=POLICY.replace("codes = []", listed) if ours else POLICY)
    corner.sign_in("anna")
    link = session(corner, table("generic-serial", end=End.IDLE))
    link.app_connected()
    for piece in (EPC[:40], EPC[40:]):
        assert to_till(link.device_data(piece.encode())) == b""
    effects = link.timer("silence")
    assert to_till(effects) == (EPC.encode() if ours else b"")
    levels = [effect.level for effect in effects if isinstance(effect, Tell)]
    assert ("DENY" in levels) is not ours
    records = list(corner.store.audit.records(kind="scan"))
    assert len(records) == 1, "not one for each line of it"
    corner.store.close()


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"no": b"\x07"}, [b"\x07"]),
        ({"no": b"\x07", "complain": True}, [b"\x07"]),
        ({"complain": False}, []),
        ({}, []),
    ],
)
def test_no_at_the_device_in_the_bytes_that_are_set(
    corner: Shop, settings: dict[str, object], wanted: list[bytes]
) -> None:
    link = session(corner, table("generic-serial", **settings))
    link.app_connected()
    effects = link.device_data(RECEIVE.encode() + b"\r")
    assert [effect.data for effect in effects if isinstance(effect, ToDevice)] == wanted
