"""Tapes: what went over the line of a real device, kept as JSON lines, and the twin made of it."""
