"""The scanner link with a real guard: what reaches the till, and what the cashier reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.frames.lines import MAX_SCAN, End, LineSettings
from pos_guard.links.scanner import IDLE, ScannerSession, ScannerSettings
from pos_guard.links.session import CancelTimer, Effects, SetTimer, Tell, ToApp, ToDevice
from pos_guard.model import Source
from pos_guard.own_codes import OwnKind
from pos_guard.policy.verdict import Mode
from tests.shop import POLICY, Shop, shop

WECHAT = "134621000053364349"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
# The published FPS sample; its payee is not on the shop's list unless a test puts it there.
MERCHANT = (
    "00020101021226340012HK.COM.HKICL010300402070009999520400005303344540555.005802NA5902NA6002NA"
    "620063046734"
)
BEEP = b"\x16\x07\r"


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.sign_in("anna")
    yield made
    made.store.close()


def session(corner: Shop, **options: object) -> ScannerSession:
    return ScannerSession("scanner", corner.guard, ScannerSettings(beep=BEEP, **options))  # type: ignore[arg-type]  # options by name


def own(corner: Shop, kind: OwnKind, own_id: str) -> bytes:
    return corner.guard.own_codes.make(kind, own_id).encode() + b"\r\n"


def to_app(effects: Effects) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, ToApp))


def beeps(effects: Effects) -> int:
    return sum(effect == ToDevice(BEEP) for effect in effects)


def told(effects: Effects) -> list[str]:
    return [effect.say.en for effect in effects if isinstance(effect, Tell)]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t"])
def test_a_pay_code_reaches_the_till_byte_for_byte(corner: Shop, end: bytes) -> None:
    effects = session(corner).device_data(WECHAT.encode() + end)
    assert to_app(effects) == WECHAT.encode() + end
    assert beeps(effects) == 0
    known = corner.guard.context().code
    assert known is not None
    assert (known.value.scheme, known.source) == ("wechat", Source.SCAN)
    assert known.value.token == corner.guard.token(WECHAT)
    assert known.value.masked == "1346**********4349"


def test_byte_by_byte_nothing_leaves_before_the_scan_is_whole(corner: Shop) -> None:
    link = session(corner)
    sent = [to_app(link.device_data(bytes([byte]))) for byte in WECHAT.encode() + b"\r\n"]
    assert sent == [b""] * 18 + [WECHAT.encode() + b"\r", b"\n"]


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (RECEIVE, "receive code"),
        ("https://u.wechat.com/abc", "friend card"),
        ("https://qr.alipay.com/bavh4wjlxf12tper3a", "order code"),
        ("11010519491231002X", "identity card"),
        (MERCHANT, "payee"),
        (f"00020101021102{WECHAT}SG", "damaged"),
        (WECHAT + "\x00", "damaged"),
    ],
)
def test_other_codes_stop_here_with_words_for_the_cashier(
    corner: Shop, payload: str, words: str
) -> None:
    effects = session(corner).device_data(payload.encode() + b"\r\n")
    assert to_app(effects) == b""
    assert beeps(effects) == 1
    assert len(told(effects)) == 1
    assert words in told(effects)[0]
    assert corner.guard.context().code is None


def test_the_late_line_feed_of_a_refused_scan_stays_here_too(corner: Shop) -> None:
    link = session(corner)
    effects = [*link.device_data(RECEIVE.encode() + b"\r"), *link.device_data(b"\n")]
    assert to_app(effects) == b""


def test_goods_pass(corner: Shop) -> None:
    assert to_app(session(corner).device_data(b"6901028225168\r")) == b"6901028225168\r"


def test_a_merchant_code_on_the_list_passes(tmp_path: Path) -> None:
    policy = POLICY.replace("codes = []", 'codes = ["fps:hk.com.hkicl:01=004;02=0009999"]')
    corner = shop(tmp_path, policy=policy)
    corner.sign_in("anna")
    assert to_app(session(corner).device_data(MERCHANT.encode() + b"\r")) == (
        MERCHANT.encode() + b"\r"
    )
    corner.store.close()


def test_the_till_may_get_a_text_instead_of_a_refused_scan(corner: Shop) -> None:
    effects = session(corner, instead=b"REFUSED\r").device_data(RECEIVE.encode() + b"\r")
    assert to_app(effects) == b"REFUSED\r"


def test_in_observe_mode_everything_whole_passes(tmp_path: Path) -> None:
    corner = shop(tmp_path, mode=Mode.OBSERVE)
    assert to_app(session(corner).device_data(RECEIVE.encode() + b"\r")) == RECEIVE.encode() + b"\r"
    corner.store.close()


def test_warnings_pass_with_words(tmp_path: Path) -> None:
    corner = shop(tmp_path, mode=Mode.WARN)
    effects = session(corner).device_data(RECEIVE.encode() + b"\r")
    assert to_app(effects) == RECEIVE.encode() + b"\r"
    assert [effect.level for effect in effects if isinstance(effect, Tell)] == ["WARN"]
    corner.store.close()


def test_a_badge_signs_in_and_never_reaches_the_till(corner: Shop) -> None:
    effects = session(corner).device_data(own(corner, OwnKind.BADGE, "ben"))
    assert to_app(effects) == b""
    assert told(effects) == ["ben is at the till."]
    operator = corner.guard.context().operator
    assert operator is not None
    assert (operator.value, operator.source) == ("ben", Source.SCAN)


def test_a_badge_of_nobody_changes_nothing(corner: Shop) -> None:
    effects = session(corner).device_data(own(corner, OwnKind.BADGE, "nobody"))
    assert to_app(effects) == b""
    assert told(effects) == ["This badge is not known. Ask the manager."]
    operator = corner.guard.context().operator
    assert operator is not None
    assert operator.value == "anna"


@pytest.mark.parametrize("badge", ["maya", "", "maya.", "maya.AAAAAAAA", "a b", "x" * 65, "ben'--"])
def test_a_badge_that_we_did_not_make_is_refused_and_recorded(corner: Shop, badge: str) -> None:
    effects = session(corner).device_data(f"PGOP:{badge}\r".encode())
    assert to_app(effects) == b""
    assert "not made by this shop" in told(effects)[0]
    operator = corner.guard.context().operator
    assert operator is not None
    assert operator.value == "anna"
    assert len(list(corner.store.audit.records(kind="refusal"))) == 1


def test_the_seal_of_one_code_does_not_fit_another(corner: Shop) -> None:
    mine = corner.guard.own_codes.make(OwnKind.BADGE, "anna")
    stolen = mine.replace("anna", "maya")
    assert "not made by this shop" in told(session(corner).device_data(stolen.encode() + b"\r"))[0]


def test_a_sale_id_from_a_receipt_names_the_original(corner: Shop) -> None:
    sale_id = corner.paid_sale(1250)
    effects = session(corner).device_data(own(corner, OwnKind.SALE, sale_id))
    assert to_app(effects) == b""
    assert [effect.level for effect in effects if isinstance(effect, Tell)] == ["ALLOW"]
    original = corner.guard.context().original
    assert original is not None
    assert (original.value, original.source) == (sale_id, Source.SCAN)


def test_an_unknown_sale_id_is_said(corner: Shop) -> None:
    effects = session(corner).device_data(own(corner, OwnKind.SALE, "S-404"))
    assert told(effects) == ["No such sale is known. Check the receipt."]
    assert corner.guard.context().original is None


def test_without_a_record_nothing_passes(corner: Shop) -> None:
    link = session(corner)
    scanned = own(corner, OwnKind.BADGE, "ben")
    corner.store.close()
    badge, code = link.device_data(scanned), link.device_data(WECHAT.encode() + b"\r")
    assert to_app(badge) + to_app(code) == b""
    assert "cannot be written" in told(badge)[0]
    assert told(code)


def test_a_scan_without_its_end_is_cut_and_never_forwarded(corner: Shop) -> None:
    # Sixteen digits of an eighteen-digit Alipay code are a whole Alipay code, too.
    link = session(corner, idle_seconds=0.1)
    assert link.device_data(b"2866640000594810")[-1] == SetTimer(IDLE, 0.1)
    effects = link.timer(IDLE)
    assert to_app(effects) == b""
    assert told(effects) == ["The scan was cut short. Scan again."]
    assert link.timer(IDLE) == []


def test_silence_ends_a_scan_where_the_settings_say_so(corner: Shop) -> None:
    link = session(corner, lines=LineSettings(end=End.IDLE))
    assert to_app(link.device_data(WECHAT.encode())) == b""
    assert to_app(link.timer(IDLE)) == WECHAT.encode()


def test_the_timer_runs_only_while_a_scan_is_open(corner: Shop) -> None:
    link = session(corner)
    assert link.device_data(b"half")[-1] == SetTimer(IDLE, 0.3)
    assert link.device_data(b"\r")[-1] == CancelTimer(IDLE)
    assert link.timer("other") == []


def test_a_scan_longer_than_any_code_is_refused(corner: Shop) -> None:
    effects = session(corner).device_data(b"1" * (MAX_SCAN + 1) + b"\r")
    assert to_app(effects) == b""
    assert told(effects) == ["The scan was cut short. Scan again."]


def test_a_scanner_that_comes_back_starts_afresh(corner: Shop) -> None:
    link = session(corner)
    link.device_data(b"1346")
    assert link.device_closed() == [CancelTimer(IDLE)]
    assert link.device_connected() == [CancelTimer(IDLE)]
    assert to_app(link.device_data(WECHAT.encode() + b"\r")) == WECHAT.encode() + b"\r"


def test_commands_of_the_till_pass(corner: Shop) -> None:
    assert session(corner).app_data(b"\x16T\r") == [ToDevice(b"\x16T\r")]


def test_every_scan_is_recorded_and_no_code_is(corner: Shop) -> None:
    link = session(corner)
    for payload in (WECHAT, RECEIVE, "6901028225168"):
        link.device_data(payload.encode() + b"\r")
    files = [file for file in corner.directory.rglob("*") if file.is_file()]
    stored = b"".join(file.read_bytes() for file in files)
    assert b"1346**********4349" in stored
    assert WECHAT.encode() not in stored
    assert RECEIVE.encode() not in stored


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_no_bytes_of_a_scanner_make_it_raise(corner: Shop, pieces: list[bytes]) -> None:
    link = session(corner)
    sent = b"".join(to_app(link.device_data(piece)) for piece in pieces) + to_app(link.timer(IDLE))
    assert len(sent) <= sum(map(len, pieces))
