"""Simulated devices under the names of real ones, for programs in any language.

A program that is started with libumockdev's preload library sees ``/dev/bus/usb``,
``/dev/usb/lp0``, ``/dev/ttyACM0``, ``/dev/hidraw0`` and ``/dev/input/event5`` with twins behind
them. This package is the other end of that library: plain Python, of which nothing runs inside
the program.
"""
