"""The files of a description and the references between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from worlds.parts.api.document.document import Concern
from worlds.parts.api.document.pointer import found, joined, steps_of
from worlds.parts.api.document.source import Source, read_source
from worlds.yamlfile import FileProblem

_FILES_MAX: Final = 500
_HOPS_MAX: Final = 50
_CONCERNS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A value somewhere in the files, and where it stands."""

    source: Source
    pointer: str
    value: Any

    def below(self, pointer: str, value: Any) -> "Spot":
        """Something within."""
        return Spot(self.source, pointer, value)


@dataclass(slots=True)
class Library:
    """The files that were read so far, and what is to be said about them."""

    root: Source
    folder: Path | None
    """Where files beside the document may lie; None for a text without a place."""
    sources: dict[str, Source] = field(default_factory=dict)
    noted: dict[tuple[str, str, str], None] = field(default_factory=dict)
    """(file, pointer, message), in the order of noticing."""

    def note(self, source: Source, pointer: str, message: str) -> None:
        """Remember something that is not supported."""
        if len(self.noted) < _CONCERNS_MAX:
            self.noted.setdefault((source.file, pointer, message))

    def concerns(self) -> tuple[Concern, ...]:
        """All that was noted, with lines and columns."""
        files = {self.root.file: self.root, **{source.file: source for source in self.sources.values()}}
        wanted: dict[str, list[str]] = {}
        for file, pointer, _ in self.noted:
            wanted.setdefault(file, []).append(pointer)
        places = {file: files[file].places(pointers) for file, pointers in wanted.items()}
        return tuple(Concern(text, file, at, *places[file][at]) for file, at, text in self.noted)

    def follow(self, spot: Spot) -> Spot | None:
        """What stands behind a reference object, however many lead to it; other values as they are.

        None, with a note, for a reference that leads nowhere or in a circle.
        """
        for _ in range(_HOPS_MAX):
            if not (isinstance(spot.value, dict) and isinstance(spot.value.get("$ref"), str)):
                return spot
            target = self.target(spot, spot.value["$ref"])
            if target is None:
                return None
            spot = target
        self.note(spot.source, spot.pointer, "references lead in a circle; this is left out")
        return None

    def target(self, spot: Spot, reference: str) -> Spot | None:
        """What one reference leads to; None, with a note, where that is nothing."""
        address, _, fragment = reference.partition("#")
        try:
            source = self._source(spot.source, address) if address else spot.source
            if fragment and not fragment.startswith("/"):
                raise KeyError(fragment)
            return Spot(source, fragment, found(source.data, steps_of(fragment)))
        except KeyError as error:
            reason = f"there is no {error.args[0]!r} there" if fragment else "such references are not followed"
        except FileProblem as error:
            reason = error.message
        self.note(spot.source, spot.pointer, f"the reference {reference!r} leads nowhere: {reason}; anything fits here")
        return None

    def _source(self, base: Source, address: str) -> Source:
        """A file beside the one that names it. Raises FileProblem."""
        if "://" in address or self.folder is None:
            raise FileProblem("only files beside the document are read", file=base.file)
        path = (Path(base.file).parent / address).resolve()
        if path == Path(self.root.file).resolve():
            return self.root
        if str(path) in self.sources:
            return self.sources[str(path)]
        if not path.is_relative_to(self.folder.resolve()) or len(self.sources) >= _FILES_MAX:
            raise FileProblem("only files in the folder of the document are read", file=base.file)
        self.sources[str(path)] = read_source(path)
        return self.sources[str(path)]


def items_of(library: Library, spot: Spot, what: str) -> Iterator[tuple[str, Spot]]:
    """The entries of a mapping; where it is none, a note and nothing."""
    if spot.value is None:
        return
    if not isinstance(spot.value, dict):
        library.note(spot.source, spot.pointer, f"{what}: a mapping is expected here; this is left out")
        return
    for key, value in spot.value.items():
        yield key, spot.below(joined(spot.pointer, key), value)
