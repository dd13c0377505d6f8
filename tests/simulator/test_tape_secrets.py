"""No card number and no payment code gets onto a tape, in whatever pieces it comes.

The numbers here are the documented test numbers of the card schemes that are not the ones that a
tape puts in their places.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.clock import ManualClock
from pos_guard.errors import LocalError
from pos_guard.frames import ssi, stx_transbank, zvt_build
from pos_guard.frames.caisse_ap import build_tags
from pos_guard.frames.decoders import decoder_of
from pos_guard.frames.stx import StxFrame, StxFramer
from pos_guard.frames.stx import build as stx_frame
from pos_guard.frames.zvt_bmp import TlvObject, build_tlv
from pos_guard.frames.zvt_serial import frame
from pos_guard.pan import holds_card_number, is_card_number
from pos_guard_simulator.tape.digits import (
    TEST_NUMBERS,
    hide_all,
    hide_numbers,
    hide_packed,
    hide_packed_numbers,
)
from pos_guard_simulator.tape.lines import Said
from pos_guard_simulator.tape.protocols import FRAMED, PROTOCOLS, check
from pos_guard_simulator.tape.recording import MAX_HELD, Recording
from pos_guard_simulator.tape.veil import MAX_RUN, Veil

CARD = "4012888888881881"  # Visa's, as PayPal lists it
AMEX = "371449635398431"
CODE = "134567890123456789"  # shaped as WeChat Pay's; the digits count up
TRACK = f";{CARD}=25121010000012345678?"


def kept(protocol: str, pieces: list[bytes], to: str = "app") -> bytes:
    """What of these pieces gets onto the tape."""
    lines: list[object] = []
    recording = Recording(protocol, ManualClock(), lines.append)
    for piece in pieces:
        recording.said("app" if to == "app" else "device", piece)
    recording.finish()
    return b"".join(line.data or b"" for line in lines if isinstance(line, Said))


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def secret_free(data: bytes) -> bool:
    """Neither as text nor in digits of four bits."""
    text, packed = data.decode("latin-1"), data.hex()
    for number in TEST_NUMBERS.values():
        text, packed = text.replace(number, "x"), packed.replace(number, "x")
    return not any(one in text or one in packed for one in (CARD, AMEX, CODE)) and not (
        holds_card_number(text)
    )


def test_the_documented_numbers_are_card_numbers_of_their_length() -> None:
    for size, number in TEST_NUMBERS.items():
        assert len(number) == size
        assert is_card_number(number)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Card {CARD} ok", "Card 4111111111111111 ok"),
        ("Card 4012 8888 8888 1881.", "Card 4111 1111 1111 1111."),
        ("no 7 4012-8888-8888-1881", "no 7 4111-1111-1111-1111"),
        (AMEX, "378282246310005"),
        (CODE, "130000000000000000"),
        ("EAN 6901234567892 4006381333931", "EAN 6901234567892 4006381333931"),
        ("2026-11-23 02:15:00 total 1250", "2026-11-23 02:15:00 total 1250"),
        (TRACK, ";4111111111111111=25000000000000000000?"),
        (f"%B{CARD}^DOE/JANE^25121010?", "%X4111111111111111^XXX/XXXX^00000000?"),
    ],
)
def test_numbers_in_text(text: str, shown: str) -> None:
    assert hide_numbers(text.encode()) == shown.encode()
    assert hide_numbers(shown.encode()) == shown.encode(), "once is enough"


def test_packed_digits() -> None:
    assert hide_packed(bytes.fromhex(f"{AMEX}f")) == bytes.fromhex("378282246310005f")
    assert hide_packed(bytes.fromhex(f"{CARD}d251210f")) == bytes.fromhex(
        "4111111111111111d000000f"
    )
    found = bytes.fromhex(f"ff00{CARD}ee")
    assert hide_packed_numbers(found) == bytes.fromhex("ff004111111111111111ee")
    assert hide_packed_numbers(b"6901234567892") == b"6901234567892"
    assert hide_all(b"Ab 12:34") == b"XX 00:00"


RESULT = zvt_build.status_information(
    (
        (0x27, b"\x00"),
        (0x04, bytes.fromhex("000000001250")),
        (0x22, bytes.fromhex(CARD)),
        (0x23, bytes.fromhex(f"{CARD}d2512101")),
        (0x06, build_tlv((TlvObject(0x5A, bytes.fromhex(CARD)), TlvObject(0x5F20, b"DOE/JANE")))),
    )
)
PAPER = b"\x1b@\x1bE\x01Card 4012\x1bE\x00 8888 8888 1881\n\x1dV\x00"
QR = b"\x1d(k\x15\x00\x31\x50\x30" + CODE.encode() + b"\n"
TRANSBANK = stx_transbank.build(
    "0210", "00", "597029414300", "75001234", "T1", "123456", "1250", "1881", "000001", "CR",
    "", "", "VI", "23112026", "021500", "", "",
)  # fmt: skip

SECRETS = {
    "zvt": RESULT,
    "zvt-serial": frame(RESULT),
    "ssi": ssi.build(ssi.Op.DECODE_DATA, b"\x1c" + CODE.encode(), source=ssi.DECODER),
    "caisse-ap": build_tags(
        (
            ("CZ", "0320"),
            ("CJ", "012345678901"),
            ("CA", "01"),
            ("CE", "978"),
            ("BA", "0"),
            ("CD", "0"),
            ("CB", "1250"),
            ("AE", "10"),
            ("AA", CARD),
        )
    ),
    "transbank": stx_frame(stx_transbank.FORMAT, b"0210|00|59702|750|T1|1|1250|" + CARD.encode()),
    "lines": CODE.encode() + b"\r" + CARD.encode() + b"\r6901234567892\r",
    "bytes": b"\x02card=" + CARD.encode() + b"\x1c" + TRACK.encode() + b"\x03" + b"end\n",
}


@pytest.mark.parametrize("protocol", sorted(SECRETS))
@given(size=st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_no_secret_gets_through_in_pieces_of_any_size(protocol: str, size: int) -> None:
    data = SECRETS[protocol]
    shown = kept(protocol, cut(data, size))
    assert secret_free(shown)
    assert shown == kept(protocol, [data]), "the pieces do not matter"


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_printed_card_number_goes_though_half_of_it_is_bold(size: int) -> None:
    shown = kept("escpos", cut(PAPER, size), "device")
    assert shown == b"\x1b@\x1bE\x01Card 4111\x1bE\x00 1111 1111 1111\n\x1dV\x00"
    assert secret_free(kept("escpos", cut(QR, size), "device"))
    for barcode in (b"\x1dk\x04" + CARD.encode() + b"\0", b"\x1dk\x49\x10" + CARD.encode()):
        assert secret_free(kept("escpos", cut(barcode, size), "device"))


def test_pictures_are_blanked_because_nobody_here_can_read_them() -> None:
    dots = b"\x1dv0\x00\x10\x00\x08\x00" + bytes(range(100, 228)) + b"\n"
    shown = kept("escpos", [dots], "device")
    assert (len(shown), shown[:8], set(shown[16:-1])) == (len(dots), dots[:8], {0})


def test_a_masked_zvt_result_is_a_result_about_the_same_money() -> None:
    decode = decoder_of("zvt")
    assert decode is not None
    before, after = next(decode(RESULT)), next(decode(kept("zvt", [RESULT])))
    assert (after.name, after.error, after.fields["04"]) == (before.name, None, 1250)
    assert after.fields["22"] == "4111111111111111"


def test_checksums_are_set_anew() -> None:
    framer = StxFramer(stx_transbank.FORMAT)
    shown = kept("transbank", [SECRETS["transbank"]])
    framer.feed(shown)
    assert isinstance(framer.take(), StxFrame)
    assert shown != SECRETS["transbank"]
    packet = ssi.parse(kept("ssi", [SECRETS["ssi"]]))
    assert packet.data == b"\x1c130000000000000000"


def test_the_password_of_a_till_is_none_of_the_tapes_business() -> None:
    shown = kept("zvt", [zvt_build.refund("123456", 500, "EUR")], "device")
    assert shown == zvt_build.refund("000000", 500, "EUR")


def test_what_cannot_be_read_is_withheld() -> None:
    wrong = bytearray(frame(RESULT))
    wrong[-1] ^= 1
    assert kept("zvt-serial", [bytes(wrong)]) == b""
    assert kept("zvt", [RESULT[:-1]]) == b"", "half a unit"
    unknown = b"\x04\x0f\x12\x27\x00\xfe" + bytes.fromhex(CARD) + b"\x00" * 7
    assert kept("zvt", [unknown]) == b"", "an element that nobody knows"


@given(data=st.binary(max_size=300), protocol=st.sampled_from(PROTOCOLS), size=st.integers(1, 50))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_every_byte_is_accounted_for(data: bytes, protocol: str, size: int) -> None:
    for to_app in (True, False):
        veil = Veil(protocol, to_app=to_app)
        shown = [part for piece in cut(data, size) for part in veil.feed(piece)] + veil.finish()
        assert sum(part.size for part in shown) == len(data)
        assert veil.waiting == 0


@given(
    protocol=st.sampled_from(["bytes", "lines", "escpos"]),
    before=st.text(alphabet="abc 0123456789\n", max_size=30),
    after=st.text(alphabet="xyz\r\n", min_size=1, max_size=10),
    size=st.integers(1, 60),
)
@settings(max_examples=100, deadline=None)
def test_no_card_number_in_any_text(protocol: str, before: str, after: str, size: int) -> None:
    data = f"{before}: {CARD}{after}".encode()
    for to in ("app", "device")[protocol == "escpos" :]:  # a printer's answers hold no text
        shown = kept(protocol, cut(data, size), to)
        assert CARD.encode() not in shown


@given(text=st.text(alphabet="abchipqrstwxyPQRSTWXY @AI-/", max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_scanned_text_without_numbers_stays_as_it_is(text: str) -> None:
    assert kept("lines", [f"{text}\r".encode()]) == f"{text}\r".encode()


def test_digits_without_end_do_not_keep_a_tape_waiting() -> None:
    veil = Veil("bytes", to_app=False)
    shown = [part for _ in range(MAX_RUN + 10) for part in veil.feed(b"\x05")]
    assert sum(part.size for part in shown) > MAX_RUN
    assert veil.waiting < 20


def test_a_frame_without_end_is_given_up() -> None:
    lines: list[object] = []
    recording = Recording("zvt", ManualClock(), lines.append)
    recording.said("device", b"\x06\x01\xff\xff\xff")
    recording.said("app", zvt_build.ack)
    assert lines == [], "what came first stands first"
    for _ in range(70):
        recording.said("device", b"\x06\x01\xff\xff\xff" + bytes(MAX_HELD // 64))
    assert lines


@pytest.mark.parametrize(
    ("protocol", "says"),
    [
        ("iso8583-cup", "MAC"),
        ("wechat-v3", "signed"),
        ("alipay", "signed"),
        ("hidpos", "USB"),
        ("register", "lines"),
        ("nonsense", "none of"),
    ],
)
def test_protocols_that_no_tape_can_be_made_of(protocol: str, says: str) -> None:
    with pytest.raises(LocalError, match=says):
        check(protocol)
    assert all(check(one) == one for one in (*FRAMED, "escpos", "bytes"))
