"""Transbank, Hypercom and Credibanco tills, through the guard, to a simulated terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames import stx_hypercom, stx_transbank
from pos_guard.frames.stx import build
from pos_guard.frames.stx_hypercom import CREDIBANCO, HYPERCOM, Message, Variant
from pos_guard.frames.stx_transbank import parse_reply
from pos_guard.links import stx
from pos_guard.links.dialect import Asks, Says
from pos_guard.links.stx_hypercom import HypercomDialect
from pos_guard.links.stx_transbank import TransbankDialect
from pos_guard.model import IntentKind, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.ports.address import Kind
from pos_guard.store.ledger import Phase
from pos_guard_simulator.payment_words import Wrong
from pos_guard_simulator.stx_terminal import WRONGS
from pos_guard_simulator.zvt_book import Script
from tests.links.stx_rig import LINK, StxRig, stx_shop
from tests.shop import Shop

SALE = IntentKind.SALE


def tb_sale(amount: int, ticket: str = "T1", status: int = 0) -> bytes:
    return stx_transbank.build("0200", str(amount), ticket, "", "", str(status), "")


def hc(code: str, variant: Variant = HYPERCOM, **fields: str) -> bytes:
    named = {name.removeprefix("f"): value.encode() for name, value in fields.items()}
    return stx_hypercom.build(Message("6000000000", "0", code, "00", named), variant)


def variant_of(profile: str) -> Variant:
    return HYPERCOM if profile == "hypercom-ecr" else CREDIBANCO


def pay(profile: str, amount: int) -> bytes:
    if profile == "transbank":
        return tb_sale(amount)
    code = "20" if profile == "hypercom-ecr" else "00"
    return hc(code, variant_of(profile), f40=f"{amount:012d}")


def code_of(profile: str, unit: bytes) -> str:
    if profile == "transbank":
        return parse_reply(unit).code
    message = stx_hypercom.parse(unit, variant_of(profile))
    return message.text("48") or message.response


PROFILES = ["transbank", "hypercom-ecr", "credibanco"]
NO = {"transbank": "07", "hypercom-ecr": "ND", "credibanco": "13"}


@pytest.fixture(params=PROFILES)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StxRig]:
    made = stx_shop(tmp_path, request.param)
    yield StxRig(made, request.param)
    made.store.close()


@pytest.fixture
def chile(tmp_path: Path) -> Iterator[Shop]:
    made = stx_shop(tmp_path, "transbank")
    yield made
    made.store.close()


# -- all profiles --------------------------------------------------------------------------------


def test_a_right_sale_passes_byte_for_byte(rig: StxRig) -> None:
    rig.shop.guard.payee_reported(LINK, str(rig.terminal.speech.facts["terminal_id"]))
    rig.order(1250)
    (answer,) = rig.send(pay(rig.profile, 1250))
    assert code_of(rig.profile, answer) == "00"
    assert rig.terminal.units == [pay(rig.profile, 1250)]
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    assert rig.told == []


def test_a_wrong_amount_never_reaches_the_terminal(rig: StxRig) -> None:
    rig.order(1250)
    (answer,) = rig.send(pay(rig.profile, 12500))
    assert code_of(rig.profile, answer) == NO[rig.profile]
    assert bytes(rig.terminal.heard) == b""
    assert rig.phases == [(SALE, Phase.REFUSED, 12500)]


def test_a_declined_sale_is_declined_for_everybody(rig: StxRig) -> None:
    rig.terminal.script = Script({1250: "decline:51"})
    rig.order(1250)
    (answer,) = rig.send(pay(rig.profile, 1250))
    assert code_of(rig.profile, answer) == "51"
    assert rig.phases == [(SALE, Phase.FAILED, 1250)]


def test_another_amount_than_asked_is_a_case_for_the_manager(rig: StxRig) -> None:
    rig.terminal.script = Script({1250: "approve:1200"})
    rig.order(1250)
    rig.send(pay(rig.profile, 1250))
    kinds = [record.kind for record in rig.shop.store.audit.records(limit=20)]
    assert "case" in kinds
    assert rig.told


@pytest.mark.parametrize("wrong", sorted(WRONGS))
def test_a_terminal_that_stumbles_is_paid_once(rig: StxRig, wrong: Wrong) -> None:
    rig.terminal.misbehave(wrong)
    rig.order(1250)
    rig.send(pay(rig.profile, 1250))
    rig.advance(40)
    assert [code_of(rig.profile, unit) for unit in rig.till] == ["00"]
    assert [item.amount for item in rig.terminal.moved] == [1250]
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]


def test_a_till_that_does_not_hear_the_ack_asks_again_and_is_counted_once(rig: StxRig) -> None:
    rig.order(1250)
    rig.auto = False
    rig.send(pay(rig.profile, 1250))
    rig.auto = True
    rig.advance(40)
    assert [code_of(rig.profile, unit) for unit in rig.till] == ["00"]
    assert [item.amount for item in rig.terminal.moved] == [1250]
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]


def test_a_broken_frame_gets_a_nak_and_reaches_nobody(rig: StxRig) -> None:
    rig.order(1250)
    frame = bytearray(build(rig.form, pay(rig.profile, 1250)))
    frame[-1] ^= 0x20
    rig.raw(bytes(frame))
    assert bytes(rig.wire) == b"\x15"
    assert bytes(rig.terminal.heard) == b""


def test_a_refund_nobody_may_give_is_refused(rig: StxRig) -> None:
    if rig.profile == "credibanco":
        unit = hc("02", CREDIBANCO, f43="000001")
    else:
        unit = b"1200|1|" if rig.profile == "transbank" else hc("27", f40=f"{1250:012d}")
    rig.order(1250)
    rig.send(pay(rig.profile, 1250))
    (answer,) = rig.send(unit)
    assert code_of(rig.profile, answer) == {"transbank": "21", "hypercom-ecr": "ND"}.get(
        rig.profile, "58"
    )
    assert len(rig.terminal.units) == 1


def test_a_void_is_worth_what_its_sale_was(rig: StxRig) -> None:
    rig.order(1250)
    rig.send(pay(rig.profile, 1250))
    rig.shop.sign_in("ben")
    unit = {
        "transbank": b"1200|000001|",
        "hypercom-ecr": hc("26", f65="000001"),
        "credibanco": hc("26", CREDIBANCO, f65="000001"),
    }[rig.profile]
    (answer,) = rig.send(unit)
    assert code_of(rig.profile, answer) == "00"
    assert rig.phases[-1][1:] == (Phase.POSTED, 1250)
    assert [item.kind for item in rig.terminal.moved] == ["reversal"]
    (again,) = rig.send(unit)
    assert code_of(rig.profile, again) != "00"
    assert len(rig.terminal.units) == 2


# -- silence -------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["transbank", "hypercom-ecr"])
def test_after_silence_the_last_transaction_is_asked_for(tmp_path: Path, profile: str) -> None:
    made = stx_shop(tmp_path, profile)
    rig = StxRig(made, profile, Script({1250: "silent-after"}))
    rig.order(500)
    rig.send(pay(profile, 500))
    rig.order(1250)
    assert rig.send(pay(profile, 1250)) == []
    rig.advance(200)
    assert rig.phases[-1] == (SALE, Phase.POSTED, 1250)
    question = b"0250|" if profile == "transbank" else hc("74")
    assert question in rig.terminal.units
    made.store.close()


@pytest.mark.parametrize("profile", ["transbank", "hypercom-ecr"])
def test_silence_before_anything_moved_is_found_out_too(tmp_path: Path, profile: str) -> None:
    made = stx_shop(tmp_path, profile)
    rig = StxRig(made, profile, Script({1250: "silent-before"}))
    rig.order(500)
    rig.send(pay(profile, 500))
    rig.order(1250)
    rig.send(pay(profile, 1250))
    rig.advance(200)
    assert rig.phases[-1] == (SALE, Phase.FAILED, 1250)
    made.store.close()


def test_a_late_yes_is_still_a_yes(chile: Shop) -> None:
    rig = StxRig(chile, "transbank", Script({1250: "late:95000"}))
    rig.order(1250)
    rig.send(tb_sale(1250))
    rig.advance(300)
    assert [item.amount for item in rig.terminal.moved] == [1250]
    assert rig.phases[-1] == (SALE, Phase.POSTED, 1250)


@pytest.mark.parametrize("profile", ["transbank", "hypercom-ecr"])
def test_a_late_yes_is_not_taken_back_by_its_own_number(tmp_path: Path, profile: str) -> None:
    """The guard asks for the last transaction meanwhile; the late answer made that this one."""
    store = stx_shop(tmp_path, profile)
    rig = StxRig(store, profile, Script({1250: "late:300000"}))
    rig.order(1250)
    rig.send(pay(profile, 1250))
    rig.advance(900)
    assert rig.phases == [(SALE, Phase.POSTED, 1250)]
    assert [item.amount for item in rig.terminal.moved] == [1250]
    store.store.close()


def test_nothing_is_sold_while_an_outcome_is_unknown(chile: Shop) -> None:
    rig = StxRig(chile, "transbank", Script({1250: "silent-before"}))
    rig.order(1250)
    rig.send(tb_sale(1250))
    rig.advance(90.5)
    assert rig.phases[-1][1] is Phase.UNKNOWN
    rig.order(900)
    assert [parse_reply(unit).code for unit in rig.send(tb_sale(900, "T2"))] == ["07"]


# -- transbank -----------------------------------------------------------------------------------


def test_a_till_that_wants_to_hear_how_it_goes_on_does(chile: Shop) -> None:
    rig = StxRig(chile, "transbank", work_s=3.0)
    rig.order(1500)
    assert rig.send(tb_sale(1500, status=1)) == [b"0900|78", b"0900|82"]
    rig.advance(3)
    assert parse_reply(rig.till[-1]).approved


def test_while_a_person_decides_the_till_hears_that_the_amount_is_confirmed() -> None:
    dialect = TransbankDialect()
    asks = [dialect.read(tb_sale(1500, status=status)) for status in (1, 0)]
    assert [dialect.alive(ask) for ask in asks] == [b"0900|79", None]
    assert dialect.alive(dialect.read(b"1200|1|")) is None


@pytest.mark.parametrize(
    ("ask", "replies"),
    [
        (b"0100", []),
        (b"0300", []),
        (b"0800", [b"0810"]),
        (b"0250|", [b"0260"]),
        (b"0500||", [b"0510"]),
        (b"0700||", [b"0710"]),
        (b"0260|0|", [b"0261"]),
        (b"0260|1|", [b"0261", b"0261"]),
        (b"0280|1", [b"0260"]),
    ],
)
def test_what_only_asks_passes(chile: Shop, ask: bytes, replies: list[bytes]) -> None:
    rig = StxRig(chile, "transbank")
    rig.order(1500)
    rig.send(tb_sale(1500))
    assert [unit[:4] for unit in rig.send(ask)] == replies
    assert rig.terminal.units[-1] == ask
    assert rig.wire.count(b"\x06") >= 1


def test_an_unknown_command_is_not_supported_here(chile: Shop) -> None:
    rig = StxRig(chile, "transbank")
    (answer,) = rig.send(b"1300|10|")
    assert answer == b"1310|12|000000000000|00000000|"
    assert rig.terminal.units == []


@pytest.mark.parametrize(
    ("unit", "code"),
    [(b"0200|15.0|T1|||0|", "12"), (b"1200|1|2|", "21"), (b"0500|", "12")],
)
def test_a_malformed_command_is_refused_in_its_own_form(
    chile: Shop, unit: bytes, code: str
) -> None:
    rig = StxRig(chile, "transbank")
    (answer,) = rig.send(unit)
    assert parse_reply(answer).code == code
    assert bytes(rig.terminal.heard) == b""


def test_refusals_are_byte_for_byte_those_of_the_terminal() -> None:
    dialect = TransbankDialect()
    dialect.hear(b"0810|00|597029414300|ABCD1234|", None)
    refund = dialect.refuse(dialect.read(b"1200|10|"), Reason.NOT_PERMITTED, Words("", ""))
    assert refund == (b"1210|21|597029414300|ABCD1234||10",)
    sale = dialect.refuse(dialect.read(tb_sale(15000, "ABC123")), Reason.AMOUNT, Words("", ""))
    assert sale == (b"0210|07|597029414300|ABCD1234|ABC123||15000|0|||||||||||0|",)


def test_a_late_answer_to_a_sale_is_none_to_a_question() -> None:
    dialect = TransbankDialect()
    late = b"0210|00|597029414300|ABCD1234|T1|XZ1234|15000|0||6677|60|CR|||||||0|"
    assert dialect.hear(late, dialect.read(b"0250|")).kind is Says.STRAY
    assert dialect.hear(late, dialect.read(b"1200|60|")).kind is Says.STRAY
    assert dialect.hear(late, dialect.read(tb_sale(15000))).kind is Says.FINAL
    assert dialect.hear(b"0900|78", None).kind is Says.STRAY


def test_a_multicode_sale_names_who_was_paid() -> None:
    dialect = TransbankDialect()
    ask = dialect.read(b"0270|5000|T1|||0|597029414301|")
    reply = b"0271|00|597029414300|ABCD1234|T1|XZ1234|5000|0||6677|7|CR|||||||0||0|597029414301|"
    say = dialect.hear(reply, ask)
    assert say.outcome is not None
    assert (say.outcome.payee, say.outcome.receipt) == ("597029414301", "7")
    assert say.payees == ("ABCD1234", "597029414301")
    (no,) = dialect.refuse(ask, Reason.PAYEE, Words("", ""))
    assert parse_reply(no).commerce == "597029414301"


def test_there_is_no_word_for_what_nobody_knows() -> None:
    for dialect in (TransbankDialect(), HypercomDialect(HYPERCOM)):
        unit = tb_sale(100) if isinstance(dialect, TransbankDialect) else pay("hypercom-ecr", 100)
        ask = dialect.read(unit)
        assert dialect.late(ask) == ()
        assert dialect.stopped(ask, None) == ()
        assert dialect.undone(ask) == ()


# -- hypercom ------------------------------------------------------------------------------------


def test_the_refusal_of_a_refund_is_byte_for_byte_the_listed_one() -> None:
    dialect = HypercomDialect(HYPERCOM)
    ask = dialect.read(hc("27", f40="000000010000"))
    (answer,) = dialect.refuse(ask, Reason.NOT_PERMITTED, Words("", ""))
    text = b"TXN CANCELLED".ljust(40)
    assert answer == b"6000000000" + b"1127ND0\x1c02\x00\x40" + text + b"\x1c"


@pytest.mark.parametrize(("code", "kind"), [("74", Asks.PASSES), ("50", Asks.PASSES)])
def test_what_only_asks_passes_hypercom(tmp_path: Path, code: str, kind: Asks) -> None:
    made = stx_shop(tmp_path, "hypercom-ecr")
    rig = StxRig(made, "hypercom-ecr")
    assert HypercomDialect(HYPERCOM).read(hc(code)).kind is kind
    assert len(rig.send(hc(code))) == 1
    made.store.close()


def test_an_unknown_transaction_is_refused(tmp_path: Path) -> None:
    made = stx_shop(tmp_path, "hypercom-ecr")
    rig = StxRig(made, "hypercom-ecr")
    (answer,) = rig.send(hc("99"))
    assert stx_hypercom.parse(answer, HYPERCOM).response == "ND"
    assert rig.terminal.units == []
    made.store.close()


@pytest.mark.parametrize("variant", [HYPERCOM, CREDIBANCO])
def test_a_malformed_request_is_refused_where_its_headers_can_be_read(variant: Variant) -> None:
    dialect = HypercomDialect(variant)
    error = FrameError("duplicate-field", "two amounts")
    (answer,) = dialect.malformed(pay("hypercom-ecr", 100), error)
    assert not stx_hypercom.approved(stx_hypercom.parse(answer, variant), variant)
    assert dialect.malformed(b"?", error) == ()


def test_a_response_to_another_transaction_is_none() -> None:
    dialect = HypercomDialect(HYPERCOM)
    yes = stx_hypercom.build(Message("6000000000", "1", "20", "00", {}), HYPERCOM)
    assert dialect.hear(yes, dialect.read(hc("27", f40="000000010000"))).kind is Says.STRAY
    say = dialect.hear(yes, dialect.read(hc("20", f40="000000010000")))
    assert say.outcome is not None
    assert say.outcome.result is Result.APPROVED


# -- making --------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_made(profile: str) -> None:
    assert stx.make(profile, Kind.SERIAL, Kind.TCP).dialect.name == profile
    assert profile in stx.PROFILES


@pytest.mark.parametrize(
    "profile", ["", "trans", "transbank:x", "credibanco:y", "hypercom-ecr:XXZ"]
)
def test_an_unknown_profile_or_option_is_said_to_be_one(profile: str) -> None:
    with pytest.raises(LocalError):
        stx.make(profile, Kind.PTY, Kind.SERIAL)
