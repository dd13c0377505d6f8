"""How answers of a simulated ISO 8583 host are spoiled, and the words that it understands."""

from __future__ import annotations

from dataclasses import replace

from pos_guard.frames.iso8583 import Message, build, parse
from pos_guard.frames.iso8583_answer import swapped
from pos_guard.frames.iso8583_profile import Profile
from pos_guard_simulator.payment_words import Vocabulary, Wrong
from pos_guard_simulator.payment_wrongs import Spoil


def spoils_of(profile: Profile) -> dict[Wrong, Spoil]:
    """The host's own ways to be wrong. There is no ACK, and its MAC (field 64) is the check."""
    size = profile.length.size

    def read(frame: bytes) -> Message:
        return parse(frame[size:], profile)

    def framed(message: Message) -> bytes:
        unit = build(message, profile)
        return profile.length.write(len(unit)) + unit

    def changed(frame: bytes, number: int, value: str) -> bytes:
        message = read(frame)
        return framed(replace(message, fields={**message.fields, number: value}))

    def turned(frame: bytes) -> bytes:
        message = read(frame)
        return framed(replace(message, tpdu=swapped(message.tpdu)))

    return {
        Wrong.GLUE: lambda frame: (changed(frame, 11, "999999") + frame,),
        Wrong.BAD_CHECK: lambda frame: (changed(frame, 64, "0" * 16),),
        Wrong.BAD_LENGTH: lambda frame: (profile.length.write(len(frame)) + frame[size:],),
        Wrong.WRONG_TPDU: lambda frame: (turned(frame),),
        Wrong.FOREIGN: lambda frame: (changed(frame, 41, "99999999"),),
        Wrong.WRONG_TRACE: lambda frame: (changed(frame, 11, "999999"),),
        # After a length that cannot be, nobody can tell where the next message begins.
        Wrong.GARBAGE: lambda _: (b"\xff" * 40,),
    }


VOCABULARY = Vocabulary(
    "[0-9A-Z]{2}",
    "CC",
    frozenset(
        {
            Wrong.SPLIT,
            Wrong.GLUE,
            Wrong.DUPLICATE,
            Wrong.BAD_CHECK,
            Wrong.BAD_LENGTH,
            Wrong.GARBAGE,
            Wrong.LOST,
            Wrong.FOREIGN,
            Wrong.WRONG_TRACE,
            Wrong.WRONG_TPDU,
        }
    ),
)
