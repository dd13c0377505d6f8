from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.config import Protocol, load_config, parse_config
from pos_guard.links.exchange import ExchangeSession
from pos_guard.links.printer import PrinterSession
from pos_guard.links.provider import ProviderSession
from pos_guard.links.scanner import ScannerSession
from pos_guard.links.session import SetTimer, ToApp, ToDevice
from pos_guard.links.zvt import ZvtSession
from pos_guard.sessions import make_session
from tests.shop import Shop, shop

EXAMPLE = Path(__file__).parents[1] / "examples" / "guard.toml"

KINDS = {
    Protocol.ZVT: ZvtSession,
    Protocol.ESCPOS: PrinterSession,
    Protocol.SCANNER: ScannerSession,
    Protocol.WECHAT: ProviderSession,
    Protocol.PROVIDER: ProviderSession,
    Protocol.STX: ExchangeSession,
    Protocol.ISO8583: ExchangeSession,
    Protocol.CAISSE_AP: ExchangeSession,
}


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    yield made
    made.store.close()


def test_every_protocol_of_the_example_gets_its_session(corner: Shop) -> None:
    for link in load_config(EXAMPLE).links:
        session = make_session(link, corner.guard)
        assert type(session) is KINDS[link.protocol]
        assert session.name == link.name


def test_zvt_is_bare_on_tcp_and_framed_on_a_pty(corner: Shop) -> None:
    config = load_config(EXAMPLE)
    status = bytes.fromhex("050100")
    bare = make_session(config.links[0], corner.guard)
    bare.device_connected()
    bare.app_connected()
    assert ToDevice(status) in bare.app_data(status)
    framed = make_session(config.links[1], corner.guard)
    framed.device_connected()
    framed.app_connected()
    effects = framed.app_data(bytes.fromhex("1002 050100 1003") + b"\x00\x00")
    assert ToApp(b"\x15") in effects, "a wrong checksum is answered with NAK"


def test_times_of_the_file_reach_the_session(corner: Shop) -> None:
    text = """
        [[link]]
        name = "scanner"
        protocol = "scanner"
        app = "tcp:127.0.0.1:0"
        device = "tcp:127.0.0.1:1"
        [link.scanner]
        idle_ms = 80
        suffix = "03"
    """
    session = make_session(parse_config(text, Path("guard.toml")).links[0], corner.guard)
    session.app_connected()
    effects = session.device_data(b"69012345")
    assert [effect.seconds for effect in effects if isinstance(effect, SetTimer)] == [0.08]


@pytest.mark.parametrize(
    "table",
    [
        'protocol = "zvt"\ndevice = "tcp:h:1"\n[link.zvt]\nanswer_ms = 900\nagain_ms = [10, 20]',
        'protocol = "wechat"\ndevice = "http://h:81"\n[link.wechat]\nhold_ms = 900',
        'protocol = "escpos"\ndevice = "serial:/dev/x:9600"\n[link.printer]\ncolumns = 32',
    ],
)
def test_overrides_are_taken(corner: Shop, table: str) -> None:
    text = f'[[link]]\nname = "a"\napp = "tcp:127.0.0.1:0"\n{table}\n'
    assert make_session(parse_config(text, Path("g.toml")).links[0], corner.guard).name == "a"


def test_times_of_an_exchange_link_are_the_protocol_s_but_for_those_given(corner: Shop) -> None:
    text = """
        [[link]]
        name = "caisse"
        protocol = "caisse-ap"
        app = "tcp:127.0.0.1:0"
        device = "tcp:127.0.0.1:8888"
        [link.exchange]
        answer_ms = 7000
        again_ms = [500]
    """
    (link,) = parse_config(text, Path("guard.toml")).links
    session = make_session(link, corner.guard)
    session.device_connected()
    session.app_connected()
    asks = b"CZ0040300CJ012012345678901CA00201CD001I"
    effects = session.app_data(asks)
    effects += session.timer("app-end")  # no byte says where a message ends
    assert ToDevice(asks) in effects
    assert SetTimer("answer", 7.0) in effects
