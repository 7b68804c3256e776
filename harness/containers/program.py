"""The program `docker`, and what may be missing for it.

The program is used rather than its API: it knows the user's contexts and settings, and it is a process that a keeper
can hold to the life of a run.
"""

import shutil
import subprocess
import sys
from typing import Final

from harness.isolation import IsolationError

PROGRAM: Final = "docker"
ANSWER_SECONDS_MAX: Final = 60.0


def docker(*words: str) -> str:
    """What the program answers. Raises IsolationError with its words when it fails."""
    try:
        asked = subprocess.run(
            [PROGRAM, *words], capture_output=True, text=True, timeout=ANSWER_SECONDS_MAX, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise IsolationError(f"docker does not answer: {error}") from None
    if asked.returncode != 0:
        raise IsolationError(f"docker {words[0]}: {asked.stderr.strip().rpartition(chr(10))[2]}")
    return asked.stdout.strip()


def missing(image: str) -> str | None:
    """What is missing here to run containers of an image, and how to get it; None when nothing is."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if shutil.which(PROGRAM) is None:
        return "it needs Docker (the program docker), which is not installed"
    try:
        docker("version", "--format", "{{.Server.Version}}")
    except IsolationError as error:
        return f"Docker's daemon cannot be asked: {error.message.removeprefix('docker version: ')}"
    if not image:
        return "it needs an image with what the agent needs: --image NAME"
    try:
        docker("image", "inspect", "--format", "{{.Id}}", image)
    except IsolationError:
        return f"there is no image {image!r} on this machine: docker pull {image}, or docker build -t {image} FOLDER"
    return None
