"""Does the first half of the reference, then claims that all is done."""

from collections.abc import Sequence
from typing import ClassVar, Final, Literal

from harness.panelist import PanelAgent, Scene, Stand, calls_of, panelists, without_words
from harness.staging.script import Call, Script

_CLAIM: Final = "Everything has been done as you asked."


@panelists.register("quitter")
class Quitter:
    """Stops halfway, before the last call that changes anything, and does not know the answer."""

    expected: ClassVar[Literal["success", "failure"]] = "failure"
    title: ClassVar[str] = "quitter"

    def agents(self, scene: Scene) -> Sequence[PanelAgent]:
        """One, where there is a reference that does something."""

        async def part(stand: Stand) -> None:
            await stand.play(_first_half(scene))
            stand.answer = _CLAIM

        return [PanelAgent("quitter", part)] if calls_of(scene.scenario.reference) else []


def _first_half(scene: Scene) -> Script:
    """The lines before the middle, and before the last deed."""
    lines = without_words(scene.scenario.reference)
    places = [place for place, line in enumerate(lines) if isinstance(line, Call)]
    middle = places[len(places) // 2]
    deeds = [step.step_number for step in (scene.reference.steps if scene.reference else ()) if step.changes]
    last = places[deeds[-1] - 1] if deeds and deeds[-1] <= len(places) else middle
    return lines[: min(middle, last)]
