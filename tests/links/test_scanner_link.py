"""The scanner link with a real guard: what reaches the till, and what the cashier reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_guard.frames.codes import classify
from pos_guard.frames.lines import MAX_SCAN, End, LineSettings
from pos_guard.frames.symbology import Symbology
from pos_guard.links.scanner import BEEP as BEEP_TIMER
from pos_guard.links.scanner import BEEP_SECONDS, FLOOD, SILENCE, ScannerSession
from pos_guard.links.scanner_flood import (
    FLOOD_SECONDS,
    MAX_BURST,
    MAX_UNREAD,
    SCANS_A_SECOND,
)
from pos_guard.links.scanner_front import PlainFront
from pos_guard.links.scanner_settings import Refused, ScannerSettings
from pos_guard.links.session import CancelTimer, Effects, SetTimer, Tell, ToApp, ToDevice
from pos_guard.model import Source
from pos_guard.own_codes import OwnKind
from pos_guard.policy.verdict import Mode
from pos_guard.scanners.asking import Timing
from pos_guard.scanners.doubt import DOUBT_SECONDS
from pos_guard.scanners.honeywell import HoneywellLanguage
from pos_guard.scanners.language import Command
from pos_guard.scanners.lines import LineLanguage
from pos_guard.scanners.settling import QUIET_SECONDS, SettledLanguage
from pos_guard.stickers import Checked
from tests.shop import POLICY, Shop, shop

WECHAT = "134621000053364349"
RECEIVE = "wxp://f2f0in9xnsA4G_eXWBRORK63ixD6bMQcP11eKGFz1V00000"
# The published FPS sample; its payee is not on the shop's list unless a test puts it there.
MERCHANT = (
    "00020101021226340012HK.COM.HKICL010300402070009999520400005303344540555.005802NA5902NA6002NA"
    "620063046734"
)
BEEP = b"\x16\x07\r"
YES = b"\x07"
GOODS = b"6901028225168"


@pytest.fixture
def corner(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.sign_in("anna")
    yield made
    made.store.close()


def session(
    corner: Shop,
    settings: ScannerSettings | None = None,
    *,
    lines: LineSettings | None = None,
    idle_seconds: float = 0.3,
) -> ScannerSession:
    """A scanner on a line, with a beep, and a till that is there."""
    timing = Timing(idle_seconds=idle_seconds)
    language = SettledLanguage(LineLanguage(lines, {Command.NO: BEEP, Command.YES: YES}, timing))
    front = PlainFront(lines)
    made = ScannerSession("scanner", corner.guard, language, front, settings)
    assert made.app_connected() == []
    return made


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
        ("https://qr.alipay.com/bavh4wjlxf12tper3a", "This is an Alipay order code"),
        ("11010519491231002X", "identity card"),
        (MERCHANT, "payee"),
        (f"00020101021102{WECHAT}SG", "merchant code is damaged"),
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
    policy = policy.replace('"EUR"', '"HKD"')
    corner = shop(tmp_path, policy=policy)
    corner.sign_in("anna")
    assert to_app(session(corner).device_data(MERCHANT.encode() + b"\r")) == (
        MERCHANT.encode() + b"\r"
    )
    corner.store.close()


def test_the_till_may_get_a_text_instead_of_a_refused_scan(corner: Shop) -> None:
    link = session(corner, ScannerSettings(refused=Refused.REPLACE, instead="REFUSED"))
    effects = link.device_data(RECEIVE.encode() + b"\r\n" + RECEIVE.encode() + b"\r")
    assert to_app(effects) == b"REFUSED\r\nREFUSED\r"
    assert to_app(link.device_data(b"\n")) == b"\n", "the rest of the line end that it stands for"


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
    assert link.device_data(b"2866640000594810")[-1] == SetTimer(SILENCE, 0.1)
    effects = link.timer(SILENCE)
    assert to_app(effects) == b""
    assert told(effects) == ["The scan was cut short. Scan again."]
    assert effects[-1] == SetTimer(SILENCE, DOUBT_SECONDS)
    assert link.timer(SILENCE) == [CancelTimer(SILENCE)]
    assert to_app(link.device_data(WECHAT.encode() + b"\r")) == WECHAT.encode() + b"\r"


def test_silence_ends_a_scan_where_the_settings_say_so(corner: Shop) -> None:
    link = session(corner, lines=LineSettings(end=End.IDLE))
    assert to_app(link.device_data(WECHAT.encode())) == b""
    assert to_app(link.timer(SILENCE)) == WECHAT.encode()


def test_the_timer_runs_only_while_a_scan_is_open(corner: Shop) -> None:
    link = session(corner)
    assert link.device_data(b"half")[-1] == SetTimer(SILENCE, 0.3)
    assert link.app_data(b"x") == [ToDevice(b"x")], "a till that talks keeps no scan open"
    assert link.device_data(b"\r")[-1] == CancelTimer(SILENCE)
    assert link.timer("other") == []


def test_a_scan_longer_than_any_code_is_refused(corner: Shop) -> None:
    effects = session(corner).device_data(b"1" * (MAX_SCAN + 1) + b"\r")
    assert to_app(effects) == b""
    assert told(effects) == ["The scan is longer than any code. Scan again."]


def test_a_scanner_that_comes_back_starts_afresh(corner: Shop) -> None:
    link = session(corner)
    link.device_data(b"1346")
    lost = link.device_closed()
    assert told(lost) == ["The scan was cut short. Scan again."]
    assert CancelTimer(SILENCE) in lost
    assert link.device_connected() == [SetTimer(SILENCE, QUIET_SECONDS)]
    assert link.timer(SILENCE) == [CancelTimer(SILENCE)]
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
    sent = b"".join(to_app(link.device_data(piece)) for piece in pieces) + to_app(
        link.timer(SILENCE)
    )
    assert len(sent) <= sum(map(len, pieces))


# -- sticker checks -----------------------------------------------------------------------------


def checking(corner: Shop) -> list[Checked]:
    """The shop's own code is registered, and the next scan is to be it."""
    found: list[Checked] = []
    corner.guard.stickers.add("counter", "by the till", classify(RECEIVE), by="maya", account="t")
    corner.guard.stickers.expect("counter", 30, found.append, by="maya")
    return found


@pytest.mark.parametrize(
    ("payload", "ok"), [(RECEIVE, True), (RECEIVE.replace("K63", "K64"), False)]
)
def test_a_sticker_check_takes_the_next_scan_for_itself(
    corner: Shop, payload: str, ok: bool
) -> None:
    found = checking(corner)
    link = session(corner)
    paid = link.device_data(WECHAT.encode() + b"\r")
    assert to_app(paid) == WECHAT.encode() + b"\r", "a customer's pay code is no sticker"
    effects = link.device_data(payload.encode() + b"\r")
    assert to_app(effects) == b""
    assert [checked.ok for checked in found] == [ok]
    assert beeps(effects) == (0 if ok else 1)
    assert told(effects) == [found[0].say.en]
    assert "receive code" in told(link.device_data(b"wxp://f2f01x\r"))[0]


def test_a_sticker_check_that_cannot_be_recorded_is_none(corner: Shop) -> None:
    found = checking(corner)
    link = session(corner)
    corner.store.close()
    effects = link.device_data(RECEIVE.encode() + b"\r")
    assert (to_app(effects), found) == (b"", [])
    assert "cannot be written" in told(effects)[0]


def test_a_text_in_place_of_a_scan_ends_with_the_scanners_own_suffix(corner: Shop) -> None:
    lines = LineSettings(end=End.SUFFIX, prefix=b"\x02", suffix=b"\x03")
    link = session(corner, ScannerSettings(refused=Refused.REPLACE, instead="NO"), lines=lines)
    assert to_app(link.device_data(b"\x02" + RECEIVE.encode() + b"\x03")) == b"\x02NO\x03"


# -- what a scan that a rule speaks against becomes ---------------------------------------------


FLAGGED = ScannerSettings(refused=Refused.FLAG, flag="CHECK:")


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.WARN])
def test_a_code_that_policy_only_warns_of_can_be_flagged(tmp_path: Path, mode: Mode) -> None:
    corner = shop(tmp_path, mode=mode)
    corner.sign_in("anna")
    link = session(corner, FLAGGED)
    assert (
        to_app(link.device_data(RECEIVE.encode() + b"\r")) == b"CHECK:" + RECEIVE.encode() + b"\r"
    )
    assert to_app(link.device_data(b"6901028225168\r")) == b"6901028225168\r"
    corner.store.close()


def test_a_refusal_is_never_flagged_but_dropped(corner: Shop) -> None:
    link = session(corner, FLAGGED)
    assert to_app(link.device_data(RECEIVE.encode() + b"\r")) == b""


@pytest.mark.parametrize("settings", [FLAGGED, ScannerSettings()])
def test_no_mode_lets_a_broken_scan_or_a_forged_badge_pass(
    tmp_path: Path, settings: ScannerSettings
) -> None:
    corner = shop(tmp_path, mode=Mode.OBSERVE)
    link = session(corner, settings)
    sent = [*link.device_data(b"PGOP:maya.AAAAAAAA\r13462100"), *link.timer(SILENCE)]
    assert to_app(sent) == b""
    assert len(list(corner.store.audit.records(kind="refusal"))) == 2
    corner.store.close()


def test_only_the_listed_kinds_of_symbols_pass(corner: Shop) -> None:
    link = session(corner, ScannerSettings(symbologies=frozenset({Symbology.QR})))
    code = WECHAT.encode() + b"\r"
    assert to_app(link.device_data(b"]Q1" + code)) == b"]Q1" + code
    for other in (b"]C0" + code, code):
        effects = link.device_data(other)
        assert to_app(effects) == b""
        assert told(effects) == ["This kind of bar code is not used here. Scan the right one."]
    badge = link.device_data(b"]C0" + own(corner, OwnKind.BADGE, "ben"))
    assert told(badge) == ["ben is at the till."]


# -- the till is away ---------------------------------------------------------------------------


def test_a_scan_without_a_till_is_never_delivered(corner: Shop) -> None:
    link = session(corner)
    link.app_closed()
    effects = link.device_data(WECHAT.encode() + b"\r")
    assert to_app(effects) == b""
    assert told(effects) == [
        "The till is not connected, the scan does not count. Scan again when it is."
    ]
    assert corner.guard.context().code is None, "it is not the code of the next customer"
    assert to_app(link.app_connected()) == b""
    assert to_app(link.device_data(b"\n")) == b""
    assert to_app(link.device_data(WECHAT.encode() + b"\r")) == WECHAT.encode() + b"\r"


def test_a_badge_signs_in_before_the_till_is_there(corner: Shop) -> None:
    link = session(corner)
    link.app_closed()
    assert told(link.device_data(own(corner, OwnKind.BADGE, "ben"))) == ["ben is at the till."]


def test_the_late_line_feed_of_a_till_that_left_is_nobodys(corner: Shop) -> None:
    link = session(corner)
    assert to_app(link.device_data(WECHAT.encode() + b"\r"))
    link.app_closed()
    link.app_connected()
    assert to_app(link.device_data(b"\n")) == b""


# -- yes and no at the device -------------------------------------------------------------------


def test_yes_is_said_where_the_settings_want_it(corner: Shop) -> None:
    link = session(corner, ScannerSettings(confirm=True, complain=False))
    effects = link.device_data(WECHAT.encode() + b"\r")
    assert effects[:2] == [ToApp(WECHAT.encode() + b"\r"), ToDevice(YES)]
    assert ToDevice(YES) in link.device_data(own(corner, OwnKind.BADGE, "ben"))
    assert beeps(link.device_data(RECEIVE.encode() + b"\r")) == 0


def honeywell(corner: Shop) -> ScannerSession:
    made = ScannerSession("scanner", corner.guard, SettledLanguage(HoneywellLanguage()))
    made.app_connected()
    return made


SPEED = b"\x16M\r232BAD9."
SET = b"232BAD9\x06."


def test_a_beep_waits_for_the_answer_to_the_tills_command(corner: Shop) -> None:
    link = honeywell(corner)
    assert link.app_data(SPEED) == [ToDevice(SPEED), SetTimer(SILENCE, 2.0)]
    effects = link.device_data(RECEIVE.encode() + b"\r")
    assert beeps(effects) == 0
    assert SetTimer(BEEP_TIMER, BEEP_SECONDS) in effects
    answered = link.device_data(SET)
    assert answered[0] == ToApp(SET)
    assert answered[1:3] == [CancelTimer(BEEP_TIMER), ToDevice(BEEP)]


def test_a_beep_that_comes_too_late_is_none(corner: Shop) -> None:
    link = honeywell(corner)
    link.app_data(SPEED)
    link.device_data(RECEIVE.encode() + b"\r")
    assert link.timer(BEEP_TIMER) == []
    assert beeps(link.device_data(SET)) == 0


def test_answers_to_the_guard_are_nothing_for_the_till(corner: Shop) -> None:
    language = SettledLanguage(HoneywellLanguage(setup=["232BAD9"]))
    link = ScannerSession("scanner", corner.guard, language)
    link.app_connected()
    assert link.device_connected() == [SetTimer(SILENCE, QUIET_SECONDS)]
    assert link.timer(SILENCE)[0] == ToDevice(b"\x16M\r232BAD9!")
    assert to_app(link.device_data(b"232BAD9\x06!")) == b""
    assert to_app(link.device_data(b"6901028225168\r")) == b"6901028225168\r"


# -- floods -------------------------------------------------------------------------------------


def test_a_flood_of_noise_is_counted_and_not_recorded_one_by_one(corner: Shop) -> None:
    link = session(corner, lines=LineSettings(end=End.CR))
    first = [*link.device_data(b"1"), *link.timer(SILENCE)]
    assert SetTimer(FLOOD, FLOOD_SECONDS) in first
    for _ in range(3 * MAX_UNREAD - 1):
        link.device_data(b"noise")
        link.timer(SILENCE)
    assert len(list(corner.store.audit.records(kind="refusal"))) == MAX_UNREAD
    over = link.timer(FLOOD)
    assert told(over) == [
        f"The scanner sent {2 * MAX_UNREAD} more scans, which do not count. Check it and its cable."
    ]
    assert link.timer(FLOOD) == []
    again = [*link.device_data(b"1"), *link.timer(SILENCE)]
    assert told(again) == ["The scan was cut short. Scan again."]


def test_no_scanner_keeps_the_shop_busy_with_scans_that_nobody_makes(corner: Shop) -> None:
    link = session(corner)
    effects = link.device_data((GOODS + b"\r") * (MAX_BURST + 5))
    assert to_app(effects) == (GOODS + b"\r") * MAX_BURST
    corner.clock.advance(1.0)
    assert to_app(link.device_data((GOODS + b"\r") * 150)) == (GOODS + b"\r") * SCANS_A_SECOND
    assert told(link.timer(FLOOD)) == [
        "The scanner sent 55 more scans, which do not count. Check it and its cable."
    ]
    corner.clock.advance(60.0)
    assert to_app(link.device_data(GOODS + b"\r")) == GOODS + b"\r"
    assert to_app(link.device_data(b"\n")) == b"\n"


# -- a connection that is not silent yet --------------------------------------------------------


def test_a_scanner_that_keeps_sending_while_the_guard_starts_is_refused_once(corner: Shop) -> None:
    link = session(corner)
    assert link.device_connected() == [SetTimer(SILENCE, QUIET_SECONDS)]
    first = link.device_data(b"3349\r")
    assert told(first) == ["The scan was cut short. Scan again."]
    assert beeps(first) == 0, "nothing is said to it before it was silent"
    for _ in range(50):
        more = link.device_data(WECHAT.encode() + b"\r")
        assert more == [SetTimer(SILENCE, QUIET_SECONDS)], "the silence begins anew"
    assert beeps(link.timer(SILENCE)) == 1
    assert len(list(corner.store.audit.records(kind="refusal"))) == 1
    assert to_app(link.device_data(WECHAT.encode() + b"\r")) == WECHAT.encode() + b"\r"


def test_what_the_till_tells_it_meanwhile_follows_in_order(corner: Shop) -> None:
    link = session(corner)
    link.device_connected()
    assert link.app_data(b"\x16T\r") == []
    assert link.app_data(b"\x16U\r") == []
    assert link.timer(SILENCE)[:2] == [ToDevice(b"\x16T\r"), ToDevice(b"\x16U\r")]


def test_a_till_that_comes_back_does_not_make_the_scanner_wait(corner: Shop) -> None:
    link = session(corner)
    link.device_connected()
    link.timer(SILENCE)
    link.app_closed()
    link.app_connected()
    assert to_app(link.device_data(WECHAT.encode() + b"\r")) == WECHAT.encode() + b"\r"
