"""In CI hypothesis tries the same examples in every run: a landing is not a matter of luck.

Everywhere else it looks for new ones, so that bugs are found before a landing, not by it.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
