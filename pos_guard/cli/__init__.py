"""The command line: arguments in, words out. Nothing else in pos-guard prints."""

from __future__ import annotations

import sys

# Not from typing: a health check asks for the version every few seconds.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Run ``pos-guard``; exits 0 for yes or done, 1 for no, 2 for usage or unreadable input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        # Asked by every health check of a terminal: not worth loading the command line for.
        from pos_guard import __version__

        print(f"pos-guard {__version__}")
        return
    from pos_guard.cli.main import run

    run(arguments)
