"""Every error that pos-guard raises, in one tree.

::

    PosGuardError
    ├── LocalError           you did something wrong: a value, a setting, an order of calls
    │   ├── SettingsError        a settings or policy file is wrong (also ValueError)
    │   └── NotPermittedError    this person may not do this (also PermissionError)
    ├── RemoteError          the other side sent something wrong (also ValueError)
    │   └── FrameError           bytes that are no valid frame of their protocol
    ├── PortError            a transport failed (also OSError)
    │   ├── PortClosedError      the other side is gone (also ConnectionError)
    │   ├── PortTimeoutError     the deadline passed (also TimeoutError)
    │   └── PortBusyError        somebody else holds the device
    ├── DeviceError          a device answered, and the answer is no
    ├── StoreError           the store cannot be read, written or trusted
    │   ├── DiskError            the disk below it is full, read-only or failing
    │   ├── TamperError          the audit log was changed
    │   └── SchemaError          written by a newer program
    └── RefusedError         the guard's verdict forbids it (carries the decision)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class PosGuardError(Exception):
    """Root of all errors of this package."""


class LocalError(PosGuardError):
    """The caller did something wrong."""


WHOLE_FILE = "(file)"
"""The path of what is wrong with a file as a whole."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a settings file.

    ``path`` is the dotted key (``rules.within-limit.mode``); ``line`` counts from 1, or is None
    where the file does not mention the key. ``file``: where this is another than the error's.
    """

    path: str
    message: str
    line: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        path = "" if self.path == WHOLE_FILE else f"{self.path}: "
        return f"{where}{path}{self.message}"


class SettingsError(LocalError, ValueError):
    """A settings or policy file is wrong; ``problems`` lists everything, not only the first."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{found.file or file}: {found}" for found in self.problems))


class NotPermittedError(LocalError, PermissionError):
    """A person may not do this: wrong PIN, locked out, no such right.

    The message never tells which of id or PIN was wrong.
    """


class RemoteError(PosGuardError, ValueError):
    """The other side sent something that its protocol does not allow."""


class FrameError(RemoteError):
    """Bytes that are no valid frame.

    ``code`` is a short stable name (``truncated``, ``duplicate-field``, ``not-bcd``, ``checksum``,
    ``length``, ``trailing``, ``unknown-field``, ``not-canonical`` …), ``at`` the byte offset in
    what was parsed, or None.
    """

    def __init__(self, code: str, message: str, at: int | None = None) -> None:
        self.code = code
        self.at = at
        super().__init__(message)


class PortError(PosGuardError, OSError):
    """A transport failed. ``sent`` counts the bytes the operating system took before it did.

    ``perhaps``: so many bytes after these may have left too (of a USB transfer that broke).
    """

    def __init__(self, message: str, *, sent: int = 0, perhaps: int = 0) -> None:
        self.sent = sent
        self.perhaps = perhaps
        super().__init__(message)


class PortClosedError(PortError, ConnectionError):
    """The other side is gone: unplugged, hung up, closed."""


class PortTimeoutError(PortError, TimeoutError):
    """The deadline passed first. Bytes already taken may still arrive: never blindly repeat."""


class PortBusyError(PortError):
    """Somebody else holds the device."""


class DeviceError(PosGuardError):
    """A device answered, and the answer is no.

    ``code`` is a UnifiedPOS ErrorCode name (``E_OFFLINE``, ``E_TIMEOUT`` …), ``extended`` the
    ErrorCodeExtended name (``EPTR_COVER_OPEN``, ``EPTR_REC_EMPTY``) or None.
    """

    def __init__(self, code: str, message: str, extended: str | None = None) -> None:
        self.code = code
        self.extended = extended
        super().__init__(message)


class StoreError(PosGuardError):
    """The store cannot be read, written or trusted: nothing that moves money out may go on."""


class DiskTrouble(StrEnum):
    """What keeps a record from being written."""

    FULL = "full"
    READONLY = "readonly"
    FAILING = "failing"


class DiskError(StoreError):
    """The disk cannot take the record: ``trouble`` says why, ``where`` is the directory on it.

    Nothing of what was to be written counts; the same may work again once the disk does.
    """

    def __init__(self, message: str, trouble: DiskTrouble, where: str) -> None:
        self.trouble = trouble
        self.where = where
        super().__init__(message)


class TamperError(StoreError):
    """The audit log was changed. ``seq`` is the first record that does not fit, or None."""

    def __init__(self, message: str, seq: int | None = None) -> None:
        self.seq = seq
        super().__init__(message)


class SchemaError(StoreError):
    """The store was written by a newer program."""
