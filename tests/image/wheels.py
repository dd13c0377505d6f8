"""The wheel of this checkout and those that it needs, for the Python of the image."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

from tests.image.engine import SECONDS, UnavailableError
from tests.image.recipe import ROOT
from tests.image.stand_in import PYTHON

MANYLINUX = ("2_28", "2_27", "2_24", "2_17")
"""Wheels for these and later C libraries; Debian 13 has 2.41."""


def wheels(folder: Path, extra: str) -> Path:
    """Put them there; the one of this checkout.

    :raises UnavailableError: when the others cannot be had.
    """
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (made,) = folder.glob("pos_guard-*.whl")
    platforms = [f"--platform=manylinux_{one}_{platform.machine()}" for one in MANYLINUX]
    only = ("--only-binary=:all:", f"--python-version={PYTHON}", *platforms)
    _pip("download", *only, "--dest", str(folder), f"{made}[{extra}]")
    return made


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise UnavailableError(f"pip {words[0]}: {done.stderr.strip()[-500:]}")
