"""Pairs of episodes that began alike and of which one went better."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from harness.exporting.conversation import Conversation, Event
from harness.exporting.example import Example
from harness.exporting.messages import acted
from worlds.digest import value_hash

ALONE: Final = "nothing to compare it with"
NO_DIFFERENCE: Final = "it differs from none that went better or worse"
_RANKS: Final = {"success": 2, "failure": 1, "timeout": 1, "safety_violation": 0}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways to go on from where two episodes were alike."""

    better: Example
    worse: Example
    conversation: Conversation
    """The better one's, for what both share."""
    prompt: tuple[Event, ...]
    chosen: tuple[Event, ...]
    rejected: tuple[Event, ...]


def pairs_of(examples: Iterable[Example]) -> Iterator[Pair]:
    """Pairs within each group of episodes that were set the same, the best with the worst, and so on towards the
    middle: each episode stands in one pair at most, and none are paired of which neither went better."""
    groups: dict[Hashable, list[Example]] = defaultdict(list)
    for example in examples:
        groups[_setting(example)].append(example)
    for group in groups.values():
        ordered = sorted(group, key=lambda each: (_worth(each), each.name), reverse=True)
        half = len(ordered) // 2
        for better, worse in zip(ordered[:half], reversed(ordered[-half:] if half else []), strict=True):
            yield from _paired(better, worse)
        if len(ordered) % 2:
            ordered[half].telling.left_out[ALONE] += 1


def _paired(better: Example, worse: Example) -> Iterator[Pair]:
    """The pair that two episodes make, if they make one; they are noted as left out otherwise."""
    if _worth(better) <= _worth(worse):
        better.telling.left_out[NO_DIFFERENCE] += 2
        return
    chosen, rejected = better.conversation(offered_only=True), worse.conversation(offered_only=True)
    if chosen is None or rejected is None:
        better.telling.left_out[ALONE] += (chosen is not None) + (rejected is not None)
        return
    shared = _shared(chosen, rejected)
    pair = Pair(better, worse, chosen, chosen.events[:shared], chosen.events[shared:], rejected.events[shared:])
    if pair.prompt and any(map(acted, pair.chosen)) and any(map(acted, pair.rejected)):
        yield pair
    else:
        better.telling.left_out[NO_DIFFERENCE] += 2


def _worth(example: Example) -> tuple[int, float]:
    """How well an episode went: by its outcome, then by its reward."""
    return _RANKS.get(example.closing.outcome, 0), example.closing.reward or 0.0


def _setting(example: Example) -> Hashable:
    """What two episodes must share to be compared: all that was not up to the agent.

    Seeds of people and faults count only where there were any.
    """
    opening, seeds = example.opening, example.opening.seeds
    people = seeds.user if example.closing.user_turns else None
    faults = seeds.faults if opening.faults else None
    return (
        opening.scenario, opening.scenario_hash, opening.arm, value_hash(list(opening.faults)), opening.start_digest,
        opening.task, opening.tools, seeds.world, people, faults, example.opening.agent.kind in ("chat", "http"),
    )  # fmt: skip


def _shared(chosen: Conversation, rejected: Conversation) -> int:
    """How many events both have in common; both go on with something that the agent did."""
    if chosen.system != rejected.system:
        return 0
    alike = 0
    for one, other in zip(chosen.events, rejected.events, strict=False):
        if one != other:
            break
        alike += 1
    sides = (chosen.events, rejected.events)
    while alike and any(alike < len(events) and not acted(events[alike]) for events in sides):
        alike -= 1
    return alike
