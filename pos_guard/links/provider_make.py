"""A provider's profile as settings name it: one of this package, or a file of the shop's own.

All settings come by here, so what reads profiles is loaded only where there is one to read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pos_guard.strict import read_text

if TYPE_CHECKING:
    from pos_guard.frames.provider_profile import Profile

_ENDING = ".toml"


def is_own(name: str) -> bool:
    """Tell whether a profile's name is that of a file, not of one that comes with this package."""
    return name.endswith(_ENDING)


def read_profile(name: str) -> Profile:
    """The profile of that name, or of that file.

    :raises LocalError: there is no such profile, or the file is wrong; it names all that is.
    """
    from pos_guard.frames.provider_profile_file import parse_profile, profile

    if not is_own(name):
        return profile(name)
    path = Path(name)
    return parse_profile(path.stem, read_text(path, str(path)))
