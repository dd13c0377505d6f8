from __future__ import annotations

import pytest

from pos_guard.errors import FrameError, LocalError
from pos_guard.frames.caisse_ap import build_tags, parse
from pos_guard.links.caisse_ap import CaisseDialect, make
from pos_guard.links.caisse_ap_line import HALF_S, SETTLE_S, CaisseLine
from pos_guard.links.dialect import Ask, Asks, Says
from pos_guard.links.session import CancelTimer, Effects, SetTimer, ToApp
from pos_guard.model import Outcome, Result, Words
from pos_guard.policy.verdict import Reason
from pos_guard.ports.address import Kind

DEBIT = b"CZ0040300CJ012012345678901CA00201CE003978BA0010CD0010CB00511245"
CREDIT = DEBIT.replace(b"CD0010", b"CD0011")
IDENTIFY = b"CZ0040300CJ012012345678901CA00201CD001I"
SAY = Words("", "")
WORDS = CaisseDialect()


def answer(*tags: tuple[str, str], to: bytes = DEBIT) -> bytes:
    return to + build_tags(tags)


@pytest.mark.parametrize(
    ("unit", "kind", "name"),
    [
        (DEBIT, Asks.MONEY, "debit"),
        (CREDIT, Asks.MONEY, "credit"),
        (DEBIT.replace(b"CD0010", b"CD0012"), Asks.MONEY, "cancellation"),
        (IDENTIFY, Asks.PASSES, "identification"),
        (DEBIT.replace(b"CD0010", b"CD0014"), Asks.UNKNOWN, "unknown"),
    ],
)
def test_what_the_till_asks(unit: bytes, kind: Asks, name: str) -> None:
    ask = WORDS.read(unit)
    assert (ask.kind, ask.name, ask.unit) == (kind, name, unit)
    assert (ask.intent is not None) is (kind is Asks.MONEY)
    assert ask.answered


@pytest.mark.parametrize(
    ("reason", "detail"),
    [
        (Reason.NOT_PERMITTED, "05"),
        (Reason.OVER_LIMIT, "05"),
        (Reason.GUARD, "05"),
        (Reason.DECLINED_BY_PERSON, "04"),
        (Reason.MALFORMED, "09"),
        (Reason.CURRENCY, "13"),
        (Reason.UNCONFIRMED, "11"),
        (Reason.OFFLINE, "07"),
    ],
)
def test_a_no_is_one_message(reason: Reason, detail: str) -> None:
    assert WORDS.refuse(WORDS.read(CREDIT), reason, SAY) == (
        CREDIT + b"AE00201AF002" + detail.encode(),
    )


def test_the_golden_refusal() -> None:
    """Checked against the unmodified client of akretion/caisse-ap-ip (273b9f3d74)."""
    (unit,) = WORDS.refuse(WORDS.read(CREDIT), Reason.NOT_PERMITTED, SAY)
    assert unit == (
        b"CZ0040300CJ012012345678901CA00201CE003978BA0010CD0011CB00511245AE00201AF00205"
    )


def test_an_unknown_action_is_called_one() -> None:
    ask = WORDS.read(DEBIT.replace(b"CD0010", b"CD0014"))
    (unit,) = WORDS.refuse(ask, Reason.NOT_PERMITTED, SAY)
    assert unit.endswith(b"AE00201AF00212")


@pytest.mark.parametrize("reason", list(Reason))
def test_no_reason_reads_like_a_yes(reason: Reason) -> None:
    for unit in (DEBIT, CREDIT, DEBIT + b"\r\n"):
        (said,) = WORDS.refuse(WORDS.read(unit), reason, SAY)
        message = parse(said)
        assert message.get("AE") == "01"
        assert message.get("AF") not in {"00", "01", "03"}
        assert [message.get(tag) for tag in ("CA", "CD", "CE", "CB")] == [
            parse(unit).get(tag) for tag in ("CA", "CD", "CE", "CB")
        ]


@pytest.mark.parametrize(
    ("unit", "detail"),
    [
        (DEBIT.replace(b"CE003978", b"CE003000"), "13"),
        (DEBIT + b"CD0011", "09"),
        (b"\x00", "09"),
    ],
)
def test_what_cannot_be_read_is_refused(unit: bytes, detail: str) -> None:
    with pytest.raises(FrameError) as caught:
        WORDS.read(unit)
    (said,) = WORDS.malformed(unit, caught.value)
    message = parse(said)
    assert (message.get("AE"), message.get("AF")) == ("01", detail)


@pytest.mark.parametrize(
    ("tags", "outcome"),
    [
        ([("AE", "10"), ("AC", "123456"), ("CG", "1999403")],
         Outcome(Result.APPROVED, 11245, "EUR", "123456", "1999403", "10")),
        ([("AE", "10"), ("AC", "123456"), ("CH", "000007")],
         Outcome(Result.APPROVED, 11245, "EUR", "000007", None, "10")),
        ([("AE", "01"), ("AF", "08")], Outcome(Result.DECLINED, code="01/08")),
        ([("AE", "01"), ("AF", "04148HOLDER INVALID")], Outcome(Result.DECLINED, code="01/04")),
        ([("AE", "01")], Outcome(Result.DECLINED, code="01")),
        ([("AE", "01"), ("AF", "01")], Outcome(Result.UNKNOWN, code="01/01")),
        ([("AE", "01"), ("AF", "03")], Outcome(Result.UNKNOWN, code="01/03")),
        ([("AE", "11")], Outcome(Result.UNKNOWN, code="11")),
    ],
)  # fmt: skip
def test_what_the_terminal_answers(tags: list[tuple[str, str]], outcome: Outcome) -> None:
    said = WORDS.hear(answer(*tags), WORDS.read(DEBIT))
    assert (said.kind, said.outcome) == (Says.FINAL, outcome)
    assert said.payees == (() if outcome.payee is None else (outcome.payee,))


def test_a_part_may_be_paid() -> None:
    part = DEBIT.replace(b"CB00511245", b"CB0045000")
    said = WORDS.hear(answer(("AE", "10"), to=part), WORDS.read(DEBIT))
    assert said.outcome is not None
    assert said.outcome.amount == 5000


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        (answer(), "missing"),
        (answer(("AE", "99")), "value"),
        (answer(("AE", "10"), to=DEBIT.replace(b"CA00201", b"CA00202")), "mismatch"),
        (answer(("AE", "10"), to=CREDIT), "mismatch"),
        (answer(("AE", "10"), to=DEBIT.replace(b"CE003978", b"CE003840")), "mismatch"),
        (answer(("AE", "10"), to=DEBIT.replace(b"CB00511245", b"CB00511x45")), "value"),
        (answer(("AE", "10"), ("AE", "01")), "duplicate-field"),
        (answer(("AE", "10"))[9:], "not-first"),
        (b"\x00\xff?", "length"),
    ],
)
def test_an_answer_that_says_nothing_certain(unit: bytes, code: str) -> None:
    with pytest.raises(FrameError) as caught:
        WORDS.hear(unit, WORDS.read(DEBIT))
    assert caught.value.code == code


def test_nothing_was_asked() -> None:
    for unit in (answer(("AE", "10")), b"garbage"):
        said = WORDS.hear(unit, None)
        assert (said.kind, said.outcome) == (Says.STRAY, None)


def test_an_unknown_end_is_neither_yes_nor_no() -> None:
    (unit,) = WORDS.late(WORDS.read(DEBIT + b"\r\n"))
    assert unit == DEBIT + b"AE00211"


def test_what_the_protocol_does_not_have() -> None:
    ask: Ask = WORDS.read(DEBIT)
    assert WORDS.alive(ask) is None
    assert (WORDS.stopped(ask, ask), WORDS.undone(ask)) == ((), ())


# -- the line -----------------------------------------------------------------------------------


def line() -> CaisseLine:
    return CaisseLine("app", ToApp)


def waits(effects: Effects) -> list[float]:
    return [effect.seconds for effect in effects if isinstance(effect, SetTimer)]


@pytest.mark.parametrize("unit", [DEBIT, CREDIT, IDENTIFY, DEBIT + b"\r\n", answer(("AE", "10"))])
def test_one_piece_is_one_message_at_once(unit: bytes) -> None:
    heard = line().receive(unit)
    assert (heard.units, heard.effects, heard.error) == ([unit], [], None)


def test_pieces_wait_for_silence() -> None:
    side = line()
    heard = side.receive(DEBIT[:1])
    for byte in DEBIT[1:]:
        heard = side.receive(bytes([byte]))
        assert heard.units == []
    assert waits(heard.effects) == [SETTLE_S]
    heard = side.receive(b"CF003A12")
    assert waits(heard.effects) == [SETTLE_S]
    ended = side.timer("app-end")
    assert ended is not None
    assert ended.units == [DEBIT + b"CF003A12"]
    assert side.timer("app-end") is not None
    assert side.timer("device-end") is None


def test_two_in_one_segment_are_both_heard() -> None:
    heard = line().receive(DEBIT + CREDIT)
    assert heard.units == [DEBIT, CREDIT]


def test_what_lacks_a_tag_is_handed_over_after_a_while() -> None:
    side = line()
    short = DEBIT.removesuffix(b"CB00511245")
    heard = side.receive(short)
    assert (heard.units, waits(heard.effects)) == ([], [HALF_S])
    ended = side.timer("app-end")
    assert ended is not None
    assert ended.units == [short]


def test_half_a_tag_is_given_up() -> None:
    side = line()
    heard = side.receive(DEBIT[:-2])
    assert (heard.units, waits(heard.effects)) == ([], [HALF_S])
    ended = side.timer("app-end")
    assert ended is not None
    assert ended.error is not None
    assert (ended.error.code, ended.cut, ended.lost) == ("truncated", DEBIT[:-2], False)
    assert side.receive(DEBIT).units == [DEBIT]


def test_a_stream_that_cannot_be_followed_is_lost() -> None:
    heard = line().receive(b"GET / HTTP/1.1\r\n")
    assert heard.error is not None
    assert (heard.error.code, heard.lost, heard.units) == ("length", True, [])
    side = line()
    side.receive(DEBIT[:20])
    heard = side.receive(b"\x00" * 50)
    assert heard.lost
    assert CancelTimer("app-end") in heard.effects
    assert side.receive(DEBIT).units == [DEBIT]


def test_a_new_connection_forgets_the_half_message() -> None:
    side = line()
    side.receive(DEBIT[:20])
    assert side.reset() == [CancelTimer("app-end")]
    assert side.reset() == []
    assert side.receive(CREDIT).units == [CREDIT]


def test_there_is_nothing_to_acknowledge() -> None:
    side = line()
    assert (side.took(), side.rejected(), side.send(DEBIT)) == ([], [], [ToApp(DEBIT)])


def test_it_is_made_for_tcp_only() -> None:
    parts = make("", Kind.TCP, Kind.TCP)
    assert parts.dialect.name == "caisse-ap"
    assert parts.timing.answer_s + parts.timing.decide_s < 177
    assert make("caisse-ap", Kind.TCP, Kind.TCP).dialect.name == "caisse-ap"
    with pytest.raises(LocalError, match="profile"):
        make("transbank", Kind.TCP, Kind.TCP)
    with pytest.raises(LocalError, match="TCP"):
        make("", Kind.PTY, Kind.TCP)
