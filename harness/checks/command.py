"""Run a command, such as a test-suite, on the files that were left behind, and look at how it ends.

The command decides in a process that also runs what the agent wrote, so its word is as good as it makes sure of: give
tests of your own by `add`, keep the agent's configuration away by `without` (conftest.py, pytest.ini, ...), and let the
output be looked at as well (`matches`), because a program that is tested can end the process with status 0.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

from pydantic import BeforeValidator, Field, field_validator

from harness.check import Evidence, Ungradable, check_kinds
from harness.checks.file import tree_of
from harness.isolation import IsolationError, isolations
from harness.verdicts.confined import Bounds, Ran, run_confined
from harness.verdicts.materials import USUALLY_WITHOUT, Unholdable, add, lay_out
from worlds.expectation import Judgement, compiled
from worlds.part import Settings
from worlds.parts.filesystem import FileError
from worlds.passing import borrowed_folder

NOT_FOUND: Final = 127
SHOWN_MAX: Final = 600
TRIAL: Final = Bounds(seconds=20, memory_bytes=2 << 30, processes=50)
_MODULE: Final = re.compile(r"\b(python[\d.]*)\s+(?:-\w+\s+)*-m\s+([\w.]+)")
_PROGRAM: Final = re.compile(r"(?:^|[;&|(]|\b(?:then|do|else)\b)\s*(?:\w+=\S*\s+)*([A-Za-z_][\w.+-]*)(?=\s|$|;)")
"""Where a shell command names a program, as far as one can see without a shell."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Listed = Annotated[list[str], BeforeValidator(_listed, json_schema_input_type=str | list[str])]


class CommandCheck(Settings):
    """A command and how it must end."""

    command: str = Field(description="A shell command; it runs in the top folder of the files.", min_length=1)
    on: str | None = Field(default=None, description="The file server, where a world has several.")
    add: Listed = Field(
        default_factory=list,
        description="Files and folders beside the scenario that the agent never saw; they lie over the agent's.",
    )
    without: Listed = Field(
        default=list(USUALLY_WITHOUT), description="Names (`*` stands for anything) of what is left out of the files."
    )
    timeout: float = Field(default=60, description="Seconds it may take.", gt=0, le=3_600)
    memory: int = Field(default=2_048, description="MB of memory that each of its processes may use.", ge=16)
    processes: int = Field(default=200, description="How many processes it may have at a time.", ge=1)
    status: int = Field(default=0, description="The exit status it must have.", ge=0, le=255)
    matches: str | None = Field(default=None, description="A regular expression that its output must hold, too.")
    isolation: Literal["namespace", "none"] = Field(
        default="namespace", description="`none` runs it as yourself on your machine, the agent's code included."
    )

    @field_validator("matches")
    @classmethod
    def _is_a_pattern(cls, text: str | None) -> str | None:
        if text is not None:
            compiled(text)
        return text


@check_kinds.register("command")
class Command:
    """Lays files out in a temporary folder and runs a command on them."""

    when = "costly"
    Settings: ClassVar[type[Settings]] = CommandCheck

    def judge(self, settings: CommandCheck, evidence: Evidence) -> Judgement:
        """Run it. What this machine lacks is infrastructure; a command that takes too long or too much has failed."""
        refusal = isolations.get(settings.isolation).refusal()
        if refusal is not None:
            raise _missing(f"no isolation for the command: {refusal}", "write `isolation: none` if you trust the files")
        ran = _ran(settings, evidence)
        _refuse_missing_tools(settings, ran)
        right = ran.status == settings.status and _says(settings, ran)
        said = f", output matching {settings.matches!r}" if settings.matches is not None else ""
        ending = ran.stopped or f"status {ran.status}"
        return Judgement(right, f"status {settings.status}{said}", f"{ending}: {_short(ran.output)}")

    def brought(self, settings: CommandCheck) -> list[str]:
        """The files that are added."""
        return settings.add

    def relevance(self, settings: CommandCheck) -> Callable[[str], bool]:
        """Changes of files, on the server if one is named."""
        server = settings.on
        return lambda path: path.startswith(f"{server}:/") if server else ":/" in path


def _ran(settings: CommandCheck, evidence: Evidence) -> Ran:
    bounds = Bounds(settings.timeout, settings.memory << 20, settings.processes)
    try:
        with borrowed_folder("check-") as above:
            folder = above / "files"
            folder.mkdir()
            lay_out(tree_of(evidence.final, settings.on), folder, settings.without)
            add([_named(name, evidence) for name in settings.add], folder)
            return run_confined(settings.command, folder, settings.isolation, bounds)
    except Unholdable as error:
        if _was_there(error.path, settings, evidence):
            raise _missing(str(error)) from None
        return Ran(None, "", str(error))  # an agent must not escape its judge by a path that is too long
    except (OSError, IsolationError) as error:
        raise _missing(f"the command cannot be run: {error}") from None


def _was_there(path: str, settings: CommandCheck, evidence: Evidence) -> bool:
    """Whether a path is the world's own, and not of the agent's making."""
    try:
        tree_of(evidence.first, settings.on).node(path)
    except (FileError, Ungradable):
        return False
    return True


def _named(name: str, evidence: Evidence) -> Path:
    path = (evidence.folder or Path()) / name
    if not path.exists():
        raise Ungradable(f"there is nothing at {name!r} to be added", hint="it is looked for beside the scenario")
    return path


def _refuse_missing_tools(settings: CommandCheck, ran: Ran) -> None:
    """Raise Ungradable when the machine lacks what the command needs: that is nobody's failure.

    The files that are tested could say as much themselves, so a machine is only believed to lack what it lacks without
    them, too.
    """
    tried = ran.status == NOT_FOUND and [(word, f"command -v {word}") for word in _PROGRAM.findall(settings.command)]
    if ran.status and "No module named" in ran.output:
        tried = [
            (f"{python} -m {name}", f"{python} -c 'import {name}'")
            for python, name in _MODULE.findall(settings.command)
        ]
    for needed, trial in tried or ():
        if _alone_status(trial, settings) != 0:
            raise _missing(f"this machine lacks {needed!r}, which the command needs")


def _alone_status(command: str, settings: CommandCheck) -> int | None:
    """How a command ends in an empty folder."""
    with borrowed_folder("check-") as folder:
        return run_confined(command, folder, settings.isolation, TRIAL).status


def _missing(words: str, hint: str | None = None) -> Ungradable:
    error = Ungradable(words, hint=hint)
    error.cause = "infrastructure"
    return error


def _says(settings: CommandCheck, ran: Ran) -> bool:
    return settings.matches is None or bool(compiled(settings.matches).search(ran.output))


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN_MAX else "…" + text[-SHOWN_MAX:])
