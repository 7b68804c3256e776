"""The commands by which a person gets an episode, or the whole run, again."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.agent import Options
from harness.engine import IN_PROCESS
from harness.recording.run_folder import Manifest, Planned, Played, RunFolder
from harness.reporting.run_facts import EpisodeFacts
from harness.staging.suite import Filter

NAME: Final = "soundstage"
_PLAIN_WORD: Final = re.compile(r"[^\s()]+")
_OPERATORS: Final = ("and", "or", "not")
_DEFAULTS: Final = Options()


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what it does."""

    title: str
    text: str
    """Quoted for a shell."""


def run_command(manifest: Manifest) -> str:
    """The command of the whole run, without where its folder was put."""
    words = [*manifest.paths, *(("-k", manifest.match) if manifest.match else ())]
    return _quoted("run", *words, *_settings(manifest, manifest.trials, [arm.name for arm in manifest.arms]))


def episode_commands(manifest: Manifest, folder: RunFolder, episode: EpisodeFacts) -> list[Command]:
    """What gets an episode again, what plays its agent again, and, where a fault is to blame, what finds out which."""
    planned = episode.planned
    if episode.summary is None:
        return [Command("Play it", play_command(manifest, planned))]
    record = folder.path / planned.file
    commands = [
        Command("Make the same calls again", _quoted("replay", record)),
        Command("Let the agent play it again", play_command(manifest, planned)),
        Command("Read it in a terminal", _quoted("show", record)),
    ]
    if episode.blame == "fault":
        commands.append(Command("Find the faults that it takes", _quoted("blame", record)))
    return commands


def play_command(manifest: Manifest, planned: Planned) -> str:
    """The command that plays one scenario in one arm up to a trial, with the same seeds."""
    arms = [planned.arm] if planned.arm else []
    return _quoted("run", *_reference(manifest, planned.scenario), *_settings(manifest, planned.trial, arms))


def _reference(manifest: Manifest, scenario: str) -> list[str]:
    """The words that name one scenario and no other: a filter where that will do, its file otherwise."""
    names = [played.name for played in manifest.scenarios]
    if len(names) == 1:
        return [*manifest.paths, *(("-k", manifest.match) if manifest.match else ())]
    plain = _PLAIN_WORD.fullmatch(scenario) and scenario not in _OPERATORS
    if plain and [name for name in names if Filter(scenario).lets(name)] == [scenario]:
        return [*manifest.paths, "-k", f"({manifest.match}) and {scenario}" if manifest.match else scenario]
    played = next((one for one in manifest.scenarios if one.name == scenario), None)
    return [_chosen(played)] if played else [*manifest.paths]


def _chosen(played: Played) -> str:
    """A scenario's file, with its variant."""
    return f"{played.file}{played.name.removeprefix(played.template)}" if played.template else played.file


def _settings(manifest: Manifest, trials: int, arms: Sequence[str]) -> Iterator[str]:
    """The options by which an episode comes out the same."""
    yield from ("--agent", manifest.agent, "--seed", str(manifest.seed), "--trials", str(trials))
    for arm in arms:
        yield from ("--faults", arm)
    for varied in manifest.vary:
        yield from ("--vary", varied)
    if manifest.terms.get("stuck_after") is not None:
        yield from ("--stuck-after", str(manifest.terms["stuck_after"]))
    engine = manifest.engine.get("name", IN_PROCESS)
    if engine != IN_PROCESS:
        yield from ("--engine", str(engine))
    for name, value in manifest.options.items():
        yield from _option(f"--{name.replace('_', '-')}", value, getattr(_DEFAULTS, name, None))


def _option(flag: str, value: Any, usual: Any) -> Iterator[str]:
    """An option that was given another value than it has by itself."""
    if value is None or value == usual or (value == [] and usual == ()):
        return
    if value is True:
        yield flag
    else:
        for each in value if isinstance(value, list) else [value]:
            yield from (flag, str(each))


def _quoted(*words: object) -> str:
    return shlex.join([NAME, *map(str, words)])
