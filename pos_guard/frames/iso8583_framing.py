"""Cuts a stream into ISO 8583 messages by the length in front of each. Knows nothing of fields."""

from __future__ import annotations

from pos_guard.errors import FrameError
from pos_guard.frames.iso8583_profile import MAX_MESSAGE, Profile


class LengthFramer:
    """Buffer in, whole messages out, without their lengths.

    It never holds more than one message and what came behind it in the last piece.
    """

    def __init__(self, profile: Profile) -> None:
        self._length = profile.length
        self._shortest = profile.shortest
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes that are no whole message yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take bytes of the stream."""
        self._buffer += data

    def take(self) -> bytes | None:
        """The next whole message, None until there is one.

        :raises FrameError: ``length``: more than ``MAX_MESSAGE`` or less than any message has;
            the stream cannot be followed any further.
        """
        size = self._length.size
        if len(self._buffer) < size:
            return None
        count = self._length.read(bytes(self._buffer[:size]))
        if not self._shortest <= count <= MAX_MESSAGE:
            limits = f"{self._shortest} to {MAX_MESSAGE}"
            raise FrameError("length", f"{count} bytes announced: a message has {limits}", 0)
        if len(self._buffer) < size + count:
            return None
        message = bytes(self._buffer[size : size + count])
        del self._buffer[: size + count]
        return message

    def drop(self) -> bytes:
        """Forget everything; returns what was left."""
        left = bytes(self._buffer)
        self._buffer.clear()
        return left
