"""Does the reference, and then some damage: a check that looks only at what was asked never notices."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from harness.intruder import Damage, Try, intruders
from harness.panelist import PanelAgent, Scene, Stand, panelists
from harness.panelists.chatter import grounds_of


@panelists.register("vandal")
class Vandal:
    """Damages one thing in each episode, through the server's tools where they can."""

    expected: ClassVar[Literal["success", "failure"]] = "failure"
    title: ClassVar[str] = "vandal"

    def agents(self, scene: Scene) -> Sequence[PanelAgent]:
        """One for each damage, where there is a reference."""
        if not scene.scenario.reference:
            return []
        return [_agent(scene, damage) for damage in _damages(scene)]


def _damages(scene: Scene) -> Iterator[Damage]:
    for grounds in grounds_of(scene):
        yield from intruders.get(scene.prepared.world.kinds[grounds.server]).damages(grounds)


def _agent(scene: Scene, damage: Damage) -> PanelAgent:
    async def part(stand: Stand) -> None:
        await stand.play(scene.scenario.reference)
        stand.done = await damaged(stand, damage.tries)

    return PanelAgent("vandal", part, damage.words)


async def damaged(stand: Stand, tries: Sequence[Try]) -> bool:
    """Make tries until one changes the world, and say whether one did."""
    for one in tries:
        before = stand.digest
        if one.by_tool:
            await stand.player.client.call(one.server, one.name, one.arguments)
        else:
            await stand.assignment.client.perform(one.server, one.name, one.arguments)
        if stand.digest != before:
            return True
    return False
