"""What a run writes beside its table, as the command line asked for it."""

import functools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import click
import orjson
from rich.console import Console

from harness.pipelines.github import annotations, is_github, unheard
from harness.pipelines.junit import write_junit
from harness.pipelines.step_summary import append_summary
from harness.printing.run_json import as_json
from harness.running.exit_status import INFRASTRUCTURE
from harness.running.tally import RunResult
from harness.running.threshold import Judged
from worlds import host

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_OPTIONS: Final = (
    click.option("--junit", metavar="FILE", type=_FILE, help="Write JUnit XML, too."),
    click.option("--json-file", metavar="FILE", type=_FILE, help="Write what --json prints to a file, too."),
    click.option(
        "--github/--no-github",
        default=None,
        help="Annotate and write GitHub's step summary (default: in steps of GitHub Actions).",
    ),
)


@dataclass(frozen=True, slots=True)
class Publishing:
    """What is written for pipelines."""

    junit: Path | None = None
    json_file: Path | None = None
    github: bool | None = None
    """None: where a runner of GitHub Actions says that it is one."""

    @property
    def for_github(self) -> bool:
        """Whether annotations and a step summary are wanted."""
        return is_github() if self.github is None else self.github

    def meanwhile(self, console: Console) -> AbstractContextManager[object]:
        """While a run prints what agents say: nothing of that is a command to the runner."""
        return unheard(console) if self.for_github else nullcontext()


NAMES: Final = tuple(field.name for field in fields(Publishing))


def publishing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: adds the options and hands them over as `publishing`."""

    @functools.wraps(command)
    def wrapped(**given: Any) -> Any:
        return command(publishing=Publishing(**{name: given.pop(name) for name in NAMES}), **given)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def publish(publishing: Publishing, result: RunResult, judged: Sequence[Judged], status: int, *, err: bool) -> int:
    """Write all that was asked for; the exit status, which says so where something could not be written.

    Annotations go to stdout, or with `err` to stderr: runners read both.
    """
    if publishing.for_github:
        for annotation in annotations(result, judged, status):
            click.echo(str(annotation), err=err)
    for path, write in _writers(publishing, result, judged, status):
        try:
            write(path)
        except OSError as error:
            click.echo(f"soundstage: cannot write {path}: {error.strerror}", err=True)
            status = status or INFRASTRUCTURE
    return status


def _writers(
    publishing: Publishing, result: RunResult, judged: Sequence[Judged], status: int
) -> list[tuple[Path, Callable[[Path], None]]]:
    found: list[tuple[Path, Callable[[Path], None]]] = []
    if publishing.junit is not None:
        found.append((publishing.junit, lambda path: write_junit(path, result, judged)))
    if publishing.json_file is not None:
        found.append((publishing.json_file, lambda path: _write_json(path, result, judged, status)))
    summary = host.environment().get("GITHUB_STEP_SUMMARY")
    if publishing.for_github and summary:
        found.append((Path(summary), lambda path: append_summary(path, result, judged, status)))
    return found


def _write_json(path: Path, result: RunResult, judged: Sequence[Judged], status: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(json_bytes(result, judged, status))


def json_bytes(result: RunResult, judged: Sequence[Judged], status: int) -> bytes:
    """A run as one line of JSON."""
    return orjson.dumps(as_json(result, judged, status), option=orjson.OPT_APPEND_NEWLINE)
