"""What a simulated ZVT terminal can be told to do, in the words of all payment twins."""

from __future__ import annotations

from pos_guard_simulator.payment_words import Vocabulary, Wrong

_RC = "[0-9A-Fa-f]{2}"

VOCABULARY = Vocabulary(
    code=_RC,
    shown="RC",
    wrongs=frozenset(
        {
            Wrong.LATE_ACK,
            Wrong.NO_ACK,
            Wrong.NAK,
            Wrong.SPLIT,
            Wrong.GLUE,
            Wrong.DUPLICATE,
            Wrong.BAD_CHECK,
            Wrong.BAD_LENGTH,
            Wrong.GARBAGE,
            Wrong.LOST,
        }
    ),
    more={"refuse": f":{_RC}", "abort": f"(:{_RC})?"},
)
"""RC is a result code in two hex digits. ``refuse:RC`` answers 84 RC at once; ``abort:RC`` approves
and then ends with 06 1E. ``reversed:MS`` approves, and that end comes so much later."""
