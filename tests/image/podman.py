"""podman as ``docker``, with a store of its own: no other image or container is seen or touched.

It takes Docker's commands and needs no daemon. As root: for other users podman maps the numbers of
users, and Docker does not.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.image.engine import LIMIT, Engine, needed, with_docker

CGROUP_2 = Path("/sys/fs/cgroup/cgroup.controllers")
"""There where the kernel's control groups are of the second kind alone."""

PROGRAMS = (("podman", "podman"), ("runc", "runc"), ("mmdebstrap", "mmdebstrap"))


@contextmanager
def podman(place: Path) -> Generator[Engine, None, None]:
    """Set it up in that folder, which is gone with all that is in it afterwards.

    :raises UnavailableError: when something is missing.
    """
    needed(PROGRAMS)
    settings = place / "containers.conf"
    settings.write_text(_settings(), encoding="ascii")
    options = f"--root {place}/store --runroot {place}/run --cgroup-manager cgroupfs"
    environment = with_docker(
        place,
        f"podman {options}",
        CONTAINERS_CONF=str(settings),
        BUILDAH_FORMAT="docker",  # the other one has no HEALTHCHECK
    )
    # Its own places to write, /tmp among them, are more than Docker leaves to a locked container.
    made = Engine(place, environment, locked="--read-only-tmpfs=false", watches=False)
    try:
        yield made
    finally:
        made.run("docker rm --force --all --time 0", place)
        made.run(f"umount '{place}/store/overlay'", place)  # the store is mounted onto itself
        shutil.rmtree(place)


def _settings() -> str:
    lines = [
        "[containers]",
        f'default_ulimits = ["nofile={LIMIT}:{LIMIT}", "nproc={LIMIT}:{LIMIT}"]',
        "[engine]",
        'events_logger = "file"',
    ]
    if not CGROUP_2.exists():
        lines.append('runtime = "runc"')  # crun refuses to run where both kinds are mounted
    return "\n".join([*lines, ""])
