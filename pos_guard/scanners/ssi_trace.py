"""What the remains of a damaged packet prove about the one that comes in its place."""

from __future__ import annotations

from pos_guard.frames.ssi import CHECKSUM, HEADER, Packet, Status, again

_STATUS = 3
"""Where the status byte stands, behind length, opcode and source."""


class Trace:
    """Tells a repetition of what was first said to us from one of what was said before we came.

    ``renewed``: the message that comes was first said while we listened, and is nobody's double.
    ``doubtful``: it follows something unreadable, and nothing says whether that was its beginning.
    """

    def __init__(self) -> None:
        self._fragment = b""
        self.renewed = self.doubtful = False

    def clear(self) -> None:
        """The message is over."""
        self._fragment = b""
        self.renewed = self.doubtful = False

    def lost(self, fragment: bytes) -> None:
        """A packet came damaged. Only the first one counts: the later ones are repetitions."""
        if not self._fragment and len(fragment) >= HEADER:
            self._fragment = fragment

    def proves(self, packet: Packet) -> bool:
        """The packet is what was lost, and that was no repetition."""
        fragment, raw = self._fragment, packet.raw
        if len(fragment) < HEADER or fragment[:_STATUS] != raw[:_STATUS]:
            return False
        if fragment[_STATUS] | Status.AGAIN != raw[_STATUS] or fragment[_STATUS] & Status.AGAIN:
            return False
        # With the checksum of the repetition it was one, and that bit is what was damaged.
        return len(fragment) < len(raw) or fragment[-CHECKSUM:] != raw[-CHECKSUM:]

    def fits(self, packet: Packet, before: Packet | None) -> bool:
        """The packet is what was lost, and that was not the part ``before`` it, once more.

        A sender that repeats a part has not heard that we have it: it may give up its message, and
        what comes then is of the next one.
        """
        head = self._fragment[:HEADER]
        if self.proves(packet):
            return True
        return head == packet.raw[:HEADER] and (
            before is None or head != again(before.raw)[:HEADER]
        )

    def found(self, packet: Packet) -> None:
        """The packet that came in its place."""
        self.renewed |= self.proves(packet)
        self.doubtful = not self.renewed
        self._fragment = b""
