"""The faults of a live episode, toggled from Python code while agents are connected."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fault_injection.profile import Profile, composed, find_profiles
from sandbox_server.faults.live import Live

Do = Callable[[Callable[[], None]], None]
"""Does something in the thread of the episode."""


class Toggles:
    """What goes wrong in one episode. Profiles are named as on the command line: built in, by file, or `a+b`."""

    def __init__(self, faults: Live, do: Do, folder: Path | None = None) -> None:
        self._faults = faults
        self._do = do
        self._folder = folder

    def beside(self, folder: Path) -> "Toggles":
        """The same, with files of profiles looked for in a folder first."""
        return Toggles(self._faults, self._do, folder)

    @property
    def profiles(self) -> list[str]:
        """The names of the profiles in force."""
        return [profile.name for profile in self._faults.profiles]

    @property
    def rules(self) -> list[str]:
        """The full names of their rules, as `on`, `off` and `fire` take them."""
        return [f"{profile.name}/{rule.name}" for profile in self._faults.profiles for rule in profile.rules]

    def put(self, *names: str) -> None:
        """Put these profiles in force and no others; without a name nothing goes wrong any more.

        Raises UnknownName, FileProblem, FaultError and Unfit; then nothing has changed.
        """
        profiles = composed(profile for name in names for profile in find_profiles(name, self._folder))
        self._do(lambda: self._faults.put(profiles))

    def add(self, name: str) -> None:
        """Add profiles to those in force. Raises what `put` does."""
        profiles = find_profiles(name, self._folder)
        self._do(lambda: self._add(profiles))

    def on(self, name: str) -> None:
        """Turn a profile, or a rule by its full name, on. Raises NotFound."""
        self._do(lambda: self._faults.switch(name, enabled=True))

    def off(self, name: str) -> None:
        """Turn a profile, or a rule by its full name, off. Raises NotFound."""
        self._do(lambda: self._faults.switch(name, enabled=False))

    def fire(self, rule: str) -> None:
        """Let a rule fire at the next call that it is about. Raises NotFound, and FaultError for one that is off."""
        self._do(lambda: self._faults.fire(rule))

    @contextmanager
    def during(self, name: str) -> Iterator[None]:
        """Profiles in force as long as the `with` lasts, beside the others."""
        before = self._faults.profiles
        self.add(name)
        try:
            yield
        finally:
            self._do(lambda: self._faults.put(before))

    def _add(self, profiles: tuple[Profile, ...]) -> None:
        self._faults.check(profiles)
        for profile in profiles:
            self._faults.add(profile)
