"""A real CUPS server prints through the guard: ``lp`` puts a file into a queue, paper comes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pos_guard_simulator.printer import Fault
from tests.integration.cups_server import CupsServer, cups_server, missing
from tests.integration.cups_shop import BILL, PAID, CupsShop, cups_shop

REQUIRED = os.environ.get("POS_GUARD_REQUIRE_CUPS") == "1"
MISSING = missing()

pytestmark = pytest.mark.skipif(bool(MISSING) and not REQUIRED, reason=MISSING or "CUPS is here")


@pytest.fixture
def folder() -> Iterator[Path]:
    # Short, since the path of a socket has 107 bytes; and cupsd's own user must reach its spool.
    with TemporaryDirectory(prefix="pg-cups-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def shop(folder: Path) -> Iterator[CupsShop]:
    (folder / "shop").mkdir()
    with cups_shop(folder / "shop") as made:
        yield made


@pytest.fixture
def cups(folder: Path, shop: CupsShop) -> Iterator[CupsServer]:
    assert not MISSING, MISSING
    with cups_server(folder / "cups", shop.directory / "guard.toml") as server:
        yield server


def write(shop: CupsShop, data: bytes) -> Path:
    path = shop.directory / "job.bin"
    path.write_bytes(data)
    return path


def test_bills_come_out_and_paid_without_a_payment_does_not(
    cups: CupsServer, shop: CupsShop
) -> None:
    assert "posguard:/printer" in cups.run("lpinfo", "-v")
    cups.queue("receipts", "posguard:/printer")
    bill = cups.print("receipts", write(shop, BILL))
    assert cups.over(bill) == "completed", cups.log()
    assert "NOT PAID" in shop.slips()[0].text
    paid = cups.print("receipts", write(shop, PAID))
    assert cups.over(paid) == "canceled", cups.log()
    assert "must not say PAID" in cups.run("lpstat", "-l", "-p", "receipts")
    assert "\nPAID" not in shop.slips()[-1].text
    shop.pay()
    printed = len(shop.slips())
    assert printed == 2  # nothing that was refused is printed again by itself
    again = cups.print("receipts", write(shop, PAID))
    assert cups.over(again) == "completed", cups.log()
    assert "\nPAID" in shop.slips()[-1].text


def test_copies_are_made_by_the_backend(cups: CupsServer, shop: CupsShop) -> None:
    cups.queue("receipts", shop.uri)
    job = cups.print("receipts", write(shop, BILL), "-n", "2")
    assert cups.over(job) == "completed", cups.log()
    assert len(shop.slips()) == 2
    assert " total 2 " in (cups.root / "log" / "page").read_text("utf-8")


def test_a_job_of_unknown_outcome_is_held_and_the_queue_goes_on(
    cups: CupsServer, shop: CupsShop
) -> None:
    cups.queue("receipts", "posguard:/printer?wait=2")
    shop.fail(Fault.PAPER_OUT, after_lines=2)
    held = cups.print("receipts", write(shop, BILL))
    assert cups.over(held) == "held", cups.log()
    assert "media-empty-error" in cups.run("lpstat", "-l", "-p", "receipts")
    shop.mend(Fault.PAPER_OUT)
    second = cups.print("receipts", write(shop, BILL))
    assert cups.over(second) == "completed", cups.log()
    assert len(shop.slips()) == 2  # the first one's rest, and the second job; no reprint
    assert "media-empty-error" not in cups.run("lpstat", "-l", "-p", "receipts")
    cups.run("cancel", held)


def test_with_no_paper_the_error_policy_decides_and_nothing_is_printed_twice(
    cups: CupsServer, shop: CupsShop
) -> None:
    cups.queue("receipts", "posguard:/printer?wait=1", "-o", "printer-error-policy=abort-job")
    shop.fail(Fault.PAPER_OUT)
    job = cups.print("receipts", write(shop, BILL))
    assert cups.over(job) == "aborted", cups.log()
    shop.mend(Fault.PAPER_OUT)
    assert shop.slips() == []


def test_a_wrong_link_stops_the_queue(cups: CupsServer, shop: CupsShop) -> None:
    cups.queue("receipts", "posguard:/nobody")
    cups.print("receipts", write(shop, BILL))
    for _ in range(300):
        if "disabled" in cups.run("lpstat", "-p", "receipts"):
            break
    assert "no printer link nobody" in cups.run("lpstat", "-l", "-p", "receipts")
    assert shop.slips() == []
