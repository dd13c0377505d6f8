"""A payment terminal on the page: somebody decides by key, a till asks over TCP."""

from __future__ import annotations

import re
import socket

import pytest
from playwright.sync_api import Locator, Page, expect

from pos_guard.frames.zvt_apdu import ApduFramer
from pos_guard.frames.zvt_build import authorisation
from tests.web.conftest import Open
from tests.web.live_stage import Live, live

PAY = authorisation(1250, "EUR")
ACK, COMPLETION, ABORT = 0x8000, 0x060F, 0x061E


class Till:
    """Asks for 12.50 and answers every line of the terminal."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._framer = ApduFramer()
        self._line.sendall(PAY)
        assert self.hear() == ACK

    def hear(self) -> int:
        """The code of the next message."""
        while (unit := self._framer.take()) is None:
            self._framer.feed(self._line.recv(4096))
        return unit.code

    def end(self) -> int:
        """The last message of the exchange."""
        while (code := self.hear()) not in (COMPLETION, ABORT):
            self._line.sendall(b"\x80\x00\x00")
        self._line.sendall(b"\x80\x00\x00")
        return code


def terminal(page: Page) -> Locator:
    return page.locator("#d-terminal")


def ask_me(page: Page) -> None:
    switch = terminal(page).get_by_role("switch", name="I decide each payment by key")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")


@pytest.mark.parametrize(
    ("key", "end", "says", "rows"),
    [
        ("OK", COMPLETION, "Approved", 1),
        ("Decline", ABORT, "Declined", 0),
        ("Stop", ABORT, "Declined", 0),
    ],
)
def test_somebody_decides_by_key(
    shop: Live, look: Open, key: str, end: int, says: str, rows: int
) -> None:
    seen = look(shop.page)
    card = terminal(seen.page)
    expect(card.locator(".screen")).to_contain_text("Ready")
    ask_me(seen.page)
    with shop.dial("terminal") as line:
        till = Till(line)
        expect(card.locator(".screen")).to_contain_text("€12.50")
        expect(card.locator(".screen")).to_contain_text("Press Stop, Decline or OK")
        expect(seen.page.locator("#say")).to_have_text("terminal: Card, please €12.50")
        seen.shot("asks")
        card.get_by_role("button", name=key).click()
        assert till.end() == end
    expect(card.locator(".screen")).to_contain_text(says)
    expect(card.locator(".book tbody tr")).to_have_count(rows)
    if rows:
        expect(card.locator(".book tbody tr")).to_contain_text("€12.50")
    expect(card.get_by_role("button", name=key)).to_have_attribute("aria-disabled", "true")


def test_a_key_that_nobody_waits_for_does_nothing(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    terminal(seen.page).get_by_role("button", name="OK").click(force=True)
    ask_me(seen.page)
    with shop.dial("terminal") as line:
        till = Till(line)
        expect(terminal(seen.page).locator(".screen")).to_contain_text("Card, please")
        terminal(seen.page).get_by_role("button", name="OK").click()
        assert till.end() == COMPLETION


def test_outcomes_are_switches_too(shop: Live, look: Open) -> None:
    seen = look(shop.page)
    card = terminal(seen.page)
    card.get_by_text("Faults", exact=True).click()
    row = card.locator(".fault", has=seen.page.get_by_role("switch", name="decline", exact=True))
    row.get_by_role("button", name="with…").click()
    row.get_by_label(re.compile("CODE")).fill("05")
    row.get_by_role("switch").click()
    expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    with shop.dial("terminal") as line:
        assert Till(line).end() == ABORT
    expect(seen.page.locator(".frames")).to_contain_text("27 05")
    row.get_by_role("switch").click()
    expect(row.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    with shop.dial("terminal") as line:
        assert Till(line).end() == COMPLETION


def test_what_the_terminal_takes_back_is_struck_out(look: Open) -> None:
    with live("terminal: terminal zvt --tcp 127.0.0.1:0 --fault reversed:100") as shop:
        seen = look(shop.page)
        with shop.dial("terminal") as line:
            assert Till(line).end() == ABORT
        row = terminal(seen.page).locator(".book tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("taken back")
        expect(terminal(seen.page).locator(".screen")).to_contain_text("Taken back")


def test_a_provider_and_a_host_have_cards_too(look: Open) -> None:
    devices = ("bank: host iso8583", "wechat: provider wechat")
    with live(*devices) as shop:
        seen = look(shop.page)
        expect(seen.page.locator("#d-bank")).to_contain_text("Acquirer's host")
        expect(seen.page.locator("#d-wechat")).to_contain_text("Payment provider")
        card = seen.page.locator("#d-wechat")
        card.get_by_text("Faults", exact=True).click()
        switch = card.get_by_role("switch", name="userpaying")
        switch.click()
        shop.tell("wechat", "moved", what="pay", number="4711", amount=300)
        expect(card.locator(".scans li")).to_contain_text("4711")
