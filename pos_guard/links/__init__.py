"""Interception sessions, one a protocol, and the shell that gives them I/O."""
