"""Failures grouped by cause: whose fault, in what way, and which checks noticed."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.recording.summary import LOST, Summary
from harness.reporting.run_facts import NOT_RUN, EpisodeFacts

GROUPS_MAX: Final = 40
SHOWN_MAX: Final = 6
_BLAMES: Final = ("agent", "fault", "user", "scenario", "infrastructure")
_UNDOINGS: Final = {"client_died": "its client died", "gave_up": "it gave up", "wrong": "it was wrong"}
_CHECKS: Final = re.compile(r"^not: [^;]*(?:; |$)")
_STRAYED: Final = re.compile(r"^changed \d+ things? it may not: [^;]*(?:; |$)")
_TOOL: Final = re.compile(r"^[\w.-]+\.[\w/.-]+: ")
_REFERENCE: Final = re.compile(r"^\$\{[^}]*\}: ")
"""What a script wanted to hand on."""
_PARTICULAR: Final = re.compile(r"\s*[\[{\"'(].*$", re.DOTALL)
_REASON_MAX: Final = 140


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an episode did not succeed, without what is particular to it."""

    blame: str
    outcome: str
    undoing: str
    reason: str

    @property
    def way(self) -> str:
        """How an agent came to it, in words; empty where that says nothing."""
        return _UNDOINGS.get(self.undoing, "")


@dataclass(frozen=True, slots=True)
class Group:
    """The episodes of one cause."""

    number: int
    cause: Cause
    episodes: Sequence[EpisodeFacts]
    checks: Sequence[tuple[str, int]]
    """The checks that failed, and in how many episodes; none of episodes that say nothing about the agent."""
    scenarios: int

    @property
    def shown(self) -> Sequence[EpisodeFacts]:
        """Some of them, of as many scenarios as can be."""
        firsts = {episode.planned.scenario: episode for episode in reversed(self.episodes)}
        chosen = sorted(firsts.values(), key=lambda episode: episode.number)
        rest = [episode for episode in self.episodes if episode not in chosen]
        return [*chosen, *rest][:SHOWN_MAX]


def grouped_by_cause(episodes: Sequence[EpisodeFacts]) -> list[Group]:
    """All that began and did not succeed, by cause: in the order of blame, the most frequent first."""
    groups: dict[Cause, list[EpisodeFacts]] = {}
    for episode in episodes:
        if episode.outcome not in ("success", NOT_RUN):
            groups.setdefault(cause_of(episode), []).append(episode)
    ranked = sorted(groups.items(), key=lambda item: (_BLAMES.index(item[0].blame), -len(item[1])))
    return [_group(number, cause, found) for number, (cause, found) in enumerate(ranked)]


def cause_of(episode: EpisodeFacts) -> Cause:
    """The cause of an episode that did not succeed."""
    summary = episode.summary
    undoing = (summary.undoing if summary else None) or ""
    return Cause(episode.blame, episode.outcome, undoing, _reason(episode, summary))


def _reason(episode: EpisodeFacts, summary: Summary | None) -> str:
    if summary is None or episode.outcome == LOST:
        return "its record cannot be read" if episode.problem else "its record has no end"
    if summary.violations:
        return f"must never happen: {', '.join(sorted(set(summary.violations)))}"
    if summary.outcome == "invalid":
        return f"{summary.cause or 'infrastructure'}: {_general(summary.note)}"
    words = _general(_CHECKS.sub("", summary.note))
    return words or _missed(summary.checks or {})


def _missed(checks: Mapping[str, str]) -> str:
    names = [name for name, verdict in checks.items() if verdict != "passed"]
    return f"not: {', '.join(names)}" if names else "nothing was said about it"


def _general(note: str) -> str:
    """A reason without tools, texts and figures that differ from episode to episode."""
    if _STRAYED.match(note):
        rest = _general(_STRAYED.sub("", note))
        return f"changed what it may not; {rest}" if rest else "changed what it may not"
    first = note.strip().partition("\n")[0]
    words = _PARTICULAR.sub("", re.sub(r"\d+", "#", _REFERENCE.sub("", _TOOL.sub("", first)))).rstrip(" :;,")
    return words if len(words) <= _REASON_MAX else f"{words[:_REASON_MAX]}…"


def _group(number: int, cause: Cause, episodes: Sequence[EpisodeFacts]) -> Group:
    failed = Counter(
        name
        for episode in episodes if episode.summary and episode.summary.counts
        for name, verdict in (episode.summary.checks or {}).items() if verdict == "failed"
    )  # fmt: skip
    scenarios = len({episode.planned.scenario for episode in episodes})
    return Group(number, cause, episodes, failed.most_common(SHOWN_MAX), scenarios)
