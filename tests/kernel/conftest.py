"""What is in ``guest`` needs the real kernel, as root, in a machine of its own: see ``boot.py``."""

from __future__ import annotations

import os

IN_GUEST = "POS_GUARD_GUEST"
"""Set by ``guest.sh`` inside the virtual machine, and nowhere else."""

collect_ignore_glob = [] if os.environ.get(IN_GUEST) else ["guest/*"]
