"""What `soundstage faults` asks of a running stage."""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from fault_injection.durations import span_ms
from fault_injection.profile import JOIN, find_profile, library_names
from harness.errors import HarnessError
from harness.printing.faults import fired_line, had_a_say
from harness.serving.owner import Where, admin_of
from harness.serving.tail import RETRY_S, Follower, newest_id
from sandbox_server.errors import NotFound
from sandbox_server.serving.finding import Unreachable
from worlds.yamlfile import parse_yaml

_LETTERS_MAX: Final = 100_000


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
        profiles = [written(name) for reference in references for name in reference.split(JOIN)]
        if only:
            return self.ask("PUT", "", {"profiles": profiles})
        answer: dict[str, Any] = {}
        for profile in profiles:
            more = {} if span is None else {"expires_in": milliseconds(span)}
            answer = self.ask("POST", "", {"profile": profile, **more})
        return answer

    def switch(self, name: str, *, enabled: bool, span: str | None = None) -> dict[str, Any]:
        """Turn a profile or a rule on or off; one that is not in force yet is added. Raises Problem."""
        known = [profile["name"] for profile in self.ask("GET")["profiles"]]
        if enabled and "/" not in name and name not in known:
            return self.add([name], only=False, span=span)
        more = {} if span is None else {"expires_in": milliseconds(span)}
        return self.ask("PATCH", "", {"name": name, "enabled": enabled, **more})

    def explain(self, tool: str, arguments: Sequence[str], transport: str) -> dict[str, Any]:
        """What would happen to a call. Raises Problem."""
        server, _, name = tool.partition(".")
        if not name:
            raise HarnessError(f"{tool!r} names no tool", hint="write it like files.read_text_file")
        supposed = {"server": server, "tool": name, "arguments": assigned(arguments), "transport": transport}
        return self.ask("POST", "/explain", supposed)

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
        place[last] = parse_yaml(text, word).data if len(text) < _LETTERS_MAX else text
    return result


def milliseconds(span: str) -> int:
    """A span of time. Raises HarnessError."""
    try:
        return int(span_ms(span))
    except ValueError as error:
        raise HarnessError(str(error)) from None
