"""What ends a dialogue: predicates over the state of the world, never a word that somebody says."""

from collections.abc import Sequence

from harness.aside import run_aside
from harness.check import Check, Evidence, evaluate
from harness.recording.step_log import StepLog
from harness.trajectory import Step
from harness.users.person import Person
from harness.users.state import UserState
from harness.users.understanding import Heard
from sandbox_server.episode import Episode
from worlds.world import World


async def is_content(person: Person, episode: Episode, first: World) -> bool:
    """Whether all is done that makes a person content. What held before anything was done makes nobody so."""
    if not person.done or not await _hold(person.done, episode, first):
        return False
    evidence = Evidence(first, first)
    results = await run_aside(evaluate, person.done, evidence)
    return any(result.verdict != "passed" for result in results)


async def wants_done(person: Person, state: UserState, heard: Heard, episode: Episode, first: World) -> int:
    """How many of the opening's matter and the other intents are done, as far as they were told."""
    current = state.intents
    if current >= len(person.intents):
        return current
    checks = person.wants[current]
    if not checks:
        is_done = state.explained and (heard.reports or heard.more) and state.turn >= state.intent_turn
    else:
        is_done = await _hold(checks, episode, first)
    return current + is_done


async def _hold(checks: Sequence[Check], episode: Episode, first: World) -> bool:
    """Whether checks hold in the present state; it is a fork that nobody changes, so that a thread can look at it."""
    evidence = Evidence(first, episode.parked, _steps(episode))
    results = await run_aside(evaluate, checks, evidence)
    return all(result.verdict == "passed" for result in results)


def _steps(episode: Episode) -> Sequence[Step]:
    """The steps so far, from whoever keeps them."""
    return next((tuple(sink.steps) for sink in episode.ledger.sinks if isinstance(sink, StepLog)), ())
