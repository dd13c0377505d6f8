"""The parameters of an SSI decoder: for now, for good, and the defaults."""

from __future__ import annotations

from collections.abc import Mapping

from pos_guard.errors import FrameError
from pos_guard.frames.ssi import MAX_DATA
from pos_guard.frames.ssi_parameters import (
    ALL,
    Parameter,
    build_parameters,
    read_numbers,
    read_parameters,
)
from pos_guard.frames.ssi_table import parameters

MAX_PARAMETERS = 256
"""Parameters kept beside those of the table: a host that sets more has lost its way."""

_WRITE, _RESTORE = 0x00, 0x01


class Memory:
    """Parameter numbers and their values, of one byte each."""

    def __init__(self, own: Mapping[int, int]) -> None:
        self._factory = {number: row.default for number, row in parameters().items()} | dict(own)
        self._custom = dict(self._factory)
        self._permanent = dict(self._factory)
        self._now = dict(self._factory)

    def __getitem__(self, number: int) -> int:
        return self._now.get(number, 0)

    def boot(self) -> None:
        """The power was gone: temporary changes are."""
        self._now = dict(self._permanent)

    def defaults(self) -> None:
        """PARAM_DEFAULTS."""
        self._permanent = dict(self._custom)
        self.boot()

    def custom(self, data: bytes) -> bool:
        """CUSTOM_DEFAULTS: keep what is set as the defaults, or take the factory's again."""
        if data not in (bytes([_WRITE]), bytes([_RESTORE])):
            return False
        self._custom = dict(self._now if data[0] == _WRITE else self._factory)
        return True

    def change(self, data: bytes, *, permanent: bool) -> bool:
        """PARAM_SEND. Nothing is changed, and False returned, where any of it cannot be."""
        try:
            wanted = read_parameters(data)
        except FrameError:
            return False
        room = len(self._now) < MAX_PARAMETERS
        if not data or not all(len(one.value) == 1 for one in wanted) or not room:
            return False
        changes = {one.number: one.value[0] for one in wanted}
        self._now |= changes
        if permanent:
            self._permanent |= changes
        return True

    def told(self, asked: bytes) -> bytes | None:
        """The data of the answer to PARAM_REQUEST, without those that nobody knows; None: cut."""
        try:
            numbers = tuple(sorted(self._now)) if asked[:1] == bytes([ALL]) else read_numbers(asked)
        except FrameError:
            return None
        known = [n for n in numbers if n in self._now]
        return build_parameters(Parameter(n, bytes([self._now[n]])) for n in known)[:MAX_DATA]
