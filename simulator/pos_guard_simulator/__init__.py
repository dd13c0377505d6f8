"""Simulated printers, scanners, payment terminals and hosts, to test a whole till without hardware.

Every twin is sans-IO: bytes and timers in, effects out. ``bench`` puts twins on real ports.
"""
