"""A guard between simulated devices and the app under test.

``settings`` writes what ``pos-guard run`` reads, for any set of device addresses (``devices`` knows
the link of each), and ``running`` runs that daemon in this process. ``inline`` puts one session
straight before one twin, with no port in between. ``policy`` and ``store`` are the shop behind
either, and ``verdicts`` reads what it decided.
"""
