"""Faults as records keep them: those in force at the start, and what was toggled on the way."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fault_injection.engine import Engine
from fault_injection.profile import Profile, profile_in
from harness.trajectory import Opening, Step
from sandbox_server.episode import Episode
from sandbox_server.faults.live import Live


def recorded_profiles(opening: Opening) -> tuple[Profile, ...]:
    """The profiles that were in force when an episode began. Raises FaultError."""
    return tuple(profile_in(written, "<record>") for written in opening.faults)


def put_recorded(episode: Episode, opening: Opening) -> None:
    """Put in force what was in force when an episode began. Raises FaultError and StageError."""
    profiles = recorded_profiles(opening)
    if profiles:
        episode.faults.put(profiles, seed=opening.seeds.faults, note=False)


class Toggles:
    """What was toggled in an episode, to be toggled again while its calls are played in the order of their effects.

    A call that arrived before something was toggled may have its effect after one that arrived later: for each call
    stands what stood when it arrived.
    """

    def __init__(self, episode: Episode, steps: Iterable[Step]) -> None:
        self._episode = episode
        found = [(toggle.get("arrival", max(0, step.arrival - 1)), toggle) for step in steps for toggle in step.toggles]
        self._toggles = sorted(found, key=lambda pair: int(pair[1]["revision"]))
        self._stood: list[Engine | None] = [episode.faults.engine if self._toggles else None]

    @property
    def any(self) -> bool:
        """Whether anything was toggled."""
        return bool(self._toggles)

    def before(self, step: Step) -> bool:
        """Let stand what stood when a call arrived; whether that is another engine. Raises FaultError, StageError."""
        if not self._toggles:
            return False
        count = sum(arrival < step.arrival for arrival, _ in self._toggles) if step.arrival else self._until(step)
        faults, latest = self._episode.faults, self._episode.arrivals
        for arrival, toggle in self._toggles[len(self._stood) - 1 : count]:
            self._episode.arrivals = arrival
            toggle_again(faults, toggle)
            self._stood.append(faults.engine)
        self._episode.arrivals = latest
        faults.stand(self._stood[count])
        return True

    def _until(self, step: Step) -> int:
        """How many were made before something that is no call."""
        own = [int(toggle["revision"]) for toggle in step.toggles]
        return sum(int(toggle["revision"]) <= own[-1] for _, toggle in self._toggles) if own else len(self._stood) - 1


def toggle_again(faults: Live, toggle: Mapping[str, Any]) -> None:
    """Change again about the faults what was changed then. Raises FaultError and StageError."""
    what, name = toggle["change"], str(toggle.get("name", ""))
    if what == "put":
        standing, profiles = toggle.get("standing", {}), [profile_in(each, "<record>") for each in toggle["profiles"]]
        faults.put([each.stood(standing.get(each.name, {})) for each in profiles], seed=toggle.get("seed"))
    elif what == "add":
        faults.add(profile_in(toggle["profile"], "<record>"), expires_ns=toggle["expires_ns"])
    elif what in ("on", "off"):
        faults.switch(name, enabled=what == "on")
    elif what == "patch":
        faults.patch(name, toggle["patch"])
    elif what == "expire":
        faults.expire(name, toggle["at_ns"])
    elif what == "fire":
        faults.fire(name)
    elif what == "forget":
        faults.forget()


_COUNTING: Final = ("fire", "forget")
"""Changes of counters, which kept states hold already."""


def toggled_before(episode: Episode, steps: Iterable[Step]) -> None:
    """Put in force what had been toggled by some step, in a world that was kept then. Raises FaultError, StageError."""
    toggles = [toggle for step in steps for toggle in step.toggles if toggle["change"] not in _COUNTING]
    for toggle in sorted(toggles, key=lambda toggle: int(toggle["revision"])):
        toggle_again(episode.faults, toggle)
