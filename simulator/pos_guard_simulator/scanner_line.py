"""A serial scanner twin with the faults of ``scanner_faults`` on its line. Sans-IO.

It stands between any serial twin and its port: on a pty, a socket, or as CDC-ACM on the USB.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from pos_guard.errors import LocalError
from pos_guard.frames import ssi
from pos_guard.frames.decoded import Json
from pos_guard.frames.ssi import Op
from pos_guard.frames.ssi_table import code_of
from pos_guard.frames.symbology import symbology as symbol_of
from pos_guard.links.session import CancelTimer, CloseApp, Effects, SetTimer, ToApp
from pos_guard_simulator import scanner_state
from pos_guard_simulator.faults.cordless import Cordless
from pos_guard_simulator.scanner_faults import (
    MODEM_ECHO,
    MODEM_PROBE,
    SERIAL_FAULTS,
    SSI_FAULTS,
    ScannerFault,
)
from pos_guard_simulator.scanner_shown import Seen, check_fault, encoded
from pos_guard_simulator.scanner_ssi import SsiFault, SsiScanner
from pos_guard_simulator.scanner_state import SerialTwin

PACE, MERGE, PULL, LOOK = "line-pace", "line-merge", "line-pull", "line-look"
"""Its timers; all others are the twin's."""

SPLIT_SECONDS = 0.001
"""Between bytes that come one by one: long enough for a reader to see each alone."""

SLOW_SECONDS = 0.01
"""Between the bytes of a slow scanner: 1200 baud, and far from the silence that ends a scan."""

MERGE_SECONDS = 0.5
"""How long a scan waits for another one to come along with."""

PULL_SECONDS = 0.05
"""From the half scan to the pulled cable: time for its bytes to arrive."""

LOOK_SECONDS = 0.2
"""From the opened port to the first look at a code that lies there: time to be set up."""

MAX_PACED = 1 << 20
"""Bytes that wait for their turn; a scan has 7,168."""

_PACES = {ScannerFault.SPLIT: SPLIT_SECONDS, ScannerFault.SLOW: SLOW_SECONDS}
_UNASKED = frozenset({Op.DECODE_DATA, Op.EVENT})


class ScannerLine:
    """The twin for a port; whoever plays with it uses it as a ShownScanner.

    ``heard`` counts the host's bytes, ``missed`` codes shown in vain, ``refused`` set-up codes
    that it did not read because it was locked.
    """

    def __init__(self, twin: SerialTwin, encoding: str = "utf-8") -> None:
        self.twin = twin
        self.encoding = encoding
        self.faults: frozenset[ScannerFault] = frozenset()
        self.heard = self.missed = self.refused = 0
        self._cordless = Cordless()
        self._paced: deque[int] = deque(maxlen=MAX_PACED)
        self._held = b""
        self._lies: tuple[str | bytes, str] | None = None
        self._undo: Callable[[], None] | None = None

    @property
    def fault_names(self) -> tuple[str, ...]:
        """The faults that this scanner can have."""
        more: Iterable[SsiFault] = SSI_FAULTS if isinstance(self.twin, SsiScanner) else ()
        return tuple(sorted((*map(str, SERIAL_FAULTS), *map(str, more))))

    # -- for whoever plays with it --------------------------------------------------------------

    def show(self, code: str | bytes, symbology: str = "]Q1") -> Seen:
        """Somebody shows it a code.

        :raises LocalError: see ShownScanner.
        """
        name = self._symbol(symbology)
        data = encoded(code, self.encoding, wrong=ScannerFault.WRONG_CODE_PAGE in self.faults)
        why = scanner_state.why_not(self.twin)
        if not why and ScannerFault.NO_READ in self.faults:
            why = str(ScannerFault.NO_READ)
        why = why or self._cordless.refuses(self.faults)
        if why:
            self.missed += 1
            return Seen(why=why)
        if ScannerFault.SET_UP_CODE in self.faults:
            self._show_set_up()
        return Seen(self._scanned(self._read(data, name)))

    def scan(self, payload: str | bytes, symbology: str = "]Q1") -> Effects:
        """As ``show``, for those who do not ask whether it was read."""
        return self.show(payload, symbology).effects

    def lay(self, code: str | bytes, symbology: str = "]Q1") -> Effects:
        """Put a code before it, which it reads as soon as somebody listens and it reads at all."""
        self._lies = (code, symbology)
        return self._look()

    def pull(self) -> Effects:
        """Somebody pulls its trigger."""
        return [*scanner_state.pull(self.twin), *self._look()]

    def arm(self, fault: str) -> Effects:
        """A fault begins; those of SSI packets strike once.

        :raises LocalError: for one that this scanner cannot have.
        """
        check_fault(fault, self.fault_names)
        if fault in list(ScannerFault):
            self.faults |= {ScannerFault(fault)}
        elif isinstance(self.twin, SsiScanner):
            self.twin.fault(SsiFault(fault))
        return []

    def clear(self, fault: str) -> Effects:
        """A fault ends; what it held back comes.

        :raises LocalError: for one that this scanner cannot have.
        """
        check_fault(fault, self.fault_names)
        self.faults = frozenset(one for one in self.faults if one != fault)
        if fault == ScannerFault.BATTERY:
            self._cordless.charge()
        if fault == ScannerFault.SET_UP_CODE and self._undo is not None:
            self._undo()
            self._undo = None
        return self._merged() if fault == ScannerFault.MERGED else []

    def state(self) -> Mapping[str, Json]:
        """What it did and was told so far."""
        seen = scanner_state.signals(self.twin)
        return {
            "faults": [str(fault) for fault in sorted(self.faults)],
            "scans": self.twin.scans,
            "missed": self.missed,
            "beeps": seen.beeps + self._cordless.beeps,
            "good_beeps": seen.good_beeps,
            "leds": seen.leds,
            "enabled": scanner_state.enabled(self.twin),
            "reads": not scanner_state.why_not(self.twin),
            "locked": scanner_state.locked(self.twin),
            "refused_set_ups": self.refused,
            "heard": self.heard,
        }

    # -- for the port ---------------------------------------------------------------------------

    def connected(self) -> Effects:
        """Somebody opened the port."""
        effects = self._said(self.twin.connected())
        if ScannerFault.MODEM_MANAGER in self.faults:
            # Its answers went to ModemManager; commands among the probe work all the same.
            effects += self._without_bytes(self.twin.data(MODEM_PROBE))
            effects += self._said([ToApp(MODEM_ECHO)])
        if self._lies is not None:
            effects.append(SetTimer(LOOK, LOOK_SECONDS))
        return effects

    def data(self, data: bytes) -> Effects:
        """The host sent bytes."""
        self.heard += len(data)
        effects = self.twin.data(data)
        if ScannerFault.NO_ANSWER in self.faults:
            effects = [one for one in effects if not self._answers(one)]
        return [*self._said(effects), *self._look()]

    def closed(self) -> Effects:
        """The host hung up: what was still to come is lost."""
        self._paced.clear()
        self._held = b""
        timers: Effects = [CancelTimer(name) for name in (PACE, MERGE, PULL, LOOK)]
        return [*timers, *self._without_bytes(self.twin.closed())]

    def timer(self, name: str) -> Effects:
        """Its own, or the twin's."""
        match name:
            case "line-pace":
                return self._next_byte()
            case "line-merge":
                return self._merged()
            case "line-pull":
                return [CloseApp("unplugged")]
            case "line-look":
                return self._look()
            case _:
                return self._said(self.twin.timer(name))

    # -- what becomes of a scan -----------------------------------------------------------------

    def _symbol(self, aim: str) -> str:
        """What the twin wants to know: SSI has names of its own for symbologies.

        :raises LocalError: for a symbology that SSI cannot tell.
        """
        if not isinstance(self.twin, SsiScanner):
            return aim
        symbol = symbol_of(aim)
        if symbol is None or code_of(symbol) is None:
            raise LocalError(f"SSI has no code type for {aim}")
        return symbol

    def _read(self, data: bytes, name: str) -> Effects:
        effects = self.twin.scan(data, name)
        if ScannerFault.DOUBLE not in self.faults:
            return effects
        if isinstance(self.twin, SsiScanner):  # a message of its own, with its acknowledgement
            return [*effects, *self.twin.scan(data, name)]
        return [*effects, *(one for one in effects if isinstance(one, ToApp))]

    def _show_set_up(self) -> None:
        if scanner_state.locked(self.twin):
            self.refused += 1
        elif self._undo is None:
            self._undo = scanner_state.set_up(self.twin)

    def _scanned(self, effects: Effects) -> Effects:
        """The bytes of a scan, with what goes wrong with a whole one."""
        data = _bytes_of(effects)
        rest = self._without_bytes(effects)
        if self.faults & {ScannerFault.CUT, ScannerFault.UNPLUG}:
            data = data[: len(data) // 2]
        if ScannerFault.UNPLUG in self.faults:
            rest.append(SetTimer(PULL, PULL_SECONDS))
        elif ScannerFault.MERGED in self.faults and not self._held:
            self._held = data
            return [*rest, SetTimer(MERGE, MERGE_SECONDS)]
        elif not self.faults & {ScannerFault.CUT, ScannerFault.MERGED}:
            return self._said(effects)
        return [*rest, *self._merged(data)]

    def _merged(self, data: bytes = b"") -> Effects:
        """What was held for its companion, and the companion."""
        held, self._held = self._held, b""
        out = self._said([ToApp(held + data)]) if held + data else []
        return [CancelTimer(MERGE), *out] if held else out

    def _said(self, effects: Effects) -> Effects:
        """Anything that it says, at the speed at which it comes."""
        pace = self._pace()
        if not pace and not self._paced:
            return effects
        idle = not self._paced
        self._paced += _bytes_of(effects)
        rest = self._without_bytes(effects)
        return [*rest, *self._next_byte()] if idle else rest

    def _pace(self) -> float:
        return max((_PACES.get(fault, 0.0) for fault in self.faults), default=0.0)

    def _next_byte(self) -> Effects:
        if not self._paced:
            return []
        pace = self._pace()
        if not pace:  # the fault was cleared: the rest comes at once
            rest = bytes(self._paced)
            self._paced.clear()
            return [ToApp(rest)]
        byte = bytes([self._paced.popleft()])
        return [ToApp(byte), SetTimer(PACE, pace)] if self._paced else [ToApp(byte)]

    def _look(self) -> Effects:
        """Read the code that lies there, if it reads now."""
        if self._lies is None or not self.twin.host_there or scanner_state.why_not(self.twin):
            return []
        (code, symbology), self._lies = self._lies, None
        return self.show(code, symbology).effects

    def _answers(self, effect: object) -> bool:
        """Whether this is an answer to the host: anything but a scan, where both are packets."""
        if not isinstance(effect, ToApp):
            return False
        if isinstance(self.twin, SsiScanner):
            return len(effect.data) >= ssi.HEADER and effect.data[1] not in _UNASKED
        return True

    @staticmethod
    def _without_bytes(effects: Effects) -> Effects:
        return [one for one in effects if not isinstance(one, ToApp)]


def _bytes_of(effects: Effects) -> bytes:
    return b"".join(one.data for one in effects if isinstance(one, ToApp))
