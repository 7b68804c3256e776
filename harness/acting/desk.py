"""What a program that is an agent finds: the files of its task, and an environment."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.acting.own_servers import OwnServers, server_list
from harness.agent import AgentError, Assignment, Options
from sandbox_server.web import Service
from worlds import host
from worlds.passing import passing_folder

ANSWER_BYTES_MAX: Final = 1024 * 1024
OWN: Final = "soundstage"
NEEDED: Final = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT",
    "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "WINDIR",
)  # fmt: skip
"""What a clean environment holds, where it is set: what programs need to start at all."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The files of one agent, in a folder whose name says nothing, and where it reaches services by plain HTTP."""

    folder: Path
    services: Mapping[str, Service] = field(default_factory=dict)

    @property
    def task(self) -> Path:
        """Where the task stands."""
        return self.folder / "task.md"

    @property
    def servers(self) -> Path:
        """Where the servers stand, as `mcpServers` JSON."""
        return self.folder / "mcp.json"

    @property
    def answer(self) -> Path:
        """Where the answer belongs."""
        return self.folder / "answer.md"

    @property
    def work(self) -> Path:
        """Where the agent's working directory is laid out, if it gets one of its own."""
        return self.folder / "work"

    def answered(self) -> str | None:
        """The answer that was left; only an ordinary file counts, and only its first megabyte."""
        try:
            file = os.open(self.answer, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            return None
        with os.fdopen(file, "rb") as opened:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return None
            return opened.read(ANSWER_BYTES_MAX).decode("utf-8", "replace").strip()

    def environment(self, options: Options) -> dict[str, str]:
        """The environment of the agent: the user's without our own settings, or a clean one, the three files, and for
        each service its URL and key (`BILLING_URL`, `BILLING_API_KEY`)."""
        files = {"TASK_FILE": str(self.task), "MCP_CONFIG": str(self.servers), "ANSWER_FILE": str(self.answer)}
        return {**_handed_on(options), **files, **self._places()}

    def _places(self) -> dict[str, str]:
        """Where services are, as variables."""
        urls = {f"{name.upper()}_URL": each.url for name, each in self.services.items()}
        return urls | {f"{name.upper()}_API_KEY": each.key for name, each in self.services.items() if each.key}

    @property
    def holes(self) -> dict[str, str]:
        """What stands for holes in a command: the files, and the URLs and keys of services."""
        files = {"{task}": str(self.task), "{mcp}": str(self.servers), "{answer}": str(self.answer)}
        urls = {f"{{{name}.url}}": each.url for name, each in self.services.items()}
        return files | urls | {f"{{{name}.key}}": each.key for name, each in self.services.items()}


@contextmanager
def laid_desk(assignment: Assignment, own: OwnServers) -> Iterator[Desk]:
    """A desk with the task and the servers on it, cleared away afterwards."""
    desk = Desk(passing_folder("task-"), assignment.services)
    try:
        desk.task.write_text(assignment.task, encoding="utf-8")
        desk.servers.write_text(json.dumps(server_list(assignment.servers, own), indent=2), encoding="utf-8")
        yield desk
    finally:
        _clear(desk.folder)


def _clear(folder: Path) -> None:
    """Remove a folder with whatever was put there, without regard to modes; what is too deep is left to a program."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            for place, _, _ in os.walk(folder):  # a folder is opened before it is looked into
                _open_inner(Path(place))
            shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", str(folder)], capture_output=True, check=False)


def _open_inner(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):
                path.chmod(0o700)


def refuse_missing_variables(options: Options) -> None:
    """Refuse to pass on what is not there. Raises AgentError."""
    missing = [name for name in options.pass_env if name not in host.environment()]
    if missing:
        raise AgentError(f"--pass-env: {', '.join(missing)} is not set", hint="set it, or leave the option out")


def _handed_on(options: Options) -> Mapping[str, str]:
    everything = host.environment()
    if options.isolation == "container":
        kept = {}  # where programs lie and who one is are the image's own
    elif options.clean_env:
        kept = {name: everything[name] for name in NEEDED if name in everything}
    else:
        kept = {name: value for name, value in everything.items() if OWN not in name.lower()}
    return {**kept, **{name: everything[name] for name in options.pass_env if name in everything}}
