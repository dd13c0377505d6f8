"""Every serial model has a twin that its language understands."""

from __future__ import annotations

import pytest

from pos_guard.errors import LocalError
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard.frames.scanner_model_file import parse_scanner_model
from pos_guard.frames.scanner_models import scanner_model, scanner_models
from pos_guard.scanners.language import Command
from pos_guard.scanners.make import make_language
from pos_guard_simulator.scanner import ScannerTwinSettings
from pos_guard_simulator.scanner_menu_bytes import DatalogicScanner
from pos_guard_simulator.scanner_menu_make import factory_settings, serial_twin
from pos_guard_simulator.scanner_register import RegisterScanner
from tests.scanners.twin_rig import TwinRig

OTHERS = ("ssi", "hid-pos", "hid-keyboard", "evdev")
SERIAL = [model for model in scanner_models() if model.language not in OTHERS]
TRIGGERED = [model for model in SERIAL if Command.TRIGGER in make_language(model).can]


@pytest.mark.parametrize("model", SERIAL, ids=lambda model: model.name)
@pytest.mark.parametrize("size", [1, 7, 999])
def test_a_model_its_language_and_its_twin_fit(model: ScannerModel, size: int) -> None:
    rig = TwinRig(make_language(model), serial_twin(model), size)
    rig.connect()
    for command in (Command.IDENTIFY, Command.YES, Command.NO, Command.LOCK):
        if command in rig.language.can:
            rig.tell(command)
    rig.show("6901234567892")
    rig.show("测试".encode())
    assert rig.codes == [b"6901234567892", "测试".encode()]
    assert all(ok is not False for _, ok in rig.replies)


@pytest.mark.parametrize("model", TRIGGERED, ids=lambda model: model.name)
def test_without_a_trigger_a_triggered_twin_sees_nothing(model: ScannerModel) -> None:
    language, twin = make_language(model), serial_twin(model, free=False)
    rig = TwinRig(language, twin)
    rig.show("unseen")
    rig.tell(Command.TRIGGER)
    rig.show("seen")
    assert rig.codes == [b"seen"]


def test_a_twin_is_set_as_its_model_says() -> None:
    text = 'title = "x"\nsources = ["y"]\nlanguage = "lines"\nend = "crlf"\nprefix = "02"\n'
    model = parse_scanner_model("x", text + 'encoding = "gbk"')
    assert factory_settings(model) == ScannerTwinSettings(b"\r\n", b"\x02", encoding="gbk")
    assert serial_twin(model).line("中") == b"\x02\xd6\xd0\r\n"
    own = ScannerTwinSettings(terminator=b"\n")
    assert serial_twin(model, own).settings is own
    fm30, powerscan = scanner_model("newland-fm30"), scanner_model("datalogic-powerscan")
    engine, hand = serial_twin(fm30), serial_twin(powerscan)
    assert isinstance(engine, RegisterScanner)
    assert isinstance(hand, DatalogicScanner)
    assert engine.model is fm30
    assert hand.powerscan


@pytest.mark.parametrize("name", ["zebra-ssi", "honeywell-hidpos", "generic-wedge"])
def test_a_model_that_is_on_no_such_line_has_another_twin(name: str) -> None:
    with pytest.raises(LocalError, match="that is another twin"):
        serial_twin(scanner_model(name))
