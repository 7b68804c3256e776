"""Isolation by Linux namespaces, with bubblewrap: a machine that is read-only, without homes or other processes."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.acting.toolchains import toolchains
from harness.isolation import LOOPBACK, Ended, IsolationError, Jail, Jailed, isolations
from worlds import host

TOOL: Final = "bwrap"
TEMPORARY_BYTES_MAX: Final = 1024**3
"""How much a command may keep in temporary folders, which lie in memory."""
TRIAL_SECONDS_MAX: Final = 20.0
_WALLS: Final = (
    "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL",
    "--hostname", "localhost", "--die-with-parent", "--new-session",
)  # fmt: skip
_SYSTEM: Final = (
    "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
    *(word for name in ("sys", "irq", "bus", "sysrq-trigger") for word in ("--ro-bind-try", *2 * (f"/proc/{name}",))),
)  # fmt: skip
"""The machine, read-only; root's processes could otherwise change the kernel's settings, without any capability."""
_FLEETING: Final = ("/tmp", "/var/tmp", "/run")
_HOMES: Final = ("/home", "/root")
_RESOLVER: Final = Path("/etc/resolv.conf")


@isolations.register("namespace")
class Namespace:
    """Runs a command in namespaces of its own: users, processes, mounts, IPC, and if asked for the network."""

    def refusal(self, image: str = "") -> str | None:
        """Why it cannot be had here: no Linux, no bubblewrap, or a kernel that does not let users have namespaces."""
        return _refusal()

    def address(self, *, closed: bool) -> str:
        """The loopback of the machine, whose network it shares."""
        return LOOPBACK

    def command(self, words: Sequence[str], jail: Jail) -> list[str]:
        """The command line that runs `words` inside. Raises IsolationError where it cannot be had."""
        refusal = self.refusal()
        if refusal is not None:
            raise IsolationError(refusal)
        status = [] if jail.status_fd is None else ["--json-status-fd", str(jail.status_fd)]
        network = [] if jail.network else ["--unshare-net"]
        return [
            TOOL, *_WALLS, *network, *status, *_viewed(words[0], jail), "--setenv", "TMPDIR", "/tmp",
            "--chdir", str(jail.folder.resolve()), "--", *words,
        ]  # fmt: skip

    def jailed(self, words: Sequence[str], jail: Jail, words_fd: int) -> Jailed:
        """The same with the jail's own words in a file: they name what is hidden. Raises IsolationError."""
        command = self.command(words, jail)
        end = command.index("--")
        return Jailed([command[0], "--args", str(words_fd), *command[end:]], command[1:end])

    def ended(self, status: int, report: str) -> Ended:
        """Bubblewrap itself ends with 1 where it cannot start the command, and then reports no exit status of it."""
        return Ended(ran=status != 1 or "exit-code" in report)


def _viewed(program: str, jail: Jail) -> list[str]:
    """The words for what can be seen inside."""
    view = _View()
    for home in _homes():
        view.cover(home)
    for path in _readable(jail):
        view.show(path)
    for _ in range(2):  # what is shown in a hidden folder may hold something to be hidden again
        for path in jail.hidden:
            view.hide(path)
        for path in _parts(program, jail):
            view.show(path)
    for path in jail.hidden:
        view.hide(path)
    for folder in jail.writable:
        view.lend(folder)
    return view.words


class _View:
    """What can be seen inside, as it is put together: later words lie over earlier ones."""

    def __init__(self) -> None:
        self.words = list(_SYSTEM)
        self._seen: dict[Path, bool] = {}
        for folder in filter(os.path.isdir, _FLEETING):
            self.cover(Path(folder))

    def cover(self, folder: Path) -> None:
        """Put an empty folder in memory over one."""
        self.words += ["--size", str(TEMPORARY_BYTES_MAX), "--tmpfs", str(folder)]
        self._seen[folder] = False

    def show(self, path: Path) -> None:
        """Let something be read that lies in a covered folder."""
        if path.exists() and not self.sees(path):
            self._bind("--ro-bind", path)

    def hide(self, path: Path) -> None:
        """Let something that could be seen not be seen."""
        path = path.resolve()
        if path.exists() and self.sees(path):
            self.words += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", os.devnull, str(path)]
            self._seen[path] = False

    def lend(self, folder: Path) -> None:
        """Let a folder be written."""
        self._bind("--bind", folder.resolve())

    def sees(self, path: Path) -> bool:
        """Whether a path can be seen so far."""
        return next((self._seen[place] for place in (path, *path.parents) if place in self._seen), True)

    def _bind(self, how: str, path: Path) -> None:
        self.words += [how, str(path), str(path)]
        self._seen[path] = True


def _readable(jail: Jail) -> list[Path]:
    """What must be readable wherever it lies."""
    own = any(jail.folder.is_relative_to(folder) for folder in jail.writable)
    return [_RESOLVER.resolve(), *(path.resolve() for path in (*jail.readable, *([] if own else [jail.folder])))]


def _parts(program: str, jail: Jail) -> list[Path]:
    """Where the program's parts lie, if in a home, among what is fleeting, or in a folder that is hidden."""
    search = host.environment().get("PATH", os.defpath)
    return toolchains(program, search, [*_homes(), *map(Path, _FLEETING), *jail.hidden])


@functools.cache
def _homes() -> tuple[Path, ...]:
    """The folders in which people keep what is theirs; a home inside another one comes after it."""
    import pwd  # Windows has none

    own = (host.environment().get("HOME", "/"), pwd.getpwuid(os.getuid()).pw_dir)
    found = {Path(home).resolve() for home in (*_HOMES, *own) if Path(home).is_dir()}
    return tuple(sorted(home for home in found if not Path("/usr").is_relative_to(home)))


@functools.cache
def _refusal() -> str | None:
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if shutil.which(TOOL) is None:
        return "it needs bubblewrap (the program bwrap), which is not installed"
    trial = [TOOL, *_WALLS, *_SYSTEM, "--", "true"]
    try:
        tried = subprocess.run(trial, capture_output=True, text=True, timeout=TRIAL_SECONDS_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not run: {error}"
    words = tried.stderr.strip().rpartition("\n")[2]
    return None if tried.returncode == 0 else f"bubblewrap is not allowed to work here: {words}"
