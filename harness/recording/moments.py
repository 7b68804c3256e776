"""The world after each step of an episode that is in memory still."""

from collections.abc import Sequence
from itertools import accumulate

from harness.trajectory import Step
from sandbox_server.episode import Episode
from sandbox_server.errors import NotFound
from worlds.world import World


class Moments:
    """Finds worlds by the numbers of steps, as the trajectory counts them; a step without an effect left its world as
    the steps before it had made it."""

    def __init__(self, episode: Episode, steps: Sequence[Step]) -> None:
        self._history = episode.history
        self._effects = effects_by_step(steps)

    def __call__(self, step: int) -> World:
        """The world after a step (0: the start), never to be changed. Raises NotFound."""
        if not 0 <= step < len(self._effects):
            raise NotFound(f"there is no step {step}", hint=f"known: 0-{len(self._effects) - 1}")
        return self._history.at(self._effects[step])


def effects_by_step(steps: Sequence[Step]) -> list[int]:
    """By step number, the place in the order of effects of the last effect that it or a step before it had."""
    return list(accumulate((step.effect for step in steps), max, initial=0))
