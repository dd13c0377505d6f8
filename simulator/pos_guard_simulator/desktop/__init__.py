"""Scanners that type into the focused window of an X11 session, without root."""
