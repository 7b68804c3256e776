"""What tests of isolation need: where it cannot be had they are left out, except on CI, where that is a failure."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.containers.ownership import OWNER_LABEL
from harness.containers.program import PROGRAM
from harness.isolation import isolations

IMAGE = "bare-python:tests"
"""An image with nothing but a Python."""
BUILD = Path(__file__).parents[2] / ".ci/base-image"
WHY_NOT = isolations.get("namespace").refusal()
needs_namespace = pytest.mark.skipif(WHY_NOT is not None and not os.environ.get("CI"), reason=str(WHY_NOT))
ISOLATIONS = ["none", pytest.param("namespace", marks=needs_namespace), "container"]
"""Values for a parameter `isolation`; a test that has it as `container` gets the image built."""
JAILS = ISOLATIONS[1:]


@functools.cache
def built_image() -> str:
    """The image, which CI builds where it is missing."""
    refusal = isolations.get("container").refusal(IMAGE)
    if refusal is None:
        return IMAGE
    if not os.environ.get("CI") or os.environ.get("WITHOUT_CONTAINERS"):
        pytest.skip(f"{refusal} ({BUILD.parent.name}/{BUILD.name} {IMAGE} builds what the tests need)")
    subprocess.run([BUILD, IMAGE], check=True)
    assert isolations.get("container").refusal(IMAGE) is None
    return IMAGE


def words_of(isolation: str) -> list[str]:
    """The words of a command line that ask for an isolation."""
    return ["--isolation", isolation, *(["--image", IMAGE] if isolation == "container" else [])]


def python_in(isolation: str) -> str:
    """The Python that an agent in an isolation is run by."""
    return "python3" if isolation == "container" else sys.executable


def containers_of(pid: int) -> list[str]:
    """The containers that belong to a process."""
    if shutil.which(PROGRAM) is None:
        return []
    shown = f'{{{{.ID}}}} {{{{.Label "{OWNER_LABEL}"}}}}'
    told = subprocess.run(["docker", "ps", "-a", "--format", shown], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in told.splitlines() if f"/{pid}/" in line]
