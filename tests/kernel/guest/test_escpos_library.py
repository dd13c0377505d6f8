"""python-escpos, unmodified, on the kernel's drivers."""

from __future__ import annotations

from typing import Any

import pytest
from escpos import printer as escpos

from tests.kernel.guest.conftest import Plugged

pytestmark = [
    # python-escpos reads its own data with importlib.resources.path, which newer Pythons deprecate.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:escpos"),
    pytest.mark.filterwarnings("ignore:path is deprecated:DeprecationWarning"),
]


def bill(till: Any) -> None:
    till.text("Coffee 12.50\n")
    till.text("TOTAL CNY 12.50\n")
    till.cut()


def test_its_usb_class(printer: Plugged) -> None:
    till = escpos.Usb(0x04B8, 0x0E15, timeout=5000)
    till.open()
    bill(till)
    assert printer.paper == ["Coffee 12.50\nTOTAL CNY 12.50"]
    assert till.is_online() is True
    assert till.paper_status() == 2
    printer.do("fail", "paper_out")
    assert till.paper_status() == 0
    till.close()


def test_its_file_class_on_the_printer_node(printer: Plugged) -> None:
    till = escpos.File(printer.node)
    bill(till)
    till.close()
    assert printer.paper == ["Coffee 12.50\nTOTAL CNY 12.50"]
