"""The daemon, with its modules loaded before it is wanted: that takes seconds in the guest.

It waits for the directory with its ``guard.toml`` on standard input, and is ``pos-guard run`` then.
"""

from __future__ import annotations

import os
import sys

from pos_guard.cli import main
from pos_guard.cli.run import command

if __name__ == "__main__":
    os.chdir(sys.stdin.readline().rstrip("\n"))
    main([str(command.name), "--config", "guard.toml"])
