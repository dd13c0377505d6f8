"""Frames and framers, one file a protocol. Pure: bytes in, frozen dataclasses out."""
