"""Byte transports: serial, TCP, pty, memory. They know deadlines and no meaning."""
