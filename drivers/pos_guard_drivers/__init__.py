"""Drivers for printers and scanners: frames and ports put to work, blocking, with deadlines.

A driver is found by its entry point in the group ``pos_guard.drivers``.
"""
