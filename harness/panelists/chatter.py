"""Reads all that it can and answers with all of it: an answer that holds everything must not pass for a right one."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, Literal

from harness.intruder import Grounds, Try, intruders
from harness.panelist import PanelAgent, Scene, Stand, panelists
from sandbox_server.call import Call
from sandbox_server.faults.truth import true_reply

ANSWER_MAX: Final = 1024 * 1024
"""Characters of an answer; more would not be taken from any other agent either."""


@panelists.register("chatter")
class Chatter:
    """Says everything."""

    expected: ClassVar[Literal["success", "failure"]] = "failure"
    title: ClassVar[str] = "chatter"

    def agents(self, scene: Scene) -> Sequence[PanelAgent]:
        """One."""

        async def part(stand: Stand) -> None:
            said: list[str] = []
            for one in _readings(scene):
                if one.if_harmless and not await _is_harmless(stand, one):
                    continue
                answer = await stand.player.client.call(one.server, one.name, one.arguments)
                said.append(answer.text)
            stand.answer = "\n\n".join(said)[:ANSWER_MAX]

        return [PanelAgent("chatter", part)]


def _readings(scene: Scene) -> Iterator[Try]:
    for grounds in grounds_of(scene):
        kind = scene.prepared.world.kinds[grounds.server]
        yield from intruders.get(kind).reads(grounds)


async def _is_harmless(stand: Stand, one: Try) -> bool:
    """Whether a call changes nothing on a copy of the world."""
    copy = stand.assignment.client.copy()
    before = copy.content_digest()
    try:
        await true_reply(stand.player.episode, Call(one.server, one.name, dict(one.arguments)), copy)
        return copy.content_digest() == before
    finally:
        copy.close()


def grounds_of(scene: Scene) -> Iterator[Grounds]:
    """The servers of a scene that somebody knows his way around."""
    world = scene.prepared.world
    for server, shown in scene.prepared.presentation.servers.items():
        if server in world.parts and world.kinds[server] in intruders.names():
            tools = frozenset(str(tool["name"]) for tool in shown.surface.tools)
            yield Grounds(server, world.parts[server], tools, scene.touched, shown)
