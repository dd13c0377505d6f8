"""Every profile does everything that it can be told, in the words of the command line."""

from __future__ import annotations

from typing import cast

import click
import pytest
from click.testing import CliRunner

from pos_guard.frames.decoded import Json
from pos_guard.model import Result
from pos_guard_simulator.payment_teller import REVERSED_MS, SLOW_MS
from pos_guard_simulator.payment_words import LATE_MS, Outcome, Vocabulary, Wrong, parse_amount
from pos_guard_simulator.simulate import host, terminal
from pos_guard_simulator.simulate_device import Device, Fields, RequestError, carry_out
from pos_guard_simulator.stx_terminal import WRONGS
from tests.simulator.payment_till import SPOKEN, Till, behind, made_of, till_at

STX = sorted(name for name, spoken in SPOKEN.items() if spoken.profile.protocol == "stx")
TCP = sorted(set(SPOKEN) - set(STX))
EVERY = sorted(SPOKEN)
CODES = {
    "transbank": "93", "hypercom-ecr": "ND", "credibanco": "ND", "concert-e+": "7",
    "nexi-p17": "05", "pax-poslink": "100001", "mis-pos": "61", "iso8583-cup": "51",
    "iso8583-ascii": "51", "caisse-ap": "08",
}  # fmt: skip
"""A code of each protocol's own that is none of its usual ones, where it has one."""


def paid(name: str, word: str) -> Till:
    """A till that asked for 1250 at a device that does this."""
    till = till_at(name, "--script", f"1250={word}")
    till.ask("sale", 1250)
    return till


def results(till: Till) -> list[Result]:
    return [outcome.result for outcome in till.outcomes]


@pytest.mark.parametrize("name", EVERY)
class TestOutcomes:
    def test_approve(self, name: str) -> None:
        till = paid(name, "approve")
        assert (results(till), till.moved) == ([Result.APPROVED], [1250])

    def test_a_part(self, name: str) -> None:
        till = paid(name, "approve:700")
        assert till.moved == [700]
        (outcome,) = till.outcomes
        assert outcome.result is Result.APPROVED
        if outcome.amount is not None and name != "nexi-p17":  # whose answers name no amount
            assert outcome.amount == 700

    @pytest.mark.parametrize("coded", [False, True])
    def test_decline(self, name: str, coded: bool) -> None:
        till = paid(name, f"decline:{CODES[name]}" if coded else "decline")
        assert (results(till), till.moved) == ([Result.DECLINED], [])
        if coded:
            assert CODES[name] in (till.outcomes[0].code or "")

    @pytest.mark.parametrize(
        ("word", "ms"),
        [("slow", SLOW_MS), ("slow:700", 700), ("late", LATE_MS), ("late:95000", 95_000)],
    )
    def test_later(self, name: str, word: str, ms: int) -> None:
        till = paid(name, word)
        till.advance(ms / 1000 - 0.1)
        assert (till.outcomes, till.moved, till.twin.idle) == ([], [], False)
        till.advance(0.2)
        assert (results(till), till.moved, till.twin.idle) == ([Result.APPROVED], [1250], True)

    @pytest.mark.parametrize(
        ("word", "moved"), [("silent-before", []), ("silent-after", [1250]), ("hang", [])]
    )
    def test_silence(self, name: str, word: str, moved: list[int]) -> None:
        till = paid(name, word)
        till.advance(600)
        assert (till.outcomes, till.moved) == ([], moved)
        acked = any(b"\x06" in piece for piece in till.pieces)
        # Concert's line answers ENQ by itself, whatever becomes of the frame.
        assert acked == (name in STX and (word != "hang" or name == "concert-e+"))

    def test_reset(self, name: str) -> None:
        till = paid(name, "reset")
        assert (till.outcomes, till.moved, till.hung_up) == ([], [1250], 1)

    @pytest.mark.parametrize(("word", "ms"), [("reversed", REVERSED_MS), ("reversed:9000", 9000)])
    def test_taken_back_once_it_was_approved(self, name: str, word: str, ms: int) -> None:
        till = paid(name, word)
        till.advance(ms / 1000 - 0.1)
        assert (results(till), till.moved) == ([Result.APPROVED], [1250])
        till.advance(0.2)
        assert till.moved == []
        kind = next(
            (kind for kind in ("void", "reversal") if kind in SPOKEN[name].profile.kinds), ""
        )
        if kind == "void":
            till.ask("void", 1250, till.outcomes[0].receipt or "1")
            assert results(till)[1:] == [Result.DECLINED], "there is nothing to take back"

    def test_a_void_knows_its_sale(self, name: str) -> None:
        if "void" not in SPOKEN[name].profile.kinds:
            pytest.skip("this protocol undoes nothing")
        till = till_at(name)
        till.ask("sale", 1250)
        receipt = "1" if name.startswith("iso") else till.outcomes[0].receipt or "1"
        for _ in range(2):
            till.ask("void", 1250, receipt)
        assert results(till) == [Result.APPROVED, Result.APPROVED, Result.DECLINED]
        # A host keeps the sale and its void as two postings; a terminal's sale is taken back.
        assert till.moved == ([1250, 1250] if name.startswith("iso") else [1250])


@pytest.mark.parametrize("name", STX)
@pytest.mark.parametrize("wrong", sorted(WRONGS))
@pytest.mark.parametrize("by", ["script", "control"])
def test_a_line_with_acks_gets_over_what_goes_wrong(name: str, wrong: Wrong, by: str) -> None:
    till, right = till_at(name), paid(name, "approve")
    if by == "script":
        till = till_at(name, "--script", f"1250={wrong}")
    else:
        till.twin.misbehave(wrong)
    till.ask("sale", 1250)
    early = list(till.pieces)
    till.advance(100)
    assert early != right.pieces[: len(early)] or len(early) < len(right.pieces), "it was wrong"
    if wrong is Wrong.NAK and by == "script":
        assert (till.outcomes, till.moved) == ([], []), "each request is refused"
    elif wrong is Wrong.BAD_LENGTH and name in ("concert-e+", "nexi-p17"):
        assert (till.outcomes, till.moved) == ([], [1250]), "its checksum is right: not repeated"
    else:
        assert (results(till), till.moved) == ([Result.APPROVED], [1250])


GOES_ON = {Wrong.SPLIT, Wrong.GLUE, Wrong.DUPLICATE, Wrong.BAD_CHECK, Wrong.WRONG_TPDU}
"""What a till that has no ACKs takes all the same; the MAC is nobody's here."""


@pytest.mark.parametrize("name", TCP)
@pytest.mark.parametrize("wrong", sorted(set(Wrong) - {Wrong.LATE_ACK, Wrong.NO_ACK, Wrong.NAK}))
def test_without_acks_a_wrong_answer_is_none(name: str, wrong: Wrong) -> None:
    if name == "caisse-ap" and wrong in (Wrong.BAD_CHECK, Wrong.WRONG_TPDU, Wrong.WRONG_TRACE):
        pytest.skip("Caisse-AP has no checksum, no TPDU and no trace")
    if name == "iso8583-ascii" and wrong is Wrong.WRONG_TPDU:
        pytest.skip("this profile has no TPDU")
    till, right = paid(name, wrong), paid(name, "approve")
    till.advance(100)
    assert till.pieces != right.pieces
    assert till.moved == [1250]
    assert results(till) == ([Result.APPROVED] if wrong in GOES_ON else [])


def _device(name: str, *options: str) -> Device:
    return made_of(SPOKEN[name].words, *options)[0]


@pytest.mark.parametrize("name", EVERY)
def test_the_control_socket_has_the_same_words(name: str) -> None:
    device = _device(name)
    assert set(device.ops) == {
        "script", "wrong", "book", "press", "state", "fault", "clear",
    }  # fmt: skip
    assert carry_out(device, "script", Fields({"amount": 1250, "do": "decline"})).answer == {}
    assert carry_out(device, "script", Fields({"do": "approve:5"})).answer == {}
    assert carry_out(device, "wrong", Fields({"do": "split"})).answer == {}
    assert carry_out(device, "state", Fields({})).answer == {
        "idle": True, "heard": 0, "screen": {"shows": "idle", "amount": None, "currency": None},
    }  # fmt: skip
    till = Till(behind(device), SPOKEN[name].profile)
    till.ask("sale", 1250)
    till.ask("sale", 800)
    (row,) = cast("list[dict[str, Json]]", carry_out(device, "book", Fields({})).answer["moved"])
    assert (row["kind"], row["amount"], row["reversed"]) == ("sale", 5, False)
    for op, request in [("script", {"do": "explode"}), ("wrong", {"do": "approve"}),
                        ("script", {"amount": "x", "do": "approve"})]:  # fmt: skip
        with pytest.raises(RequestError, match=r"none of|whole number"):
            carry_out(device, op, Fields(dict(request)))


@pytest.mark.parametrize("name", EVERY)
def test_help_and_errors_name_every_word(name: str) -> None:
    group, *words = SPOKEN[name].words.split()
    command = {"terminal": terminal, "host": host}[group]
    shown = " ".join(
        CliRunner().invoke(command, [*words, "--help"], terminal_width=200).output.split()
    )
    done = CliRunner().invoke(command, [*words, "--script", "1=explode"])
    said = " ".join(done.output.split())
    assert done.exit_code == 2
    for word in Outcome:
        assert word in shown
        assert word in said
    missing = CliRunner().invoke(command, [*words, "--script", "1250"])
    assert "AMOUNT=DO" in missing.output


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("transbank", {"terminal_id": "ABCD1234", "merchant": "597029414300",
                       "payees": ["ABCD1234", "597029414300"]}),
        ("hypercom-ecr", {"terminal_id": "12345678", "merchant": "000000000000001",
                          "payees": ["12345678", "000000000000001"]}),
        ("nexi-p17", {"terminal_id": "52001233", "payees": ["52001233"]}),
        ("mis-pos", {"terminal_id": "52001233", "payees": ["52001233"]}),
        ("concert-e+", {"payees": []}),
        ("pax-poslink", {"payees": []}),
        ("caisse-ap", {"contract": "1999403", "payees": ["1999403"]}),
        ("iso8583-cup", {}),
    ],
)  # fmt: skip
def test_a_device_says_whom_the_policy_must_list(name: str, facts: dict[str, object]) -> None:
    said = dict(_device(name).facts)
    said.pop("profile", None)
    assert said == facts


@pytest.mark.parametrize(
    ("name", "option", "right", "wrong"),
    [
        ("transbank", "--terminal-id", "CAJA0002", "caja2"),
        ("transbank", "--merchant", "597029414301", "1"),
        ("hypercom-ecr", "--merchant", "ABCDEFGHIJ00001", "short"),
        ("nexi-p17", "--terminal-id", "30001234", "3000123A"),
        ("mis-pos", "--terminal-id", "30001234", "1"),
    ],
)
def test_ids_are_options(name: str, option: str, right: str, wrong: str) -> None:
    assert right in cast("list[str]", _device(name, option, right).facts["payees"])
    words = SPOKEN[name].words.split()[1:]
    done = CliRunner().invoke(terminal, [*words, option, wrong])
    assert done.exit_code == 2
    assert f"{option}: '{wrong}': has" in " ".join(done.output.split())


def test_another_terminals_request_is_not_taken() -> None:
    till = till_at("nexi-p17", "--terminal-id", "30001234")
    till.ask("sale", 1250)
    till.advance(30)
    assert (till.outcomes, till.moved) == ([], [])
    assert {piece[:1] for piece in till.pieces} == {b"\x15"}


@pytest.mark.parametrize("words", [*(SPOKEN[name].words for name in STX), "terminal zvt"])
def test_every_serial_terminal_can_be_reached_across_a_network(words: str) -> None:
    _, place = made_of(words, "--rfc2217", "127.0.0.1:0")
    assert (place.rfc2217, place.serial) == (True, True)


@pytest.mark.parametrize("name", TCP)
@pytest.mark.parametrize("option", [["--pty"], ["--rfc2217", "127.0.0.1:0"]])
def test_what_has_no_serial_line_says_so(name: str, option: list[str]) -> None:
    with pytest.raises(click.UsageError, match="--tcp"):
        made_of(SPOKEN[name].words, *option)


VOCABULARY = Vocabulary(r"\d{2}", "RC", frozenset({Wrong.SPLIT}), {"taken": ""})


@pytest.mark.parametrize(
    "word", ["approve", "approve:1", "decline", "decline:51", "slow:5", "late", "split", "taken"]
)
def test_words_of_a_vocabulary(word: str) -> None:
    assert VOCABULARY.check(word) == word


@pytest.mark.parametrize(
    "word",
    ["", "Approve", "approve:", "approve:x", "approve:１", "decline:5", "hang:1", "late:",
     "glue", "split:1", "taken:1", "approve\n"],
)  # fmt: skip
def test_no_words_of_it(word: str) -> None:
    with pytest.raises(ValueError, match="none of"):
        VOCABULARY.check(word)


@pytest.mark.parametrize("text", ["", "12.50", "-1", "+1", "１", "9999999999999", " 1"])
def test_no_amounts(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        parse_amount(text)


def test_a_script_that_no_device_knows_is_not_taken_for_a_yes() -> None:
    till = till_at("caisse-ap")
    till.twin.script = type(till.twin.script)(default="explode")
    with pytest.raises(ValueError, match="explode"):
        till.ask("sale", 1250)
