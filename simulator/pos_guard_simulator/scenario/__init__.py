"""A scenario: devices, what happens to them and when, and what is expected at the end.

``file`` reads it, ``play`` and ``checks`` are its pure heart (events in; steps that are due and
what is not met out), ``run`` puts it on a stage beside the program under test.
"""
