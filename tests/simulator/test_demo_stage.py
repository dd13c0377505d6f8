"""The demo's scenes wait for what they caused, however late it comes, and say what went wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from pos_guard.frames.decoded import Json
from pos_guard.model import Words
from pos_guard_simulator.demo import ears as demo_ears
from pos_guard_simulator.demo.ears import Ears, StageError
from pos_guard_simulator.demo.report import Played, scene_json, show_line
from pos_guard_simulator.demo.scene import (
    Got,
    Scene,
    breakfast,
    card_sale,
    heard,
    pay_by_card,
    sale_code,
    sale_of,
)
from pos_guard_simulator.demo.shift import play_one
from pos_guard_simulator.demo.stage import Stage
from pos_guard_simulator.till_lines import Line

STATUS = b"\x10\x04\x01"


class SlowLine:
    """A printer line on which bytes arrive only once an answer is waited for."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._under_way = b""

    def send(self, data: bytes) -> None:
        self._under_way += data
        if data == STATUS:
            self._line.send(self._under_way)
            self._under_way = b""

    def receive(self, seconds: float) -> bytes:
        return self._line.receive(seconds)

    def close(self) -> None:
        self._line.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("shop"), "enforce") as opened:
        printer = opened.till.printer
        printer._line = SlowLine(printer._line)
        opened.terminal_link.register()
        yield opened


def test_a_bill_is_read_before_its_payment_is_asked_for(stage: Stage) -> None:
    card_sale(stage, breakfast("T1001"))
    card_sale(stage, sale_of("T1002", 4600))
    assert pay_by_card(stage, sale_of("T1003", 990)).outcome == "approved, terminal asked"


def test_a_sale_code_is_that_of_its_order(stage: Stage) -> None:
    card_sale(stage, breakfast("T1004"))
    card_sale(stage, breakfast("T1005"))
    first, second = sale_code(stage, "T1004"), sale_code(stage, "T1005")
    assert first != second
    stage.scan_own(first)
    assert first.partition(":")[2].rpartition(".")[0] in stage.last_words("scanner")
    with pytest.raises(StageError, match="no receipt of T1006"):
        sale_code(stage, "T1006")


def test_a_sale_that_a_scene_stands_on_must_be_paid(stage: Stage) -> None:
    card_sale(stage, breakfast("T1007"))
    with pytest.raises(StageError, match="sale T1007, which the scene needs, was refused: 6C"):
        card_sale(stage, breakfast("T1007"))


def test_a_code_that_the_guard_does_not_take_breaks_the_scene_off(stage: Stage) -> None:
    with pytest.raises(StageError, match=r"did not take nobody: .*not made by this shop"):
        stage.scan_own("PGOP:nobody.AAAAAAAA")


def test_the_terminal_has_heard_the_last_acknowledgement(stage: Stage) -> None:
    card_sale(stage, breakfast("T1008"))
    count = heard(stage)
    assert stage.ask(lambda: stage.terminal.idle)
    assert pay_by_card(stage, breakfast("T1008")).blocked
    assert heard(stage) == count


def test_a_refund_that_is_refused_outright_says_so_at_once(stage: Stage) -> None:
    stage.scan_own(stage.badges["ben"])
    card_sale(stage, breakfast("T1009"))
    stage.scan_own(sale_code(stage, "T1009"))
    stage.ears.forget()
    refund = stage.aside(lambda: stage.terminal_link.refund(1251))
    with pytest.raises(StageError, match=r"nobody was asked: .*code='B5'"):
        stage.ears.asked("terminal", refund)


def test_a_scene_that_breaks_off_tells_what_the_guard_said_in_it(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(stage: Stage) -> Got:
        stage.scan_own(stage.badges["anna"])
        stage.scan_own("PGSALE:none.AAAAAAAA")
        return Got("never")

    scene = Scene("odd", Words("怪", "Odd"), "badge", "approved", play)
    played = play_one(scene, stage, observed=False)
    assert played.outcome.startswith("broke off: the guard did not take none: ")
    assert [line.split(":")[0] for line in played.said] == ["scanner ALLOW", "scanner DENY"]
    assert scene_json(played, "enforced")["said"] == list(played.said)
    show_line(played, "en")
    assert "       said: scanner ALLOW: anna is at the till." in capsys.readouterr().out


def test_a_scene_that_went_well_needs_no_words_to_explain_it() -> None:
    scene = Scene("fine", Words("好", "Fine"), "bill", "approved", lambda _: Got("approved"))
    played = Played(scene, Got("approved"), False, 0.1, ("terminal WARN: late",))
    assert "said" not in scene_json(played, "enforced")


# -- ears -------------------------------------------------------------------------------------


def told(link: str, level: str, words: str) -> dict[str, Json]:
    return {"event": "told", "link": link, "level": level, "say": {"zh": words, "en": words}}


@pytest.fixture
def ears() -> Ears:
    return Ears("en")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Ears:
    monkeypatch.setattr(demo_ears, "SOON", 0.01)  # what has not been heard by now never comes
    return Ears("en")


def test_words_are_those_of_a_refusal_on_that_link(ears: Ears) -> None:
    for event in (
        told("scanner", "DENY", "elsewhere"),
        told("terminal", "WARN", "a late warning"),
        told("terminal", "DENY_OVERRIDABLE", "this one"),
        told("terminal", "DENY", "the next"),
    ):
        ears.hear(event)
    assert ears.words("terminal") == "this one"
    assert ears.last_words("terminal") == "the next"
    assert ears.last_words("printer") == "(no words)"


def test_an_own_code_is_taken_when_its_own_id_is_named(ears: Ears) -> None:
    ears.hear(told("scanner", "ALLOW", "anna is at the till"))
    ears.hear(told("scanner", "ALLOW", "ben is at the till"))
    ears.hear(told("scanner", "DENY", "the next scan"))
    ears.taken("scanner", "ben")
    assert ears.words("scanner") == "the next scan"


def test_words_about_another_code_are_no_answer(impatient: Ears) -> None:
    impatient.hear(told("scanner", "ALLOW", "anna is at the till"))
    with pytest.raises(StageError, match="did not take ben on the scanner link"):
        impatient.taken("scanner", "ben")


def test_silence_is_no_words(impatient: Ears) -> None:
    impatient.hear(told("terminal", "DENY", "before"))
    impatient.forget()
    with pytest.raises(StageError, match="no reason on the terminal link"):
        impatient.words("terminal")
    act: Future[str] = Future()
    with pytest.raises(StageError, match=r"^nobody was asked$"):
        impatient.asked("terminal", act)


@pytest.mark.parametrize("words_first", [True, False])
def test_an_act_that_nobody_is_asked_about_takes_its_own_words_along(
    ears: Ears, words_first: bool
) -> None:
    act: Future[str] = Future()

    def refuse() -> None:
        if words_first:
            ears.hear(told("terminal", "DENY", "no"))
        act.set_result("B5")
        if not words_first:
            ears.hear(told("terminal", "DENY", "no"))

    guard = threading.Thread(target=refuse)
    guard.start()
    with pytest.raises(StageError, match=r"^nobody was asked: B5$"):
        ears.asked("terminal", act)
    assert ears.said == ["terminal DENY: no"]
    guard.join()
    assert not ears.refused("terminal")


def test_an_act_that_ended_well_has_no_words_to_wait_for(impatient: Ears) -> None:
    act: Future[str] = Future()
    act.set_result("approved")
    with pytest.raises(StageError, match=r"^nobody was asked: approved$"):
        impatient.asked("terminal", act)


def test_the_number_is_that_of_the_next_request_on_this_link(ears: Ears) -> None:
    say: Json = {"zh": "问", "en": "asks"}
    for number, link in enumerate(("app", "terminal"), 7):
        ears.hear({"event": "asked", "link": link, "decision": number, "say": say})
    assert ears.asked("terminal", Future[str]()) == 8
    assert ears.said == ["app asked: asks", "terminal asked: asks"]


def test_a_link_that_failed_is_among_what_was_said(ears: Ears) -> None:
    ears.hear({"event": "failed", "link": "printer", "error": "OSError: full"})
    ears.hear({"event": "side", "link": "printer", "side": "app", "up": False, "reason": ""})
    ears.hear({"event": "verdict", "level": "DENY", "say": {"zh": "否", "en": "No."}})
    assert ears.said == ["printer failed: OSError: full", "app DENY: No."]
