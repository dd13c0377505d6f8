"""An image with the name that the Dockerfile begins with, for machines that reach no registry.

The real ``python:3.13-slim`` is Debian 13 with a Python 3.13 below ``/usr/local``. This is Debian
13 with Debian's own Python 3.13 in ``/usr/bin``: pip installs below ``/usr/local`` as there, once
Debian's word against it (PEP 668) is taken away. ``pip`` looks at no index, but only at what it is
given.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from tests.image.engine import SECONDS, Engine, UnavailableError

NAME = "docker.io/library/python:3.13-slim"
SUITE = "trixie"
PYTHON = "3.13"

MADE = (
    *("mmdebstrap", "--quiet", "--variant=minbase", "--include=python3-pip"),
    "--dpkgopt=force-unsafe-io",  # half the time, and what is half done is thrown away
)
HOOKS = (
    'ln -s python3 "$1/usr/bin/python"',
    f'rm "$1/usr/lib/python{PYTHON}/EXTERNALLY-MANAGED"',
    'printf "[global]\\nno-index = true\\n" > "$1/etc/pip.conf"',
)


def stand_in(engine: Engine) -> None:
    """Put it into the engine's store; it is made once and kept (180 MB).

    :raises UnavailableError: when Debian's packages cannot be had.
    """
    said = hashlib.sha256("\n".join((*MADE, *HOOKS, SUITE)).encode()).hexdigest()
    kept = _cache() / f"image-base-{said[:12]}.tar"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        _make(kept)
    engine.says(f"docker import --change 'CMD python3' '{kept}' {NAME}")


def _make(kept: Path) -> None:
    fresh = kept.with_name(f"{os.getpid()}-{kept.name}")
    command = [*MADE, *(f"--customize-hook={hook}" for hook in HOOKS), SUITE, str(fresh)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * SECONDS, check=False)
    if done.returncode:
        fresh.unlink(missing_ok=True)
        raise UnavailableError(f"mmdebstrap: {done.stderr.strip()[-500:]}")
    fresh.rename(kept)


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pos-guard"
