"""A till that calls its vendor's library through ctypes; it knows nothing of pos-guard.

``till.py LIBRARY TYPE CENTS [ORIGINAL]``: type 1 is a sale, 2 a void, 3 a refund.
"""

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
answer = ctypes.create_string_buffer(256)
original = sys.argv[4].encode() if len(sys.argv) > 4 else None
transact = library.mis_transact
transact.argtypes = [
    ctypes.c_int,
    ctypes.c_longlong,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_int,
]
code = transact(int(sys.argv[2]), int(sys.argv[3]), original, answer, len(answer))
print("paid" if code == 0 else f"refused {code}", answer.value.decode(errors="replace"))
sys.exit(code != 0)
