"""An agent that is an image: for each episode a container of its own, which finds what a command finds."""

from dataclasses import replace
from typing import ClassVar, Literal

from harness.acting.errand import Errand, Errands
from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.agents.command import filled, words_of
from harness.isolation import isolations
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds.clock import Mode


@agent_kinds.register("image")
class ImageKind:
    """`image:IMAGE`, or `image:IMAGE WORDS` with words as `docker run` takes them, and holes as commands have them."""

    example: ClassVar[str] = "image:my-agent"

    def agent(self, rest: str, options: Options) -> "ImageAgent":
        """The agent in an image. Raises AgentError when there is none, or no Docker."""
        image, *words = words_of(rest) or [""]
        if options.image is not None or options.isolation not in ("none", "container"):
            raise AgentError(
                "`image:` says itself which image it is, and how it is kept apart",
                hint="leave out --image and --isolation",
            )
        refusal = isolations.get("container").refusal(image)
        if refusal is not None:
            raise AgentError(f"no agent {rest!r} can be had here: {refusal}", hint="write image:NAME")
        return ImageAgent(rest, words, replace(options, isolation="container", image=image))


class ImageAgent:
    """Runs a container once for each episode, on a flowing clock, and removes it."""

    kind = "image"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    is_launched = True
    isolation: Isolation = "container"

    def __init__(self, rest: str, words: list[str], options: Options) -> None:
        self.spec = f"image:{rest}"
        self._words = words
        self._errands = Errands(options, alone=True)
        self.unrecorded = self._errands.own.names

    @property
    def address(self) -> str:
        """Where it reaches listeners of this process. Raises IsolationError."""
        return self._errands.address

    def check(self, scenario: Scenario) -> None:
        """Refuse what the options make impossible."""
        self._errands.check(scenario)

    async def act(self, assignment: Assignment) -> Departure:
        """Run the container to its end."""
        return await self._errands.run(assignment, Errand(lambda desk: filled(self._words, desk)))
