"""Faults as records keep them: those in force at the start, and what was toggled on the way."""

from collections.abc import Mapping
from typing import Any

from fault_injection.profile import Profile, profile_in
from harness.trajectory import Opening
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


def toggle_again(faults: Live, toggle: Mapping[str, Any]) -> None:
    """Change again about the faults what was changed then. Raises FaultError and StageError."""
    what, name = toggle["change"], str(toggle.get("name", ""))
    if what == "put":
        faults.put([profile_in(written, "<record>") for written in toggle["profiles"]], seed=toggle.get("seed"))
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
