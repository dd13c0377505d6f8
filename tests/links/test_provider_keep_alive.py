"""Connections of the provider link that stay open: turn by turn, bounded, and never sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_guard.links import provider_words as words
from pos_guard.links.provider_till import GRACE_S, MAX_REQUESTS
from pos_guard.links.provider_upstream import MAX_CARRIED
from pos_guard.store.ledger import Phase
from pos_guard_simulator.provider_book import Script
from tests.links.provider_rig import Rig, bill, make_rig
from tests.links.test_provider import HOST, LINK, codepay, get, query, refund, reverse
from tests.shop import MERCHANT, PINS, POLICY, shop


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A shop in CNY with a cashier who has billed 12.50, and a provider that is connected."""
    yuan = shop(tmp_path, policy=POLICY.replace('"EUR"', '"CNY"'))
    yield make_rig(yuan, "wechat-v3", LINK, HOST, frozenset({MERCHANT}))
    yuan.store.close()


def closing(raw: bytes) -> bytes:
    """The same request, the last of its connection."""
    return raw.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


# -- the till's side ----------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 1, 50])
def test_requests_are_served_in_turn_on_one_connection(rig: Rig, step: int) -> None:
    rig.send(codepay(), step=step)
    assert rig.reply() == (200, "SUCCESS")
    for _ in range(3):
        rig.go_on(query(), step=step)
        assert rig.reply() == (200, "SUCCESS")
    assert rig.open
    assert len(rig.twin.moved) == 1
    assert len(rig.sent) == 4


def test_an_error_is_the_last_answer_of_its_connection(rig: Rig) -> None:
    rig.send(codepay(12500))
    assert rig.reply() == (400, "PARAM_ERROR")
    assert b"Connection: close" in rig.till
    assert not rig.open, "a client that raises leaves it unread"
    rig.send(codepay())
    assert rig.reply() == (200, "SUCCESS")
    assert rig.open


def test_connection_close_is_honoured(rig: Rig) -> None:
    rig.send(closing(codepay()))
    assert rig.reply() == (200, "SUCCESS")
    assert b"Connection: close" in rig.till
    assert not rig.open
    assert rig.device, "the provider's connection is another one"


def test_a_connection_serves_a_bounded_number_of_requests(rig: Rig) -> None:
    rig.send(codepay())
    for served in range(2, MAX_REQUESTS + 1):
        assert rig.open
        if not rig.device:
            rig.connect_device()
        rig.go_on(query())
        assert (b"Connection: close" in rig.till) is (served == MAX_REQUESTS)
    assert not rig.open


def test_a_connection_on_which_nothing_comes_is_closed(rig: Rig) -> None:
    rig.open = True
    rig.run(rig.session.app_connected())
    rig.fire("idle")
    assert not rig.open
    rig.send(codepay())
    rig.fire("idle")
    assert not rig.open
    rig.send(query())
    assert rig.reply() == (200, "SUCCESS")


def test_the_wait_for_a_request_begins_with_its_first_byte(rig: Rig) -> None:
    rig.send(codepay()[:1])
    assert "idle" not in rig.timers
    assert rig.waits == {"request"}
    rig.run(rig.session.timer("idle"))  # one that was under way already
    assert rig.open
    rig.run(rig.session.app_data(codepay()[1:]))
    assert rig.reply() == (200, "SUCCESS")


@pytest.mark.parametrize("behind", [b"G", query(), refund(100)])
def test_bytes_before_the_answer_are_on_record_and_never_served(rig: Rig, behind: bytes) -> None:
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(codepay())
    for _ in range(3):
        rig.run(rig.session.app_data(behind))
    assert [tell.say for tell in rig.told].count(words.OVERTAKEN) == 1
    rig.fire("reply")
    assert rig.reply() == (500, "SYSTEM_ERROR")
    assert b"Connection: close" in rig.till
    assert not rig.open
    assert len(rig.sent) == 1


def test_a_connection_that_waits_gets_its_turn(rig: Rig) -> None:
    rig.send(codepay())
    rig.run(rig.session.app_waiting())
    assert rig.timers["idle"] == GRACE_S
    rig.fire("idle")
    assert not rig.open, "nothing was under way"
    rig.twin.book.scripts[300] = Script.SILENT
    rig.send(query())
    rig.twin.book.orders.clear()
    rig.go_on(codepay()[:20])
    rig.run(rig.session.app_waiting())
    assert rig.open, "a request has begun"
    rig.run(rig.session.app_data(codepay()[20:]))
    assert b"Connection: close" in rig.till
    assert not rig.open


def test_a_half_closed_till_counts_as_gone(rig: Rig) -> None:
    """The shell hears the end of the till's side first: what is sent is settled all the same."""
    rig.twin.book.scripts[1250] = Script.SILENT_MOVED
    rig.send(codepay())
    rig.hang_up()
    rig.fire("reply")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]
    rig.connect_device()
    rig.send(query())
    assert rig.reply() == (200, "SUCCESS")


# -- the provider's side ------------------------------------------------------------------------


def test_a_connection_that_lay_idle_is_made_anew_first(rig: Rig) -> None:
    rig.send(codepay())
    rig.fire("stale")
    assert rig.device, "it is not closed before somebody asks"
    rig.go_on(query())
    assert not rig.device
    assert rig.till == b""
    assert rig.waits == {"connect"}
    rig.run(rig.session.device_closed())
    rig.connect_device()
    assert rig.reply() == (200, "SUCCESS")


def test_a_provider_connection_carries_a_bounded_number_of_requests(rig: Rig) -> None:
    rig.send(query())
    for carried in range(1, MAX_CARRIED + 1):
        assert rig.device is (carried < MAX_CARRIED)
        rig.send(query())
    assert rig.waits == {"connect"}


@pytest.mark.parametrize("raw", [codepay(), refund(100)])
def test_money_is_never_sent_twice_when_a_used_connection_breaks(rig: Rig, raw: bytes) -> None:
    rig.send(codepay())
    rig.shop.sign_in("ben")
    rig.twin.book.refund_scripts[100] = Script.SILENT_MOVED
    if raw == codepay():
        rig.shop.clock.advance(60)
        rig.twin.book.scripts[1250] = Script.SILENT
        raw = codepay(number="ORDER-0002", code="134669410611194349")
        bill(rig, 1250)
    sent = len(rig.sent)
    rig.go_on(raw)
    assert rig.till == b""
    rig.lose_device()
    assert rig.reply() == (500, "SYSTEM_ERROR")
    assert rig.entries()[-1][1] is Phase.UNKNOWN
    rig.connect_device()
    assert len(rig.sent) == sent + 1


def silent(rig: Rig) -> None:
    """The provider closes its idle connection while a question is on its way."""
    rig.twin.closed()


def test_a_question_into_a_closing_connection_is_asked_once_more(rig: Rig) -> None:
    rig.send(codepay())
    silent(rig)
    rig.go_on(query())
    rig.lose_device()
    assert rig.till == b""
    assert rig.waits == {"connect"}
    rig.connect_device()
    assert rig.reply() == (200, "SUCCESS")
    silent(rig)
    rig.go_on(query())
    rig.lose_device()
    rig.connect_device()
    assert rig.reply() == (200, "SUCCESS")


def test_a_question_is_asked_again_only_once_and_only_on_a_used_connection(rig: Rig) -> None:
    silent(rig)
    rig.send(query())
    rig.lose_device()
    assert rig.reply() == (500, "SYSTEM_ERROR"), "a new connection that breaks is no race"
    rig.connect_device()
    rig.send(codepay())
    silent(rig)
    rig.go_on(query())
    rig.lose_device()
    rig.device = True
    rig.run(rig.session.device_connected())  # to a provider that says nothing
    rig.lose_device()
    assert rig.reply() == (500, "SYSTEM_ERROR")


def test_a_question_with_half_an_answer_is_not_asked_again(rig: Rig) -> None:
    rig.send(codepay())
    silent(rig)
    rig.go_on(get("/v3/certificates"))
    rig.run(rig.session.device_data(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"))
    rig.lose_device()
    assert rig.reply() == (500, "SYSTEM_ERROR")


def test_a_reversal_is_never_asked_again(rig: Rig) -> None:
    rig.twin.book.scripts[1250] = Script.SYSTEM_ERROR
    rig.send(codepay())
    silent(rig)
    rig.send(reverse())
    rig.lose_device()
    assert rig.reply() == (500, "SYSTEM_ERROR")
    assert rig.entries() == [("sale", Phase.UNKNOWN)]


def test_an_approval_of_a_person_waits_for_a_fresh_connection(rig: Rig) -> None:
    bill(rig, 5000)
    rig.send(codepay(5000, number="ORDER-0009"))
    rig.shop.sign_in("ben")
    rig.go_on(refund(3000, order="ORDER-0009", total=5000))
    rig.fire("stale")
    decision = rig.asked[0].decision
    rig.shop.guard.approve(decision, "maya", PINS["maya"])
    rig.run(rig.session.answered(decision))
    assert not rig.device
    rig.run(rig.session.device_closed())
    assert rig.till == b""
    rig.connect_device()
    assert rig.reply() == (200, "PROCESSING")


# -- a repeated request -------------------------------------------------------------------------


def test_a_decline_of_the_repetition_says_nothing_of_the_first(rig: Rig) -> None:
    """A refund that moved, but of which nobody heard, stays unknown when its repetition fails.

    Codes such as FREQUENCY_LIMITED or SIGN_ERROR are said before anybody looks at the number.
    """
    rig.send(codepay())
    rig.shop.sign_in("ben")
    rig.twin.book.refund_scripts[100] = Script.SYSTEM_ERROR
    rig.go_on(refund(100))
    assert rig.entries()[1:] == [("refund", Phase.UNKNOWN)]
    silent(rig)
    rig.send(refund(100))
    body = b'{"code":"FREQUENCY_LIMITED","message":"busy"}'
    head = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: %d\r\n\r\n" % len(body)
    rig.run(rig.session.device_data(head + body))
    assert rig.reply() == (429, "FREQUENCY_LIMITED")
    assert rig.entries()[1:] == [("refund", Phase.UNKNOWN)]
    assert [move.fen for move in rig.twin.moved] == [1250, 100]
