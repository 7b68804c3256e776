"""Documentation pages as their readers meet them: fenced blocks in order, files written, commands run as they stand.

What a page shows is held to these rules:

- a block with a `title` is a file of that name; `http://127.0.0.1:24380/<token>` in it stands for the served world;
- a `console` block holds commands. Where a line begins with `$ `, only such lines are commands, and what stands below
  one is what it prints: `...` stands for anything, decimal fractions for any, and runs of blanks or rules for one;
- `soundstage serve` and `soundstage tail` run in the background until the page ends, or until the next stage begins;
- `$ADMIN` and `$T` hold what `serve` printed last;
- an `sh` block needs what not every machine has (Docker, images, a network): its words are read by what they ask;
- `npx` runs the packages that `tests/tools.py` installs, and is passed over where they cannot be had.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests import tools
from tests.harness.stages import Lines, Process

ROOT: Final = Path(__file__).parents[1]
SERVED: Final = "http://127.0.0.1:24380/<token>"
COMMAND_SECONDS_MAX: Final = 600
"""Only what hangs takes so long."""
_INSTALLED: Final = any(point.value == "harness.pytest_plugin" for point in entry_points(group="pytest11"))
PLUGIN: Final[dict[str, str]] = {} if _INSTALLED else {"PYTEST_PLUGINS": "harness.pytest_plugin"}
"""How pytest finds the plug-in where the distribution is not installed."""
_SESSION: Final = """touch .functions; . ./.functions
(exit {status})
{words}
status=$?; declare -f > .functions; exit $status"""
"""One shell for a whole page, as far as readers notice: functions stay, and so does `$?`."""
_FENCE: Final = re.compile(r"^```(\w*)[ \t]*(?:title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LOOKS: Final = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "GITHUB_ACTIONS")
_SETTING_UP: Final = ("git clone", "cd ", ". .venv", "make ", "pip install")
"""Commands that prepare a machine; the tests' own machine is prepared, and `make` has tests of its own."""


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    language: str
    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """One command of a page, and what the page says that it prints; None where it does not say."""

    words: str
    expected: str | None
    line: int

    @property
    def sets_up(self) -> bool:
        """Whether it only prepares the reader's machine."""
        return self.words.startswith(_SETTING_UP)

    @property
    def stays(self) -> bool:
        """Whether it runs until it is stopped."""
        if self.expected is not None and self.expected.startswith("soundstage: "):
            return False  # it is refused
        return self.words.startswith(("soundstage serve", "soundstage tail")) and "--stdio" not in self.words


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    command: Command
    status: int
    printed: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2] or "", found[3], text.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(text)
    ]


def commands(block: Block) -> list[Command]:
    """The commands of a console block; without prompts they are one script, or one for each line where one stays."""
    pieces = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    if pieces:
        return [Command(*_parted(piece), block.line) for piece in pieces]
    lines = [Command(line, None, block.line) for line in block.text.splitlines() if line.strip()]
    usual = not any(line.sets_up or line.stays for line in lines)
    return [Command(block.text, None, block.line)] if usual else lines


def _parted(piece: str) -> tuple[str, str | None]:
    """A command, which goes on after a backslash, and what is printed."""
    lines = piece.split("\n")
    end = 1
    while lines[end - 1].endswith("\\") and end < len(lines):
        end += 1
    return "\n".join(lines[:end]).strip(), "\n".join(lines[end:]).strip("\n") or None


def fits(expected: str, printed: str) -> bool:
    """Whether a command printed what a page says."""
    pattern = ".*?".join(re.escape(piece) for piece in normal(expected).split("..."))
    return re.fullmatch(pattern, normal(printed), re.DOTALL) is not None


def normal(text: str) -> str:
    """A text without what differs from machine to machine: how long things took, and how wide columns are."""
    text = re.sub(r"\d+\.\d+\b(?! %)", "#", text)
    lines = (re.sub(r"[ \t]+", " ", re.sub(r"─+", "─", line)).strip() for line in text.strip().splitlines())
    return "\n".join(lines)


@dataclass
class Reader:
    """Somebody who follows a page in an empty folder, with the command installed."""

    folder: Path
    running: list[Process] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    served: str = ""
    """The URL of the servers that are served, up to the token."""
    status: int = 0
    lines: Lines = field(init=False)
    """What is printed by what was started last and stays."""

    def __post_init__(self) -> None:
        programs = self.folder / ".programs"
        programs.mkdir(parents=True)
        starts = f"import sys\nsys.path[0] = {str(ROOT)!r}\nsys.argv[0] = 'soundstage'\n"
        _program(programs / "soundstage", f"#!{sys.executable}\n{starts}from harness.cli import main\nmain()\n")
        for name in ("python", "python3"):
            _program(programs / name, f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        (self.folder / "examples").symlink_to(ROOT / "examples")
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        self.settings = {
            **PLUGIN,
            "PATH": path,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(self.folder)]),
            "SOUNDSTAGE_STATE": str(self.folder / ".state"),
        }

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment that a reader's commands meet, without what changes how terminals are written to."""
        return {**{name: value for name, value in os.environ.items() if name not in _LOOKS}, **self.settings}

    def follow(self, page: Path) -> Iterator[Outcome]:
        """Do all that a page shows, in order; stops after each command."""
        for block in blocks(page):
            yield from self.obey(block)

    def obey(self, block: Block) -> Iterator[Outcome]:
        """Do what one block shows."""
        if block.title:
            self.write(block)
        elif block.language == "console":
            for command in commands(block):
                yield self.do(command)
        elif block.language == "python":
            yield self.do(Command(f"python - <<'END'\n{block.text}END", None, block.line))

    def write(self, block: Block) -> None:
        """Write the file that a block is."""
        path = self.folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text.replace(SERVED, self.served or SERVED), encoding="utf-8")

    def do(self, command: Command) -> Outcome:
        """Run a command. Fails when it does not do what the page says."""
        if command.sets_up:
            if command.words == "pip install -e .":
                self._install()
            return Outcome(command, 0, "")
        if command.stays:
            return self._start(command)
        if command.words.startswith("npx ") and not self._can_npx():
            return Outcome(command, 0, "")
        done = self._run(command.words)
        assert self._is_fine(command, done), f"line {command.line}: {command.words}\n{done.printed}"
        self.status = done.status
        return done

    def first_digest(self) -> str:
        """The digest of the first state of what is served."""
        headers = {"authorization": f"Bearer {self.settings['T']}"}
        answer = httpx.get(f"{self.settings['ADMIN']}/admin/v1/episodes/default", headers=headers)
        return str(answer.json()["first_digest"])

    def start_server(self, words: list[str]) -> Process:
        """A server over the standard streams of a process, as a client would start it."""
        popen = subprocess.Popen(
            words, cwd=self.folder, env=self.surroundings, text=True,
            executable=shutil.which(words[0], path=self.settings["PATH"]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert popen.stdout and popen.stderr
        return Process(popen, Lines(popen.stdout), Lines(popen.stderr))

    def close(self) -> None:
        """End what still runs, stages last."""
        with ExitStack() as ending:
            for process in self.running:
                ending.callback(process.close)
                ending.callback(process.stop)
            self.running.clear()

    def _can_npx(self) -> bool:
        """Make `npx PACKAGE` run the inspector, if it is here."""
        try:
            inspector = tools.require_node_package("@modelcontextprotocol/inspector").parents[1] / ".bin/mcp-inspector"
            node = tools.node()
        except pytest.skip.Exception:
            return False
        words = " ".join(shlex.quote(str(word)) for word in (node, inspector.resolve()))
        _program(self.folder / ".programs/npx", f'#!/bin/sh\nshift\nexec {words} "$@"\n')
        return True

    def _install(self) -> None:
        """Make the folder an installed package, as far as its entry points go."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        marks = self.folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        marks.mkdir()
        (marks / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
        groups = project["entry-points"].items()
        lines = [
            line for group, points in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))
        ]
        (marks / "entry_points.txt").write_text("\n".join(lines))

    def _is_fine(self, command: Command, done: Outcome) -> bool:
        if command.expected is None:
            return done.status == 0
        return fits(command.expected, done.printed)

    def _run(self, words: str) -> Outcome:
        script = _SESSION.format(status=self.status, words=words)
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.surroundings,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=COMMAND_SECONDS_MAX, check=False,
        )  # fmt: skip
        return Outcome(Command(words, None, 0), done.returncode, done.stdout)

    def _start(self, command: Command) -> Outcome:
        if command.words.startswith("soundstage serve"):
            self.close()
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command.words}"], cwd=self.folder, env=self.surroundings,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        self.lines = Lines(process.stdout)
        self.running.append(Process(process, self.lines, self.lines))
        if command.words.startswith("soundstage tail"):
            return Outcome(command, 0, "")
        printed = "\n".join(self.lines.until("Ctrl-C stops"))
        self._note(printed)
        assert command.expected is None or fits(command.expected, printed), printed
        return Outcome(command, 0, printed)

    def _note(self, printed: str) -> None:
        """Keep what a reader would copy from what `serve` prints."""
        self.served = re.findall(r"(http://\S+?)/\w+/mcp", printed)[0]
        self.settings["ADMIN"] = re.findall(r"Admin API +(\S+)/admin/v1", printed)[0]
        self.settings["T"] = re.findall(r"Admin token +(\S+)", printed)[0]


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
