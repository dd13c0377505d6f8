"""Scanners without I/O: what each kind of scanner says, and how it is told things.

One file a language, all of one shape (:mod:`pos_guard.scanners.language`); links and drivers use
the same ones.
"""
