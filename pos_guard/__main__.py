"""``python -m pos_guard``: the command line."""

from pos_guard.cli import main

main()
