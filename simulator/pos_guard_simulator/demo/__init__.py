"""The demo: a whole shift on simulated hardware, through real ptys and sockets.

``devices`` are the shop's, ``stage`` sets it up, ``scenes_*`` are what happens in it, ``shift``
plays them, ``report`` shows what came of them. The till knows nothing of pos-guard.
"""
