"""The image is built once, and only if POS_GUARD_IMAGE says by what: podman, or docker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator

import pytest

from tests.image.dockerd import docker
from tests.image.engine import Engine, UnavailableError
from tests.image.podman import podman
from tests.image.recipe import FOLDER, build_line
from tests.image.stand_in import stand_in
from tests.image.wheels import wheels

ASKED = "POS_GUARD_IMAGE"
REQUIRED = "POS_GUARD_REQUIRE_IMAGE"
ENGINES = {"podman": podman, "docker": docker}


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine, None, None]:
    """An engine that has built the Dockerfile as it stands, in a folder with it and wheels."""
    asked = os.environ.get(ASKED)
    if not asked:
        pytest.skip(f"{ASKED}=podman builds the image and runs it, as tox -e image does")
    try:
        with ENGINES[asked](tmp_path_factory.mktemp("image")) as made:
            folder = made.place / "examples" / "ci"
            shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.whl"))
            wheels(folder, "dashboard")
            stand_in(made)
            made.says(build_line())
            yield made
    except UnavailableError as error:
        if os.environ.get(REQUIRED):
            pytest.fail(f"no image: {error}")
        pytest.skip(f"no image: {error}; {REQUIRED}=1 makes this a failure")
