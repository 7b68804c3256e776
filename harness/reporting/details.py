"""The timelines of a run's episodes, read one at a time and written in blocks until the page is full."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from harness.errors import HarnessError
from harness.printing.inert import inert
from harness.recording.record import read_trajectory
from harness.recording.run_folder import RunFolder
from harness.reporting.blocks import Blocks, Texts
from harness.reporting.reproduction import episode_commands
from harness.reporting.run_facts import NOT_RUN, EpisodeFacts, RunFacts
from harness.reporting.timeline import timeline
from harness.trajectory import Trajectory
from harness.verdicts.firing import fired

EPISODES: Final = "episodes-"
TEXTS: Final = "texts-"


@dataclass(slots=True)
class Details:
    """What was learnt from the trajectories, and where their timelines lie."""

    places: dict[int, int] = field(default_factory=dict)
    """Number of an episode to the place of its timeline; missing: it is not in the page."""
    fired: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Number of an episode to the fault rules that fired in it."""
    telling: dict[int, int] = field(default_factory=dict)
    """Number of an episode that did not succeed to the step that says most about it."""
    episode_blocks: Sequence[int] = ()
    text_blocks: Sequence[int] = ()
    cut: int = 0
    """How many timelines were left out because the page was full."""
    cut_failures: int = 0
    """How many of those are of episodes that did not succeed."""


def write_details(facts: RunFacts, file: IO[bytes], bytes_max: int) -> Details:
    """Write timelines to a file, failures first, and at most about so many bytes. Raises OSError."""
    found, episodes, texts = Details(), Blocks(file, EPISODES), Blocks(file, TEXTS)
    kept = Texts(texts)
    for episode in in_order_of_worth(facts.episodes):
        trajectory = _read(facts.folder, episode)
        if trajectory is None:
            continue
        _learn(found, episode, trajectory)
        if episodes.written_bytes + texts.written_bytes >= bytes_max:
            found.cut += 1
            found.cut_failures += episode.outcome != "success"
            continue
        commands = episode_commands(facts.manifest, facts.folder, episode)
        told = timeline(trajectory, kept.kept)
        told["commands"] = [[command.title, inert(command.text)] for command in commands]
        found.places[episode.number] = episodes.add(told)
    episodes.flush()
    texts.flush()
    found.episode_blocks, found.text_blocks = episodes.starts, texts.starts
    return found


def in_order_of_worth(episodes: Iterable[EpisodeFacts]) -> list[EpisodeFacts]:
    """First one failure and one success of each scenario and arm, then all other failures, then the rest."""
    seen: set[tuple[str, str, bool]] = set()
    ranked = []
    for episode in episodes:
        if episode.outcome == NOT_RUN:
            continue
        good = episode.outcome == "success"
        kind = (episode.planned.scenario, episode.planned.arm, good)
        ranked.append((2 * (kind in seen) + good, episode.number, episode))
        seen.add(kind)
    return [episode for *_, episode in sorted(ranked, key=lambda each: each[:2])]


def _read(folder: RunFolder, episode: EpisodeFacts) -> Trajectory | None:
    """The trajectory; None for one that cannot be read, which its row in the table says."""
    try:
        return read_trajectory(folder.path / episode.planned.file)
    except HarnessError:
        return None


def _learn(found: Details, episode: EpisodeFacts, trajectory: Trajectory) -> None:
    rules = dict.fromkeys(inert(str(rule.get("rule"))) for step in trajectory.steps for rule in fired(step))
    if rules:
        found.fired[episode.number] = tuple(rules)
    step = telling_step(trajectory)
    if episode.outcome != "success" and step is not None:
        found.telling[episode.number] = step


def telling_step(trajectory: Trajectory) -> int | None:
    """The step at which to look first: that of harm, of what it may not change, of the last fault, or the last one."""
    closing = trajectory.closing
    harmful = [each.step for each in closing.violations if each.step] if closing else []
    strayed = [step for each in closing.collateral for step in each.steps[:1]] if closing else []
    hit = [step.step_number for step in trajectory.steps if fired(step)]
    last = [trajectory.steps[-1].step_number] if trajectory.steps else []
    return next(iter([*harmful[:1], *strayed[:1], *hit[-1:], *last]), None)
