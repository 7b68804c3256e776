"""Isolation by a container of the user's image: read-only, without privileges, on a network of its own.

The command is process 1 of its container. The keeper makes the container, follows it, asks what became of it, and
removes it, so that it ends with whoever ran it.
"""

import csv
import io
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from harness.containers.daemon_kind import leads_to_podman
from harness.containers.networks import address, network
from harness.containers.ownership import OWNER_LABEL, owner, remove_leftovers
from harness.containers.program import PROGRAM, docker, missing
from harness.containers.walls import cpus
from harness.isolation import Ended, IsolationError, Jail, Jailed, isolations
from worlds import host

DESK: Final = "/mnt/task"
"""Where the desk is found inside."""
WORK: Final = "/mnt/work"
"""Where the user's working directory is found inside, read-only."""
PROCESSES_MAX: Final = 1_000
MEMORY: Final = "4g"
"""How much a container may use, temporary files included."""
NOBODY: Final = 65_534
_NEVER: Final = "0001-"
"""How Docker tells the time of what did not happen."""
_WALLS: Final = (
    "--pull", "never", "--hostname", "host", "--read-only", "--cap-drop", "ALL",
    "--security-opt", "no-new-privileges", "--oom-score-adj", "1000", "--ulimit", "core=0", "--log-driver", "none",
    "--tmpfs", "/tmp:rw,nosuid,nodev,mode=1777,size=1g", "--env", "HOME=/tmp",
)  # fmt: skip
_NAMELESS: Final = ("--dns", "127.0.0.1", "--dns-option", "timeout:1", "--dns-option", "attempts:1")
"""Where nothing is to be reached, names lead nowhere either."""


@isolations.register("container")
class Container:
    """Runs a command in a container; of this machine it sees its desk and the user's working directory."""

    def refusal(self, image: str = "") -> str | None:
        """Why it cannot be had here: no Docker, no daemon, no such image, or Podman in Docker's place."""
        lacking = missing(image)
        if lacking is None and leads_to_podman():
            return "it needs Docker itself: docker leads to Podman here, on whose networks containers reach each other"
        return lacking

    def address(self, *, closed: bool) -> str:
        """This machine's address on the containers' network. Raises IsolationError."""
        found = address(_kind(closed))
        remove_leftovers()
        return found

    def command(self, words: Sequence[str], jail: Jail) -> list[str]:
        """Refuses: a container needs to be removed, which one command line cannot promise."""
        raise IsolationError("what runs in a container needs a keeper")

    def jailed(self, words: Sequence[str], jail: Jail, words_fd: int) -> Jailed:
        """The command lines that make, follow, inspect and remove a container. Raises IsolationError."""
        desk, name = jail.writable[0], f"{jail.writable[0].name}-{os.getpid()}"
        variables = {key: _inside(value, desk) for key, value in jail.variables.items()}
        named = [part for key in variables for part in ("--env", key)]
        create = [
            PROGRAM, "create", "--name", name, "--label", f"{OWNER_LABEL}={owner()}", *_WALLS, *_connected(jail.closed),
            "--pids-limit", str(PROCESSES_MAX), "--memory", MEMORY, "--memory-swap", MEMORY, "--cpus", f"{cpus():g}",
            "--user", _user(jail, desk), *_mounts(jail, desk), *named, *_started(words, jail, desk),
        ]  # fmt: skip
        return Jailed(
            [PROGRAM, "start", "--attach", name],
            variables={**host.environment(), **variables},
            first=create,
            inquiry=[PROGRAM, "inspect", "--format", "{{json .State}}", name],
            has_begun=_has_begun,
            last=[PROGRAM, "rm", "--force", "--volumes", name],
        )

    def ended(self, status: int, report: str) -> Ended:
        """It ran if Docker says so, and says the same of its end as the command line that followed it."""
        if not _has_begun(report):
            return Ended(ran=False)
        state: dict[str, Any] = orjson.loads(report)
        ran = state["Status"] == "exited" and state["ExitCode"] == status
        return Ended(ran, f"the command used more than {MEMORY} of memory" if state["OOMKilled"] else "")


def _has_begun(report: str) -> bool:
    """Whether a container was started, by what Docker says of its state."""
    try:
        return not orjson.loads(report)["StartedAt"].startswith(_NEVER)
    except ValueError:
        return False


def _kind(closed: bool) -> str:
    return "closed" if closed else "open"


def _connected(closed: bool) -> list[str]:
    return ["--network", network(_kind(closed)), *(_NAMELESS if closed else ())]


def _inside(text: str, desk: Path) -> str:
    """A text in which the desk lies where it is found inside."""
    return text.replace(str(desk), DESK)


def _placed(word: str, desk: Path) -> str:
    """A word of the command with the places of desk and working directory as they are found inside."""
    word = _inside(word, desk)
    path = Path(word)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        return str(Path(WORK, path.relative_to(Path.cwd())))
    return word


def _started(words: Sequence[str], jail: Jail, desk: Path) -> list[str]:
    """The words for the image and what is run in it; an image that stands alone is told as `docker run` tells it."""
    if jail.alone:
        return [jail.image, *(_inside(word, desk) for word in words)]
    program, *rest = [_placed(word, desk) for word in words]
    return ["--entrypoint", program, jail.image, *rest]


def _mounts(jail: Jail, desk: Path) -> Iterator[str]:
    """The words for what is seen of this machine, and for where the command starts."""
    yield from _bound(desk, DESK)
    if not jail.alone:
        yield from _work(jail)
    if not jail.alone or jail.folder != desk:
        yield from ("--workdir", _placed(_inside(str(jail.folder), desk), desk))


def _work(jail: Jail) -> Iterator[str]:
    """The user's working directory, without what is hidden in it."""
    work = Path.cwd()
    yield from _bound(work, WORK, "readonly")
    for path in dict.fromkeys(jail.hidden):
        if work in path.parents and not any(above in jail.hidden and above != work for above in path.parents):
            place = str(Path(WORK, path.relative_to(work)))
            yield from _covered(place) if path.is_dir() else _bound(Path(os.devnull), place, "readonly")


def _bound(source: Path, place: str, *how: str) -> tuple[str, str]:
    return _mount("type=bind", f"src={source}", f"dst={place}", *how)


def _covered(place: str) -> tuple[str, str]:
    return _mount("type=tmpfs", f"dst={place}", "tmpfs-size=4096", "tmpfs-mode=0755")


def _mount(*fields: str) -> tuple[str, str]:
    """One mount, told as a line of comma-separated values."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return "--mount", line.getvalue()


def _user(jail: Jail, desk: Path) -> str:
    """As whom the command runs: as oneself; for root as `_instead_of_root` says. The desk is given to whom it is."""
    if os.getuid() != 0:
        return f"{os.getuid()}:{os.getgid()}"
    user, group = _instead_of_root(jail)
    for folder, folders, files in os.walk(desk) if user else ():
        for name in (".", *folders, *files):
            os.chown(Path(folder, name), user, group, follow_symlinks=False)
    return f"{user}:{group}"


def _instead_of_root(jail: Jail) -> tuple[int, int]:
    """The user and group of an image that stands alone; else the owner of the working directory; or else nobody.

    Where root's working directory is closed to others the command runs as root, which without capabilities can do no
    more than read it.
    """
    if jail.alone:
        told = docker("image", "inspect", "--format", "{{.Config.User}}", jail.image).partition(":")
        user = int(told[0]) if told[0].isdecimal() and int(told[0]) else NOBODY
        return user, int(told[2]) if told[2].isdecimal() else user
    about = Path.cwd().stat()
    is_open = about.st_mode & (stat.S_IROTH | stat.S_IXOTH) == stat.S_IROTH | stat.S_IXOTH
    return (NOBODY, NOBODY) if about.st_uid == 0 and is_open else (about.st_uid, about.st_gid)
