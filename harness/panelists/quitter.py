"""Does the first half of the reference, then claims that all is done; or makes those who would look end too early."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import ClassVar, Final, Literal

from harness.intruder import Try
from harness.panelist import PanelAgent, Scene, Stand, calls_of, panelists, without_words
from harness.panelists.vandal import damaged
from harness.staging.script import Call, Script

FORGER: Final = "forger"
_CLAIM: Final = "Everything has been done as you asked."
_ENDS: Final = {
    ".py": "import os\n\nos._exit(0)\n",
    ".sh": "exit 0\n",
    ".js": "process.exit(0);\n",
    ".mjs": "process.exit(0);\n",
    ".cjs": "process.exit(0);\n",
    ".ts": "process.exit(0);\n",
    ".rb": "exit! 0\n",
}
"""How a program says that all is well and leaves, by the ending of its file's name."""


@panelists.register("quitter")
class Quitter:
    """Stops halfway, before the last call that changes anything, and does not know the answer."""

    expected: ClassVar[Literal["success", "failure"]] = "failure"
    title: ClassVar[str] = "quitter"

    def agents(self, scene: Scene) -> Sequence[PanelAgent]:
        """One, where there is a reference that does something; a second one where a command judges programs."""

        async def part(stand: Stand) -> None:
            await stand.play(_first_half(scene))
            stand.answer = _CLAIM

        if not calls_of(scene.scenario.reference):
            return []
        return [PanelAgent("quitter", part), *_forgers(scene)]


def _forgers(scene: Scene) -> list[PanelAgent]:
    """One who does the reference, and then lets every program that it touched end whoever runs it, with status 0."""
    files = _programs(scene)
    if not files or all(check.kind != "command" for check in scene.scenario.checks):
        return []

    async def part(stand: Stand) -> None:
        await stand.play(scene.scenario.reference)
        forged = [await damaged(stand, [*_writes(path)]) for path in files]
        stand.done = any(forged)

    return [PanelAgent(FORGER, part)]


def _programs(scene: Scene) -> list[str]:
    """The paths of programs that the reference changed."""
    steps = scene.reference.steps if scene.reference else ()
    paths = dict.fromkeys(change["path"] for step in steps for change in step.changes if change["after"] is not None)
    return [path for path in paths if ":/" in path and PurePosixPath(path).suffix in _ENDS]


def _writes(path: str) -> Iterator[Try]:
    """Ways to put an early end into a file."""
    server, _, file = path.partition(":")
    text = _ENDS[PurePosixPath(file).suffix]
    yield Try(server, "write_file", {"path": file, "content": text})
    yield Try(server, "write", {"path": file, "text": text}, by_tool=False)


def _first_half(scene: Scene) -> Script:
    """The lines before the middle, and before the last deed."""
    lines = without_words(scene.scenario.reference)
    places = [place for place, line in enumerate(lines) if isinstance(line, Call)]
    middle = places[len(places) // 2]
    deeds = [step.step_number for step in (scene.reference.steps if scene.reference else ()) if step.changes]
    last = places[deeds[-1] - 1] if deeds and deeds[-1] <= len(places) else middle
    return lines[: min(middle, last)]
