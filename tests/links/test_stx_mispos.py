"""MIS-POS through the link: the example profile, and one that a vendor wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames.stx import build
from pos_guard.frames.stx_mispos import MisProfile, build_request, parse_reply
from pos_guard.frames.stx_mispos_profile import EXAMPLE, example, read_profile
from pos_guard.links.session import ToDevice
from pos_guard.links.stx_line import StxLine, StxTiming
from pos_guard.links.stx_more import MAKERS, mispos
from pos_guard.model import IntentKind
from pos_guard.store.ledger import Phase
from pos_guard_simulator.stx_mispos_twin import mispos_terminal
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_more_rig import LINK, Rig
from tests.shop import TERMINAL_ID, Shop, shop

NAK = b"\x15"
EURO = EXAMPLE.replace('"CNY"', '"EUR"')
"""The shop of these tests sells in euros."""

VENDOR = (
    EURO.replace('length = "bcd2"', 'length = "none"')
    .replace("lrc_from_stx = false", "lrc_from_stx = true")
    .replace(
        '["type", 2], ["amount", 12], ["till", 8]', '["amount", 10], ["type", 2], ["random", 3]'
    )
    .replace('["code", 2], ["text", 40]', '["random", 3], ["code", 2], ["text", 60]')
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path)
    made.guard.payee_reported(LINK, TERMINAL_ID)
    yield made
    made.store.close()


def rig(store: Shop, text: str = EURO, script: Script | None = None) -> Rig:
    file = store.directory.parent / "acquirer.toml"
    file.write_text(text, encoding="utf-8")
    profile = read_profile(text)
    line = StxLine("till", ToDevice, profile.form, StxTiming())
    twin = mispos_terminal(script or Script(), profile=profile)
    return Rig(store, lambda: mispos(str(file)), twin, line)


def ask(kind: str, amount: int = 0, *, text: str = EURO, **more: str) -> bytes:
    profile = read_profile(text)
    return build_request(
        profile, {"type": kind, "amount": str(amount), "terminal": TERMINAL_ID, **more}
    )


def code(unit: bytes, text: str = EURO) -> str:
    return parse_reply(read_profile(text), unit).code


PAY = ask("00", 1250)


@pytest.mark.parametrize("text", [EURO, VENDOR], ids=["example", "vendor"])
def test_a_right_payment_passes_byte_for_byte(store: Shop, text: str) -> None:
    till = rig(store, text)
    store.order(1250)
    unit = ask("00", 1250, text=text)
    (answer,) = till.send(unit)
    assert code(answer, text) == "00"
    assert bytes(till.terminal.heard) == build(read_profile(text).form, unit) + b"\x06"
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]
    assert till.running == set()


def test_a_refusal_has_a_code_and_says_why(store: Shop) -> None:
    till = rig(store)
    store.order(1250)
    (answer,) = till.send(ask("00", 12500))
    reply = parse_reply(read_profile(EURO), answer)
    assert reply.code == "13"
    assert till.told[-1].say.zh.startswith(reply.text[:8])
    assert (reply.amount, reply.values["type"]) == (12500, "00")
    assert till.terminal.heard == b""


def test_a_refund_needs_permission_and_its_sale(store: Shop) -> None:
    till = rig(store)
    store.order(1250)
    paid = parse_reply(read_profile(EURO), till.send(PAY)[-1])
    refund = ask("02", 1250, original_trace=paid.values["trace"])
    for operator, expected in (("anna", "58"), ("ben", "00"), ("ben", "13")):
        store.sign_in(operator)
        assert code(till.send(refund)[-1]) == expected
    assert [t.kind for t in till.terminal.moved] == ["sale", "refund"]


def test_a_void_without_an_amount_is_resolved_by_its_trace(store: Shop) -> None:
    till = rig(store)
    store.order(1250)
    paid = parse_reply(read_profile(EURO), till.send(PAY)[-1])
    store.sign_in("ben")
    assert code(till.send(ask("01", original_trace=paid.values["trace"]))[-1]) == "00"
    assert till.phases[-1] == (IntentKind.VOID, Phase.POSTED, 1250)


@pytest.mark.parametrize("kind", ["08", "99"])
def test_a_type_that_the_profile_does_not_know_is_refused(store: Shop, kind: str) -> None:
    till = rig(store)
    store.order(1250)
    assert code(till.send(ask(kind, 1250))[-1]) == "58"
    assert till.terminal.heard == b""


def test_what_only_asks_passes(store: Shop) -> None:
    till = rig(store)
    assert code(till.send(ask("51"))[-1]) == "00"


@pytest.mark.parametrize(
    ("word", "phase"), [("decline", Phase.FAILED), ("silent-after", Phase.POSTED)]
)
def test_how_it_ends(store: Shop, word: str, phase: Phase) -> None:
    """After silence the last transaction is asked for."""
    till = rig(store, script=Script({1250: word}))
    store.order(1250)
    till.send(PAY)
    till.advance(300)
    assert till.phases == [(IntentKind.SALE, phase, 1250)]


def test_an_older_customers_payment_is_never_taken_for_this_ones(store: Shop) -> None:
    till = rig(store)
    store.order(1250)
    till.send(PAY)
    till.advance(100)
    till.terminal.script = Script({1250: "silent-before"})
    store.order(1250)
    till.send(PAY)
    till.advance(300)
    assert [phase for _, phase, _ in till.phases] == [Phase.POSTED, Phase.UNKNOWN]


@pytest.mark.parametrize("word", ["late:30000", "split", "duplicate", "bad-check"])
def test_a_bad_line_loses_nothing(store: Shop, word: str) -> None:
    till = rig(store, script=Script({1250: word}))
    store.order(1250)
    till.send(PAY)
    till.advance(60)
    assert [code(answer) for answer in till.till] == ["00"]
    assert till.phases == [(IntentKind.SALE, Phase.POSTED, 1250)]


@pytest.mark.parametrize(
    "wrong",
    [
        PAY[:-1],
        PAY + b" ",
        PAY[:2] + b"00000000125x" + PAY[14:],
        ask("00", 0),
        PAY[:20] + b"\xff" + PAY[21:],
    ],
    ids=["short", "long", "letters", "no amount", "eight bits"],
)
def test_what_is_no_request_is_answered_with_a_nak(store: Shop, wrong: bytes) -> None:
    till = rig(store)
    till.auto = False
    store.order(1250)
    form = read_profile(EURO).form
    size = len(wrong).to_bytes(2, "big")
    if len(wrong) <= form.max_body:
        assert till.raw(build(form, wrong)) == NAK
    else:
        till.raw(b"\x02" + size + wrong)
    assert till.terminal.heard == b""


# -- the profile ----------------------------------------------------------------------------------


def test_without_a_file_the_example_is_meant() -> None:
    assert MAKERS["mis-pos"]("").dialect.name == "mis-pos"
    assert isinstance(example(), MisProfile)


def test_the_documented_example_is_the_one_that_is_meant() -> None:
    page = Path(__file__).parents[2] / "docs" / "link-stx-more.md"
    assert EXAMPLE in page.read_text(encoding="utf-8")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"gone\.toml"):
        mispos(str(tmp_path / "gone.toml"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "mis-pos"', "name = 1", "name is a text"),
        ('length = "bcd2"', 'length = "ascii4"', "length"),
        ("lrc_start = 0", "lrc_start = 256", "lrc_start"),
        ('refused = "05"', 'refused = "00"', "both yes and no"),
        ('amount = "13"', 'amount = "00"', "both yes and no"),
        ('query = "54"', 'query = "77"', "query"),
        ('["code", 2], ', "", "'code'"),
        ('["type", 2], ["amount", 12], ["till", 8]', '["typ", 2]', "typ"),
        ('["till", 8]', '["till", 0]', "width"),
        ('00 = "sale"', '00 = "gift"', "kinds"),
        ('03 = "balance"', '00 = "balance"', "both moves money"),
        ('approved = ["00"]', "approved = []", "approved"),
        ("lrc_start = 0", "lrc_start = 0\nspeed = 9600", "speed"),
        ("lrc_start = 0", "lrc_start = ", "TOML"),
    ],
)
def test_a_wrong_profile_says_what_is_wrong(old: str, new: str, says: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(LocalError, match=says):
        read_profile(EXAMPLE.replace(old, new, 1))
