"""The SSI scanner link: acknowledgements on both sides are the guard's, each scan comes once.

Scanner: the SSI twin. Till: the host's side of SSI, with its own acknowledgements and time-outs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.frames import ssi
from pos_guard.frames import ssi_parameters as param
from pos_guard.frames.ssi import Op, Packet
from pos_guard.links.scanner import ScannerSession
from pos_guard.links.scanner_settings import Refused, ScannerSettings
from pos_guard.links.scanner_ssi import SsiFront
from pos_guard.links.session import Effects, ToApp
from pos_guard.policy.verdict import Mode
from pos_guard.scanners.language import Command
from pos_guard.scanners.settling import SettledLanguage
from pos_guard.scanners.ssi import SsiLanguage, SsiSettings
from pos_guard_simulator.scanner_ssi import SsiFault, SsiScanner
from tests.links.scanner_rig import Chain
from tests.shop import Shop, shop

WECHAT = "134621000053364349"
ALIPAY = "28763443825664394"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
LONG = "6901028225168 " * 40
"""Three packets."""


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.sign_in("anna")
    yield made
    made.store.close()


def chain(
    corner: Shop, settings: ScannerSettings | None = None, *, chunk: int = 0, packets: bool = True
) -> Chain:
    """Everything connected. The till set its scanner up for good: it sets nothing now."""
    session = ScannerSession(
        "scanner",
        corner.guard,
        SettledLanguage(SsiLanguage(), packets=True),
        SsiFront(packets=packets),
        settings,
    )
    made = Chain(session, SsiScanner(), SsiLanguage(SsiSettings(lock=False)), chunk)
    made.connect()
    made.settle(30.0)
    made.to_scanner.clear()
    return made


def twin_of(made: Chain) -> SsiScanner:
    assert isinstance(made.twin, SsiScanner)
    return made.twin


def packets(data: bytes) -> list[Packet]:
    found = ssi.Framer(ssi.HOST).feed(data)
    return [packet for packet in found if isinstance(packet, Packet)]


@pytest.mark.parametrize("chunk", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("payload", [WECHAT, ALIPAY, "6901028225168", LONG.strip()])
def test_a_scan_reaches_the_till_once_and_the_scanner_knows(
    corner: Shop, payload: str, chunk: int
) -> None:
    made = chain(corner, chunk=chunk)
    made.show(twin_of(made).scan(payload))
    assert made.codes == [payload.encode()]
    assert [scan.symbology for scan in made.scanned] == ["qr"]
    assert twin_of(made).done == {1: True}


def test_a_refused_code_is_acknowledged_beeped_and_goes_nowhere(corner: Shop) -> None:
    made = chain(corner)
    made.show(twin_of(made).scan(RECEIVE))
    assert made.scanned == []
    assert twin_of(made).done == {1: True}
    assert list(twin_of(made).beeps) == [SsiSettings().no]
    assert [packet.opcode for packet in packets(bytes(made.to_scanner))] == [Op.ACK, Op.BEEP]


def test_the_till_may_get_a_text_instead_and_a_flag_before(tmp_path: Path) -> None:
    replaced = ScannerSettings(refused=Refused.REPLACE, instead="REFUSED")
    flagged = ScannerSettings(refused=Refused.FLAG, flag="CHECK:")
    for settings, mode, wanted in (
        (replaced, None, b"REFUSED"),
        (flagged, Mode.WARN, b"CHECK:" + RECEIVE.encode()),
    ):
        corner = shop(tmp_path / str(mode), mode=mode)
        corner.sign_in("anna")
        made = chain(corner, settings)
        made.show(twin_of(made).scan(RECEIVE, "datamatrix"))
        assert made.codes == [wanted]
        assert [scan.symbology for scan in made.scanned] == ["datamatrix"]
        corner.store.close()


@pytest.mark.parametrize("fault", list(SsiFault))
@pytest.mark.parametrize("payload", [WECHAT, LONG.strip()])
@pytest.mark.parametrize("chunk", [0, 1])
def test_under_every_fault_a_scan_comes_once_or_is_reported(
    corner: Shop, fault: SsiFault, payload: str, chunk: int
) -> None:
    made = chain(corner, chunk=chunk)
    twin_of(made).fault(fault)
    made.show(twin_of(made).scan(payload))
    made.settle(60.0)
    made.show(twin_of(made).scan("6922255451427"))
    made.settle(60.0)
    codes = made.codes
    assert codes in (
        [payload.encode(), b"6922255451427"],
        [b"6922255451427"],
        [payload.encode()],
    ), codes
    if len(codes) < 2:
        assert made.told, "a scan was lost and nobody was told"


def test_a_till_that_does_not_acknowledge_gets_it_three_times_and_never_again(
    corner: Shop,
) -> None:
    made = chain(corner)
    made.deaf_till = True
    made.show(twin_of(made).scan(WECHAT))
    made.settle(60.0)
    assert twin_of(made).done == {1: True}, "the scanner is not kept waiting for the till"
    assert made.told == ["The till did not take the scan. Scan again."]
    made.deaf_till = False
    made.connect_till()
    made.settle(30.0)
    assert made.codes == []


def test_what_a_till_did_not_take_is_not_for_the_next_one(corner: Shop) -> None:
    made = chain(corner)
    made.deaf_till = True
    made.show(twin_of(made).scan(WECHAT))
    made.from_session(made.session.app_closed())
    assert made.told == ["The till did not take the scan. Scan again."]
    made.deaf_till = False
    made.connect_till()
    made.settle(60.0)
    assert made.codes == []


def test_without_a_record_neither_the_till_nor_the_scanner_hears_of_it(corner: Shop) -> None:
    made = chain(corner)
    corner.store.close()
    made.from_twin(twin_of(made).scan(WECHAT))
    made.settle(0.1)
    assert made.scanned == []
    assert made.to_scanner == b"", "no acknowledgement, no beep"
    assert made.hung_up
    assert made.told[0].startswith("The safety record cannot be written")


def test_the_guard_died_after_the_verdict_and_the_repetition_is_no_second_scan(
    corner: Shop,
) -> None:
    """The scanner got no acknowledgement: it repeats to the guard that comes after."""
    made = chain(corner)
    twin = twin_of(made)
    for effect in twin.scan(WECHAT):
        if isinstance(effect, ToApp):
            made.session.device_data(effect.data)  # all that follows from it is lost
    made.session = ScannerSession(
        "scanner", corner.guard, SettledLanguage(SsiLanguage(), packets=True), SsiFront()
    )
    made.from_session([*made.session.device_connected(), *made.session.app_connected()])
    made.from_twin(twin.timer("ssi"))
    made.settle(60.0)
    assert made.codes == []
    assert twin.done == {1: False}
    assert made.told == ["The scan came damaged. Scan again."]
    made.show(twin.scan(WECHAT))
    assert made.codes == [WECHAT.encode()], "scanned again, it counts"


def test_the_tills_commands_reach_the_scanner_but_none_that_opens_it(corner: Shop) -> None:
    made = chain(corner)
    twin = twin_of(made)
    made.from_till(made.till.command(Command.DISABLE))
    made.settle()
    assert [reply.to for reply in made.replies if reply.ok][-1:] == [Command.DISABLE]
    assert not twin.decoder.enabled
    opens = ssi.build(Op.PARAM_SEND, b"\xff\xec\x01")
    made.from_session(made.session.app_data(opens))
    made.settle()
    assert twin.decoder.memory[param.PARAMETER_SCANNING] == 0


def test_a_till_cannot_make_the_scanner_wait_longer(corner: Shop) -> None:
    made = chain(corner)
    answered = to_till(made.session.app_data(ssi.build(Op.PARAM_SEND, b"\xff\x9b\x63")))
    assert answered == ssi.build(Op.ACK, source=ssi.DECODER)
    made.settle()
    assert made.to_scanner == b""
    assert twin_of(made).decoder.memory[param.RESPONSE_TIME] == 20


def test_set_up_codes_are_off_from_the_connection_on(corner: Shop) -> None:
    assert twin_of(chain(corner)).decoder.memory[param.PARAMETER_SCANNING] == 0


def test_a_scanner_that_cannot_be_locked_is_told(corner: Shop) -> None:
    session = ScannerSession(
        "scanner", corner.guard, SettledLanguage(SsiLanguage(), packets=True), SsiFront()
    )
    twin = SsiScanner()
    made = Chain(session, twin, SsiLanguage())
    twin.fault(SsiFault.NAK, SsiFault.NAK)
    made.connect()
    made.settle(30.0)
    assert "The scanner cannot be locked against set-up codes. Tell the manager." in made.told


def raw_session(corner: Shop, *, packets: bool) -> ScannerSession:
    front = SsiFront(packets=packets)
    session = ScannerSession(
        "scanner", corner.guard, SettledLanguage(SsiLanguage(), packets=True), front
    )
    session.device_connected()
    session.device_data(ssi.build(Op.ACK, source=ssi.DECODER))  # the scanner hears us
    session.app_connected()
    return session


SCAN = ssi.build(Op.DECODE_DATA, b"\x1c" + WECHAT.encode(), source=ssi.DECODER)


def to_till(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def test_a_till_that_reads_raw_codes_gets_them_raw(corner: Shop) -> None:
    assert to_till(raw_session(corner, packets=False).device_data(SCAN)) == WECHAT.encode() + b"\r"


@pytest.mark.parametrize("at", range(1, len(SCAN)))
def test_at_every_split_the_very_packet_leaves_once(corner: Shop, at: int) -> None:
    session = raw_session(corner, packets=True)
    assert to_till(session.device_data(SCAN[:at])) == b""
    assert to_till(session.device_data(SCAN[at:])) == SCAN


def test_a_till_that_wants_decode_events_gets_them_before_each_code(corner: Shop) -> None:
    """As zebra-scanner-library (alvinnguyen-chipmunk) sets its scanner up, and reads it."""
    made = chain(corner)
    session = made.session
    wants = bytes.fromhex("01 EE01 9F01 EC00 8A07 F00001")
    answered = to_till(session.app_data(ssi.build(Op.PARAM_SEND, wants)))
    assert answered == ssi.build(Op.ACK, source=ssi.DECODER)
    assert to_till(session.device_data(SCAN)) == ssi.build(Op.EVENT, b"\x01", source=ssi.DECODER)
    assert to_till(session.app_data(ssi.build(Op.ACK))) == SCAN
    assert to_till(session.app_data(ssi.build(Op.ACK))) == b""
