"""A run from the command line: its options, and the program under test behind ``--``."""
