"""What `soundstage faults` asks of a running stage."""

import contextlib
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from fault_injection.durations import span_ms
from fault_injection.method import CALL
from fault_injection.profile import JOIN, find_profile, library_names
from harness.errors import HarnessError
from harness.printing.faults import fired_line, had_a_say
from harness.serving.owner import Where, admin_of
from harness.serving.tail import RETRY_S, Follower, newest_id
from sandbox_server.errors import NotFound
from sandbox_server.serving.finding import Answered, Unreachable
from worlds.yamlfile import parse_yaml

_LETTERS_MAX: Final = 100_000
_RULE: Final = re.compile(r"\[\?@\.name=='([^']+)'\]\.?(.*)$")
"""The rule and its key in the path of what is wrong."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One episode's faults at a running stage."""

    where: Where
    episode: str = "default"

    def ask(self, verb: str, path: str = "", body: Any = None) -> dict[str, Any]:
        """One request about the episode's faults. Raises StageError."""
        return admin_of(self.where).ask(verb, f"/episodes/{self.episode}/faults{path}", body)

    def add(self, references: Sequence[str], *, only: bool, span: str | None) -> dict[str, Any]:
        """Add profiles by name or file, or put them in force instead of all others. Raises Problem."""
        names = [name for reference in references for name in reference.split(JOIN)]
        profiles = [written(name) for name in names]
        more = {} if span is None else {"expires_in": milliseconds(span)}
        with _placing(names):
            return self.ask("PUT" if only else "POST", "", {"profiles": profiles, **more})

    def switch(self, name: str, *, enabled: bool, span: str | None = None) -> dict[str, Any]:
        """Turn a profile or a rule on or off; one that is not in force yet is added. Raises Problem."""
        known = [profile["name"] for profile in self.ask("GET")["profiles"]]
        if enabled and "/" not in name and name not in known:
            return self.add([name], only=False, span=span)
        more = {} if span is None else {"expires_in": milliseconds(span)}
        return self.ask("PATCH", "", {"name": name, "enabled": enabled, **more})

    def explain(self, tool: str, arguments: Sequence[str], transport: str, method: str | None = None) -> dict[str, Any]:
        """What would happen to a call, or to a request of another method. Raises Problem."""
        server, _, name = tool.partition(".")
        if not name and method in (None, CALL):
            raise HarnessError(f"{tool!r} names no tool", hint="write it like files.read_text_file")
        if name and method not in (None, CALL):
            raise HarnessError(f"{method} calls no tool", hint=f"name the server alone: {server}")
        supposed = {"server": server, "tool": name, "arguments": assigned(arguments), "transport": transport}
        return self.ask("POST", "/explain", {**supposed, **({"method": method} if method else {})})

    def tail(self, show: Callable[[str], None]) -> NoReturn:
        """Print what rules do and what is toggled, until SIGTERM or Ctrl-C. Raises StageError."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        follower = Follower(self.episode, newest_id(admin_of(self.where), self.episode))
        pause = threading.Event()
        while True:
            with contextlib.suppress(Unreachable, NotFound):
                for entry in follower.entries(admin_of(self.where)):
                    if had_a_say(entry):
                        show(fired_line(entry))
            pause.wait(RETRY_S)


@contextlib.contextmanager
def _placing(references: Sequence[str]) -> Iterator[None]:
    """Name file, line and column of a rule that the stage refuses, where it comes from a file. Raises FileProblem."""
    try:
        yield
    except Answered as error:
        profiles = [find_profile(name, Path()) for name in references if name not in library_names()]
        for where in (_RULE.search(each.get("path", "")) for each in error.errors):
            for profile in profiles if where else ():
                rule = next((rule for rule in profile.rules if where and rule.name == where[1]), None)
                if where and rule is not None and rule.origin is not None:
                    document, place = rule.origin
                    path = (*place, *filter(None, where[2].split(".")))
                    raise document.problem(path, error.message, error.hint) from None
        raise


def written(reference: str) -> str | dict[str, Any]:
    """A built-in profile by its name; one of a file whole, because the stage may run elsewhere. Raises Problem."""
    if reference in library_names():
        return reference
    return find_profile(reference, Path()).to_json()


def assigned(words: Sequence[str]) -> dict[str, Any]:
    """`a=1 b.c=x` as nested values; each is read as YAML reads it. Raises HarnessError."""
    result: dict[str, Any] = {}
    for word in words:
        path, equals, text = word.partition("=")
        if not equals or not path:
            raise HarnessError(f"{word!r} sets nothing", hint="write it like probability=0.2 or with.fixed=2s")
        *steps, last = path.split(".")
        place = result
        for step in steps:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise HarnessError(f"{word!r} sets a part of what has a value already", hint="give each key once")
        place[last] = parse_yaml(text, word).data if len(text) < _LETTERS_MAX else text
    return result


def milliseconds(span: str) -> int:
    """A span of time. Raises HarnessError."""
    try:
        return int(span_ms(span))
    except ValueError as error:
        raise HarnessError(str(error)) from None
