"""The table of all episodes as data: columns of figures, words by their places in lists."""

from collections.abc import Sequence
from typing import Any, Final

from harness.printing.inert import inert
from harness.reporting.causes import Group
from harness.reporting.details import Details
from harness.reporting.reproduction import play_command
from harness.reporting.run_facts import NOT_RUN, OUTCOMES, RunFacts

NOTE_MAX: Final = 240
PLAYABLE_MAX: Final = 1_000
"""Beyond so many episodes nobody is told how to play each one that was not run."""


class Words:
    """A list of different words, and the place of each."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def place(self, word: str) -> int:
        """Where a word stands; a new one is put at the end."""
        return self._places.setdefault(word, len(self._places))

    @property
    def all(self) -> list[str]:
        """The words in the order of their places."""
        return list(self._places)


def index_of(facts: RunFacts, details: Details, groups: Sequence[Group]) -> dict[str, Any]:
    """What the page's table shows, filters and opens."""
    scenarios, arms, blames, notes, rules = Words(), Words(), Words(), Words(), Words()
    groups_of = {episode.number: group.number for group in groups for episode in group.episodes}
    rows = []
    for episode in facts.episodes:
        summary = episode.summary
        rows.append([
            inert(episode.key),
            scenarios.place(inert(episode.planned.scenario)),
            arms.place(inert(episode.planned.arm)),
            episode.planned.trial,
            OUTCOMES.index(episode.outcome),
            blames.place(episode.blame),
            notes.place(inert(episode.note[:NOTE_MAX])),
            summary.reward if summary else None,
            summary.steps if summary else None,
            round(summary.seconds, 3) if summary and summary.counts else None,
            summary.tokens if summary else None,
            [rules.place(rule) for rule in details.fired.get(episode.number, ())],
            details.places.get(episode.number),
            details.telling.get(episode.number),
            groups_of.get(episode.number),
        ])  # fmt: skip
    return {
        "scenarios": scenarios.all, "arms": arms.all, "blames": blames.all, "notes": notes.all, "rules": rules.all,
        "outcomes": list(OUTCOMES), "rows": rows, "groups": [inert(group.cause.reason) for group in groups],
        "episodeBlocks": list(details.episode_blocks), "textBlocks": list(details.text_blocks),
        "folder": inert(str(facts.folder.path)),
        "play": {
            str(episode.number): inert(play_command(facts.manifest, episode.planned))
            for episode in facts.episodes if episode.outcome == NOT_RUN
        } if len(facts.episodes) <= PLAYABLE_MAX else {},
    }  # fmt: skip
