"""The serial twin of a scanner model, set as that scanner leaves its factory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_guard.errors import LocalError
from pos_guard.frames.scanner_model import ScannerModel
from pos_guard_simulator.scanner import Scanner, ScannerTwinSettings
from pos_guard_simulator.scanner_menu import HoneywellScanner, NewlandScanner
from pos_guard_simulator.scanner_menu_bytes import DatalogicScanner, De2120Scanner, Em3000Scanner
from pos_guard_simulator.scanner_register import RegisterScanner

_ENDS = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t", "any": b"\r", "idle": b""}

_Maker = Callable[[ScannerModel, ScannerTwinSettings, bool], Scanner]


def factory_settings(model: ScannerModel) -> ScannerTwinSettings:
    """The line end and what stands around a scan; CR where the model does not say."""
    return ScannerTwinSettings(
        terminator=_ENDS[model.end],
        prefix=model.prefix,
        suffix=model.suffix,
        encoding=model.encoding,
    )


def serial_twin(
    model: ScannerModel, settings: ScannerTwinSettings | None = None, *, free: bool = True
) -> Scanner:
    """A twin that speaks this model's language; ``free``: it reads without a trigger.

    :raises LocalError: for a model that is on no serial line, or whose twin is another (SSI, USB).
    """
    if model.language not in _MAKERS:
        raise LocalError(f"{model.name} speaks {model.language}: that is another twin")
    return _MAKERS[model.language](model, settings or factory_settings(model), free)


def _datalogic(model: ScannerModel, settings: ScannerTwinSettings, free: bool) -> Scanner:
    powerscan = "not-on-file-disables" in model.quirks
    return DatalogicScanner(settings, free=free, powerscan=powerscan)


_MAKERS: Mapping[str, _Maker] = {
    "lines": lambda _, settings, __: Scanner(settings),
    "honeywell": lambda _, settings, free: HoneywellScanner(settings, free=free),
    "newland": lambda _, settings, free: NewlandScanner(settings, free=free),
    "de2120": lambda _, settings, free: De2120Scanner(settings, free=free),
    "datalogic": _datalogic,
    "em3000": lambda _, settings, __: Em3000Scanner(settings),
    "register": lambda model, settings, free: RegisterScanner(model, settings, free=free),
}
