"""What GitHub's runners read: annotations in the log, and a summary of the step."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from harness.pipelines.case import Case, cases_of
from harness.pipelines.place import line_of
from harness.printing.inert import inert
from harness.running.tally import RunResult
from harness.running.threshold import Judged
from worlds import host

ANNOTATIONS_MAX: Final = 10
"""GitHub shows ten errors and ten warnings of a step, and no more."""
_MESSAGE_MAX: Final = 2_000
_UNQUOTED: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_UNQUOTED_PROPERTY: Final = {**_UNQUOTED, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark, at a line of a file where there is one."""

    level: str
    """`error`, `warning` or `notice`."""
    title: str
    message: str
    file: str = ""
    line: int = 1

    def __str__(self) -> str:
        """The workflow command that makes it."""
        place = {"file": self.file, "line": str(self.line)} if self.file else {}
        about = {**place, "title": self.title}
        told = ",".join(f"{key}={_quoted(value, property=True)}" for key, value in about.items())
        return f"::{self.level} {told}::{_quoted(self.message[:_MESSAGE_MAX])}"


def is_github() -> bool:
    """Whether this runs in a step of GitHub Actions."""
    return host.environment().get("GITHUB_ACTIONS") == "true"


def annotations(result: RunResult, judged: Sequence[Judged], status: int) -> list[Annotation]:
    """What is wrong, the worst first: thresholds, then scenarios at their files; bounded, the rest is counted."""
    cases = [case for case in cases_of(result) if case.kind != "passed"]
    ranked = sorted(cases, key=lambda case: ("failure", "error", "skipped").index(case.kind))
    level = "error" if status and not judged else "warning"
    found = [*_of_thresholds(judged), *_of_the_run(result)]
    room = max(0, ANNOTATIONS_MAX - len(found))
    found += [_of_case(case, level) for case in ranked[:room]]
    if len(ranked) > room:
        found.append(Annotation("notice", "soundstage", f"{len(ranked) - room} more scenarios did not succeed"))
    return found[: ANNOTATIONS_MAX + 1]


def _of_thresholds(judged: Sequence[Judged]) -> Iterator[Annotation]:
    for one in judged:
        if one.state != "met":
            value = "no episode counts" if one.value is None else f"{one.value:.4g}"
            where = f" in {one.place}" if one.place else ""
            yield Annotation("error", "threshold", inert(f"{one.threshold.text} {one.state}: {value}{where}"))


def _of_the_run(result: RunResult) -> Iterator[Annotation]:
    if why := result.broken or result.stopped or ("the run was interrupted" if result.interrupted else ""):
        yield Annotation("error", "soundstage", inert(why))


def _of_case(case: Case, level: str) -> Annotation:
    first = case.first
    told = [case.message, f"again: {case.command(first)}" if first else ""]
    failed = [name for name, verdict in ((first.checks if first else None) or {}).items() if verdict == "failed"]
    file = _below_workspace(case.tally.file)
    line = line_of(Path(case.tally.file), failed) if file else 1
    title = f"{case.name}: {case.type if case.kind != 'skipped' else 'not run'}"
    return Annotation(level, inert(title), inert("\n".join(filter(None, told))), file, line)


def unheard(console: Console) -> AbstractContextManager[None]:
    """Meanwhile no line on this console is taken for a command to the runner, whoever wrote it: agents may try."""
    word = host.secret()
    return _between(console, f"::stop-commands::{word}", f"::{word}::")


@contextmanager
def _between(console: Console, first: str, last: str) -> Iterator[None]:
    console.print(first, markup=False, soft_wrap=True)
    try:
        yield
    finally:
        console.print(last, markup=False, soft_wrap=True)


def _below_workspace(file: str) -> str:
    """The path of a file from the top of the repository; empty for one that is not in it."""
    top = Path(host.environment().get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    path = Path(file).resolve()
    return path.relative_to(top).as_posix() if file and path.is_file() and path.is_relative_to(top) else ""


def _quoted(text: str, *, property: bool = False) -> str:
    signs: Mapping[str, str] = _UNQUOTED_PROPERTY if property else _UNQUOTED
    return re.sub("[%\r\n:,]", lambda found: signs.get(found[0], found[0]), text)
