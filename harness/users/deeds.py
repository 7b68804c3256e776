"""What a person does in the world with tools of their own: calls under their own name, through the servers."""

from dataclasses import replace

from harness.users.acts import Act, Decision
from harness.users.person import Person
from harness.users.presence import Presence
from sandbox_server.episode import Episode


async def carried_out(person: Person, episode: Episode, decision: Decision, presence: Presence) -> Decision:
    """A decision in which everything that was to be done was tried, and the acts say what came of it."""
    acts = [await _tried(person, episode, act, presence) if act.kind == "does" else act for act in decision.acts]
    return replace(decision, acts=tuple(acts))


async def _tried(person: Person, episode: Episode, act: Act, presence: Presence) -> Act:
    deed = person.written.can[act.slots["deed"]]
    for call in person.deeds[act.slots["deed"]]:
        failed = await presence.fails(episode, person.actor, call)
        if failed is not call.expects_error:
            return Act("did", {"says": deed.fails}) if deed.fails else Act("could_not")
    return Act("did", {"says": deed.says}) if deed.says else Act("did_plain")
