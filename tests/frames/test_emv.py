"""EMVCo merchant-presented codes: objects, checksum, payees."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from construct import ConstructError
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.errors import FrameError
from pos_guard.frames import emv_mpm
from pos_guard.frames.codes import Kind, classify

GOLDEN = Path(__file__).parents[1] / "golden" / "scanned_codes.json"
SAMPLES: list[dict[str, Any]] = json.loads(GOLDEN.read_text("utf-8"))
MERCHANT = [s for s in SAMPLES if s["kind"] == "emv-mpm"]
WHOLE = [s for s in MERCHANT if s["expect"]["well_formed"] and not s["expect"].get("duplicate_ids")]
BROKEN = [s for s in MERCHANT if s not in WHOLE]

BASE = {
    "00": "01",
    "01": "12",
    "26": "0009SG.PAYNOW01012020912345678X03011",
    "52": "0000",
    "53": "702",
    "54": "12.34",
    "58": "SG",
    "59": "SHOP",
    "60": "SINGAPORE",
}


def sealed(**changes: str | None) -> str:
    """A made-up code with a right checksum; ``t54=None`` leaves an object out."""
    tags = dict[str, str | None](BASE) | {name[1:]: value for name, value in changes.items()}
    kept = {tag: value for tag, value in tags.items() if value is not None}
    return emv_mpm.seal("".join(f"{tag}{len(v):02}{v}" for tag, v in kept.items()))


def test_the_published_check_value_of_the_checksum() -> None:
    assert emv_mpm.crc(b"123456789") == "29B1"


@pytest.mark.parametrize("sample", WHOLE, ids=lambda s: s["payload"][-12:])
def test_published_codes_read_as_their_sources_say(sample: dict[str, Any]) -> None:
    expect = sample["expect"]
    merchant = emv_mpm.parse(sample["payload"])
    want = "ok" if expect["crc_ok"] else "none" if expect["crc_present"] is None else "bad"
    if "63" in merchant.objects:
        want = "ok" if expect["crc_ok"] else "bad"
    assert merchant.checksum == want
    assert merchant.accounts == expect["merchant_accounts"]
    assert merchant.objects.get("54") == expect.get("amount")
    assert merchant.objects.get("53") == expect.get("currency")
    assert merchant.unit == expect.get("length_unit", "characters")


@pytest.mark.parametrize("sample", WHOLE, ids=lambda s: s["payload"][-12:])
def test_published_codes_are_built_again_to_the_character(sample: dict[str, Any]) -> None:
    assert emv_mpm.build(emv_mpm.objects(sample["payload"])) == sample["payload"]


@pytest.mark.parametrize("sample", BROKEN, ids=lambda s: s["payload"][-12:])
def test_broken_structure_is_invalid_even_with_a_right_checksum(sample: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        emv_mpm.parse(sample["payload"])
    found = classify(sample["payload"])
    assert (found.kind, found.payees, found.amount) == (Kind.INVALID, (), None)


@pytest.mark.parametrize("sample", WHOLE[:6], ids=lambda s: s["payload"][-12:])
def test_any_changed_character_is_found(sample: dict[str, Any]) -> None:
    text = sample["payload"]
    good = classify(text)
    for at in range(4, len(text)):
        changed = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
        found = classify(changed)
        whole = found.kind is Kind.MERCHANT_CODE and found.checksum == "ok"
        assert not (whole and (found.payees, found.amount) != (good.payees, good.amount))


@pytest.mark.parametrize(
    ("changes", "amount", "problems"),
    [
        ({}, 1234, ()),
        ({"t54": None}, None, ()),
        ({"t54": "98."}, 9800, ()),
        ({"t54": "0.00"}, 0, ("zero-amount",)),
        ({"t54": "5", "t53": "392"}, 5, ("paynow-currency",)),
        ({"t54": "500.00", "t53": "392"}, 500, ("paynow-currency",)),
        ({"t60": None}, 1234, ("absent-60",)),
        ({"t60": "A CITY WITH A LONG NAME"}, 1234, ("long-60",)),
        ({"t62": ""}, 1234, ("empty-62",)),
        ({"t00": "02"}, 1234, ("version",)),
        ({"t01": "13"}, 1234, ("initiation",)),
        ({"t55": "01"}, 1234, ("fee",)),
        ({"t26": None}, 1234, ("account",)),
        ({"t27": "0104ABCD"}, 1234, ("guid-27",)),
    ],
)
def test_amounts_and_named_deviations(
    changes: dict[str, str | None], amount: int | None, problems: tuple[str, ...]
) -> None:
    found = classify(sealed(**changes))
    assert (found.kind, found.checksum) == (Kind.MERCHANT_CODE, "ok")
    assert (found.amount, found.problems) == (amount, problems)


@pytest.mark.parametrize(
    "changes",
    [
        {"t54": "98,73"},
        {"t54": "3 705"},
        {"t54": "-1"},
        {"t54": "1.234"},
        {"t54": "1.2.3"},
        {"t54": ""},
        {"t54": "１2"},
        {"t53": None},
        {"t53": "000"},
        {"t53": "SGD"},
        {"t26": "0009SG.PAYNOW0101"},
        {"t62": "9"},
    ],
)
def test_an_unreadable_amount_or_account_is_never_taken_for_an_absent_one(
    changes: dict[str, str | None],
) -> None:
    assert classify(sealed(**changes)).kind is Kind.INVALID


def test_lengths_in_utf8_bytes_are_read_and_named() -> None:
    name = "ร้าน"
    text = emv_mpm.seal(sealed(t59=None)[:-8] + f"59{len(name.encode()):02}{name}")
    found = classify(text)
    assert (found.kind, found.checksum) == (Kind.MERCHANT_CODE, "ok")
    assert "byte-lengths" in found.problems
    assert emv_mpm.parse(text).objects["59"] == name


def test_lengths_in_bytes_are_read_with_a_wrong_checksum_too() -> None:
    name = "ร้านค้า"
    text = sealed(t59=None)[:-8] + f"59{len(name.encode()):02}{name}6304FFFF"
    found = classify(text)
    assert (found.kind, found.checksum) == (Kind.MERCHANT_CODE, "bad")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("unit", ["characters", "bytes"])
def test_names_in_the_scanner_s_encoding_are_read_in_both_lengths(encoding: str, unit: str) -> None:
    name = "最佳运输"
    size = len(name) if unit == "characters" else len(name.encode(encoding))
    body = (sealed(t59=None)[:-8] + f"59{size:02}{name}6304").encode(encoding)
    found = classify(body + emv_mpm.crc(body).encode(), encoding)
    assert (found.kind, found.checksum, found.facts["name"]) == (Kind.MERCHANT_CODE, "ok", name)
    assert ("byte-lengths" in found.problems) is (unit == "bytes")


def test_the_checksum_must_be_last_and_may_be_lower_case() -> None:
    text = sealed()
    assert classify(text[:-4] + text[-4:].lower()).checksum == "ok"
    assert classify(text + "6102XX").checksum == "bad"
    assert classify(text[:-8]).checksum == "none"


@pytest.mark.parametrize(
    ("account", "payee"),
    [
        ("0009SG.PAYNOW01012020912345678X", "paynow:sg.paynow:12345678X"),
        ("0010A00000072701240006970422011012345678900208QRIBFTTA", "vietqr:a000000727:"),
        ("0014ID.CO.QRIS.WWW0208ID102001", "qris:id.co.qris.www:ID102001"),
        ("0007a:b;c=d0104A;=%", "emv:a%3Ab;c=d:01=A%3B%3D%25"),
        ("0004aBcD0202XX0101Y", "emv:abcd:01=Y;02=XX"),
    ],
)
def test_payees_read_as_scheme_identifier_and_id(account: str, payee: str) -> None:
    assert classify(sealed(t26=account)).payees[0].startswith(payee)


def test_payees_that_differ_never_read_the_same() -> None:
    one = classify(sealed(t26="0004abcd0108A;02=B-C")).payees
    other = classify(sealed(t26="0004abcd0101A0203B-C")).payees
    assert one != other


def test_khqr_puts_the_account_where_others_have_their_identifier() -> None:
    person = sealed(t26=None, t58="KH", t29="0009JANE@bank")
    shop = sealed(t26=None, t58="KH", t30="0009shop@bank0106123456")
    assert classify(person).payees == ("khqr:bakong:jane@bank",)
    assert classify(shop).payees == ("khqr:bakong:00=shop@bank;01=123456",)
    assert classify(sealed(t26=None, t29="0009JANE@bank")).scheme == "emv"


def test_a_code_longer_than_any_symbol_is_refused() -> None:
    with pytest.raises(FrameError, match="longer"):
        emv_mpm.parse("0" * (emv_mpm.MAX_READ + 1))
    with pytest.raises(FrameError, match="99"):
        emv_mpm.build({"59": "x" * 100})


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.from_regex(r"\A[0-9]{2}\Z"), st.text(max_size=20), max_size=8))
def test_what_is_built_is_read_again(level: dict[str, str]) -> None:
    text = emv_mpm.build(level)
    assert emv_mpm.objects(text) == level


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["characters", "bytes"]))
def test_garbage_gives_frame_errors_only(text: str, unit: str) -> None:
    try:
        found = emv_mpm.objects("0002" + text, unit)
    except FrameError:
        return
    assert found


_LEVELS = st.lists(
    st.one_of(
        st.tuples(st.from_regex(r"\A[0-9]{2}\Z"), st.text(max_size=8)).map(
            lambda pair: f"{pair[0]}{len(pair[1]):02}{pair[1]}"
        ),
        st.text(alphabet="0123456789AÄ²", max_size=7),
    ),
    max_size=5,
).map("".join)


def _defined(flat: bytes) -> list[tuple[str, int, int]] | None:
    """Ids and places of the objects as the construct definition reads them."""
    stream, found = io.BytesIO(flat), list[tuple[str, int, int]]()
    while (at := stream.tell()) < len(flat):
        try:
            parsed = emv_mpm.OBJECT.parse_stream(stream)
        except (ConstructError, ValueError):
            return None
        found.append((parsed.id, at + 4, stream.tell()))
    doubled = len({tag for tag, _, _ in found}) < len(found)
    return None if doubled else found


@settings(max_examples=300, deadline=None)
@given(_LEVELS)
def test_objects_agree_with_their_definition(text: str) -> None:
    places = _defined(text.encode("ascii", "replace"))
    try:
        found = emv_mpm.objects(text)
    except FrameError:
        assert places is None
        return
    assert places is not None
    assert list(found.items()) == [(tag, text[start:end]) for tag, start, end in places]


@settings(max_examples=300, deadline=None)
@given(_LEVELS)
def test_objects_in_bytes_agree_with_their_definition(text: str) -> None:
    flat = text.encode()
    places = _defined(flat)
    try:
        found = emv_mpm.objects(text, "bytes")
    except FrameError:
        # Cut where the definition cuts, but inside a character: that is no text.
        assert places is None or not all(_is_text(flat[start:end]) for _, start, end in places)
        return
    assert places is not None
    assert list(found.items()) == [(tag, flat[start:end].decode()) for tag, start, end in places]


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
