"""A Star printer behind the link: the same judgements as for ESC/POS, in Star's bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_guard.config import parse_config
from pos_guard.errors import LocalError, SettingsError
from pos_guard.frames.star_table import scan
from pos_guard.links.printer import IDLE, RESULT
from pos_guard.links.printer_settings import PrinterSettings
from pos_guard.model import Source, Tender
from pos_guard.money import Money
from pos_guard.own_codes import OwnKind
from tests.links.printer_rig import Bench, approve_card
from tests.links.star_rig import (
    BILL,
    CARD,
    CASH,
    CUT,
    ETB,
    PULSES,
    RESET,
    SETTINGS,
    paper,
    star_bench,
)
from tests.shop import POLICY, Shop, shop

GOLDEN = Path(__file__).parents[1] / "golden" / "star_documents.json"
NO_SALE = POLICY.replace('"refund", "void"', '"no_sale", "refund", "void"')
LINK = """
[[link]]
name = "printer"
protocol = "escpos"
app = "tcp:127.0.0.1:0"
device = "tcp:127.0.0.1:9100"
[link.printer]
model = "star-line"
"""


def documents() -> dict[str, bytes]:
    made = cast(
        "dict[str, list[dict[str, list[dict[str, str]]]]]", json.loads(GOLDEN.read_text("utf-8"))
    )
    return {
        row["name"]: base64.b64decode(row["bytes"])
        for part in made["programs"]
        for row in part["documents"]
    }


DOCUMENTS = documents()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Shop]:
    made = shop(tmp_path, policy=NO_SALE)
    yield made
    made.store.close()


@pytest.fixture
def bench(place: Shop) -> Bench:
    return star_bench(place)


def pay(bench: Bench) -> str:
    """The bill, then an approved card payment; returns the sale id."""
    bench.till(BILL)
    return approve_card(bench)


# -- what passes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_papers_by_other_programs_pass_byte_by_byte(bench: Bench, document: bytes) -> None:
    bench.shop.sign_in("maya")  # some of them open the drawer
    sent = bench.till(document)
    assert sent + bench.timer(IDLE) == document
    assert bench.told() == []


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_the_same_papers_are_stopped_once_they_claim_payment(bench: Bench, document: bytes) -> None:
    end = document.rindex(b"\x1bd")
    claim = document[:end] + b"\nPAID\n" + document[end:]
    sent = bench.till(claim) + bench.timer(IDLE)
    assert "The receipt was not printed." in paper(sent)
    assert b"\nPAID\n" not in sent


def test_papers_in_single_bytes_are_the_same_papers(place: Shop) -> None:
    bench = star_bench(place)
    place.sign_in("maya")
    whole = b"".join(list(DOCUMENTS.values())[::9])
    sent = b"".join(bench.till(whole[at : at + 1]) for at in range(len(whole)))
    assert sent + bench.timer(IDLE) == whole


def test_a_bill_is_printed_unchanged_and_tells_what_is_owed(bench: Bench) -> None:
    assert bench.till(BILL) == BILL
    order = bench.shop.guard.context().order
    assert order is not None
    assert (order.value.key, order.value.total) == ("A-17", Money(1250, "EUR"))
    assert order.source is Source.BILL


@pytest.mark.parametrize(
    "setting",
    [
        *(b"\x1b@", b"\x1bi\x01\x01", b"\x1bE", b"\x1b4", b"\x1b\x1eF\x01", b"\x1b\x1dt\x20"),
        *(b"\x1b\x07\x14\x14", b"\x1b\x1ea\x03", b"\x1b#*\n\x00", b"\x1b/1", b"\x1b*rR", b"\n"),
    ],
    ids=repr,
)
def test_settings_outside_a_job_pass_at_once(bench: Bench, setting: bytes) -> None:
    assert bench.till(setting) == setting


@pytest.mark.parametrize(
    "mark",
    [b"\x1bb3211400638133393\x1e", b"\x1b\x1dxS0\x01\x01\x01", b"b", b"\x1bK\x01\x00\xff"],
    ids=["ESC b", "ESC GS x S", "text", "ESC K"],
)
def test_what_prints_waits_for_the_end_of_its_job(bench: Bench, mark: bytes) -> None:
    assert bench.till(mark) == b""
    assert bench.timer(IDLE) == mark


# -- receipts -------------------------------------------------------------------------------------


def test_paid_before_payment_is_held_back_with_a_slip_in_stars_bytes(bench: Bench) -> None:
    bench.till(BILL)
    printed = bench.till(CARD)
    assert "NOT PAID" in paper(printed)
    assert "TOTAL" not in paper(printed)
    assert printed.endswith(b"\x1ba\x03\x1bd\x03\x1b\x1da\x00")
    assert {"UNKNOWN", "OVERSIZE"}.isdisjoint(token.name for token in scan(printed))
    assert b"\x1d!" not in printed
    assert bench.told() == ["DENY"]


def test_nothing_of_a_receipt_leaves_before_its_cut(bench: Bench) -> None:
    pay(bench)
    assert bench.till(CARD[: -len(CUT)]) == RESET
    assert "PAID" in paper(bench.till(CUT))


def test_the_paid_receipt_passes_with_the_sale_code_as_a_star_symbol(bench: Bench) -> None:
    sale_id = pay(bench)
    code = bench.shop.guard.own_codes.make(OwnKind.SALE, sale_id).encode()
    printed = bench.till(CARD)
    assert printed.startswith(CARD[: -len(CUT)])
    assert printed.endswith(CUT)
    head = b"\x1b\x1dyS0\x02\x1b\x1dyS1\x01\x1b\x1dyS2\x04\x1b\x1dyD1\x00"
    assert head + len(code).to_bytes(2, "little") + code + b"\x1b\x1dyP\n" in printed
    assert f"Sale {sale_id}" in paper(printed)
    assert bench.told() == []


def test_copies_are_numbered_and_later_ones_are_reprints(bench: Bench) -> None:
    pay(bench)
    bench.till(CARD)
    second, third = paper(bench.till(CARD)), paper(bench.till(CARD))
    assert second.index("COPY 2") < second.index("Order")
    assert "REPRINT 1" in third
    assert bench.told() == ["WARN"]


def test_marks_are_chinese_where_the_printer_is(place: Shop) -> None:
    bench = star_bench(place, kanji_on=True, kanji="gb18030")
    pay(bench)
    bench.till(CARD)
    assert b"\x1bp" + "副本 2".encode("gb18030") in bench.till(CARD)


@pytest.mark.parametrize(
    "words",
    [
        b"\x1b\x1d)U\x02\x000\x01" + "已付款\n".encode(),
        b"\x1bE\x1bi\x01\x01P\x1bFA\x1bi\x00\x00ID\n",
        b"\x1b*rA\x1b*rP0\x00PAID\n",
        b"PAI\x1b/1D\n",
        b"NOT \x1b@PAID\n",
        b"\x1b*rN6\x00\nPAID\n",
        b"\x1b\x1d)X\x06\x00\nPAID\n",
    ],
    ids=[
        "UTF-8",
        "styles between letters",
        "text in raster mode",
        "a word cut",
        "a line cleared",
        "discarded",
        "unknown",
    ],
)
def test_a_claim_is_found_however_it_is_written(bench: Bench, words: bytes) -> None:
    bench.till(BILL)
    assert words not in bench.till(b"Order: A-17\nTOTAL 12.50\n" + words + CUT)
    assert bench.told() == ["DENY"]


def test_a_code_page_has_stars_number(place: Shop) -> None:
    policy = POLICY + '\n[receipts]\npaid = ["оплачено"]\n'
    place.store.close()
    made = shop(place.directory / "other", policy=policy)
    bench = star_bench(made)
    bench.till(BILL)
    words = "TOTAL 12.50\nОПЛАЧЕНО\n".encode("cp1251")
    assert words not in bench.till(b"\x1b\x1dt\x22" + words + CUT)
    assert bench.told() == ["DENY"]
    made.store.close()


# -- refused jobs ---------------------------------------------------------------------------------


def test_a_shop_may_do_without_the_slip_and_settings_still_arrive(place: Shop) -> None:
    bench = star_bench(place, refused="drop")
    bench.till(BILL)
    kept = b"\x1b\x1dt\x20\x1bE\x1b*rA\x1b*rE1\x00\x1b*rB\x1b\x07\x14\x14"
    assert bench.till(b"x\r\nPAID\n" + ETB + kept + CUT) == kept


def test_a_refused_receipt_stands_between_banners(place: Shop) -> None:
    bench = star_bench(place, refused="banner")
    bench.till(BILL)
    printed = bench.till(b"\x1b4\x1bi\x03\x03" + CARD + b"")
    lines = paper(printed).split()
    assert lines.index("UNPAID") < lines.index("Order:")
    assert "UNPAID" in lines[lines.index("PAID") :]
    assert printed.count(CUT) == 1
    assert printed.rindex(b"UNPAID") < printed.index(CUT)


def test_a_receipt_may_wait_for_its_payment(place: Shop) -> None:
    bench = star_bench(place, refused="hold")
    bench.till(BILL)
    assert bench.till(CARD) == RESET
    assert bench.till(b"Kitchen\n" + CUT) == b""
    approve_card(bench)
    printed = bench.timer(RESULT)
    assert paper(printed).index("PAID") < paper(printed).index("Kitchen")
    assert CARD[2 : -len(CUT)] in printed


# -- the drawer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pulse", PULSES.values(), ids=PULSES.keys())
@pytest.mark.parametrize("widths", [b"", b"\x1b\x07\x00\x00", b"\x1b\x07\xff\xff"], ids=repr)
def test_a_pulse_without_a_reason_is_taken_out_and_the_paper_printed(
    bench: Bench, pulse: bytes, widths: bytes
) -> None:
    job = widths + b"Kitchen\n"
    assert bench.till(widths + b"Kitchen\n" + pulse + CUT) == job + CUT
    assert bench.told() == ["DENY"]


@pytest.mark.parametrize("pulse", PULSES.values(), ids=PULSES.keys())
@pytest.mark.parametrize(("who", "opens"), [("anna", False), ("ben", True)])
def test_who_may_opens_the_drawer_without_a_sale(
    bench: Bench, pulse: bytes, who: str, *, opens: bool
) -> None:
    bench.shop.sign_in(who)
    bench.till(pulse)
    assert bench.timer(IDLE) == (pulse if opens else b"")


def test_a_cash_receipt_opens_the_drawer_also_behind_its_cut(bench: Bench) -> None:
    bench.till(BILL)
    bench.shop.guard.tell_tender(Tender.CASH, Source.APP)
    bench.till(CASH)
    printed = bench.till(b"\x1b\x07\x14\x14\x07") + bench.timer(IDLE)
    assert "PAID" in paper(printed)
    assert printed.endswith(CUT + b"\x1b\x07\x14\x14\x07")


@given(
    st.lists(st.sampled_from([*PULSES.values(), b"\x1b\x07\x05\x05", b"x", b"\n", CUT, b"\x1b@"]))
)
@settings(max_examples=60, deadline=None)
def test_no_order_of_commands_opens_the_drawer_without_a_reason(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    made = shop(tmp_path_factory.mktemp("pulses"), policy=NO_SALE)
    bench = star_bench(made)
    sent = b"".join(bench.till(part) for part in parts) + bench.timer(IDLE)
    assert not [token for token in scan(sent) if token.raw in PULSES.values()]
    made.store.close()


# -- settings -------------------------------------------------------------------------------------


def test_the_model_decides_the_language() -> None:
    printer = parse_config(LINK, Path("guard.toml")).links[0].printer
    traits = printer.traits
    assert (traits.language, traits.qr, traits.columns, traits.dots) == ("star", "star", 48, 576)
    assert traits.code_pages[32] == "cp1252"
    assert PrinterSettings().traits.language == "escpos"


@pytest.mark.parametrize(("qr", "how"), [("native", "star"), ("none", "none")])
def test_the_code_is_the_printers_own_or_none(place: Shop, qr: str, how: str) -> None:
    bench = star_bench(place, qr=qr)
    sale_id = pay(bench)
    printed = bench.till(CARD)
    assert (b"\x1b\x1dyP" in printed) is (how == "star")
    assert f"Sale {sale_id}" in paper(printed)


@pytest.mark.parametrize("qr", ["esc-z", "raster"])
def test_a_star_printer_has_no_commands_of_others(place: Shop, qr: str) -> None:
    with pytest.raises(LocalError, match=f"native or none, not {qr}"):
        star_bench(place, qr=qr)


def test_settings_are_those_of_every_printer() -> None:
    assert SETTINGS.refused == "slip"
    with pytest.raises(SettingsError, match="line 9"):
        parse_config(LINK + 'refused = "burn"\n', Path("guard.toml"))
