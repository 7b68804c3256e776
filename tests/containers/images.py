"""The project's own images, built once on the base that `.ci/base-image` makes, for all tests that need them.

`stage_image()` gives the name of the image that agents meet. It builds what changed since the last time: some 30
seconds for the first time on a machine, some 10 after a change of code, one otherwise. Wheels are gathered by
`examples/ci/wheelhouse.sh` and kept in `.tools/wheels`.
"""

import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.jails import built_image

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools"
STAGE_IMAGE = "stage:tests"
_BUILD_IMAGE = "stage-build:tests"
"""Kept by name so that the one that it replaces can be removed."""
_CONTEXT = (
    "Dockerfile",
    ".dockerignore",
    "pyproject.toml",
    "requirements",
    "worlds",
    "fault_injection",
    "sandbox_server",
)


@functools.cache
def stage_image() -> str:
    """The name of the built stage image; skips where no containers can be run."""
    base = built_image()
    with _alone("images"), tempfile.TemporaryDirectory() as place:
        context = Path(place)
        for name in _CONTEXT:
            _copy(ROOT / name, context / name)
        _copy(wheels(base, "stage", "build"), context / "wheelhouse")
        _built(context, base, "stage-build", _BUILD_IMAGE)
        _built(context, base, "stage", STAGE_IMAGE)
    return STAGE_IMAGE


def wheels(base: str, *locks: str) -> Path:
    """A folder with the wheels of some locks for the Python of an image."""
    version = told("run", "--rm", base, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    script = ROOT / "examples/ci/wheelhouse.sh"
    content = b"".join((ROOT / "requirements" / f"{lock}.txt").read_bytes() for lock in locks)
    key = hashlib.sha256(content + script.read_bytes() + version.encode()).hexdigest()[:16]
    folder = TOOLS / "wheels" / key
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        environment = {**os.environ, "PYTHON": sys.executable, "PYTHON_VERSION": version}
        subprocess.run([script, partial, *locks], env=environment, check=True)
        partial.rename(folder)
    return folder


def told(*words: str) -> str:
    """What a `docker` command prints."""
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """One process at a time."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def _built(context: Path, base: str, target: str, tag: str) -> None:
    """Build a target without any network, and remove the image that it replaces."""
    before = subprocess.run(["docker", "images", "-q", tag], capture_output=True, text=True, check=True).stdout.strip()
    words = ["docker", "build", "-q", "--network", "none", "--build-arg", f"BASE_IMAGE={base}", "--target", target]
    environment = {**os.environ, "DOCKER_BUILDKIT": "0" if shutil.which("docker-buildx") is None else "1"}
    done = subprocess.run(
        [*words, "-t", tag, str(context)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if before and before != told("images", "-q", tag):
        subprocess.run(["docker", "image", "rm", before], capture_output=True, check=False)  # a container may use it
