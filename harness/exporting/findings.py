"""What an export was asked for and came to, and the card that is made of it."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.exporter import Exporter, Written
from harness.exporting.card import Card, CardFile, CardFilters, CardRun, CardSide, CardTool
from harness.exporting.example import Example, Telling
from harness.exporting.selecting import Filters, Selection, Source
from harness.exporting.splitting import Split
from harness.exporting.telling import Names
from harness.recording.run_folder import MANIFEST
from harness.version import own_version


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    runs: tuple[str | Path, ...]
    format: str
    out: Path
    filters: Filters = field(default_factory=Filters)
    split: Split = field(default_factory=Split)
    license: str | None = None
    thoughts: bool = True
    characters_max: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a card is made from."""

    request: Request
    filters: Filters
    exporter: Exporter
    sources: Sequence[Source]
    selection: Selection
    examples: Sequence[Example]
    written: Mapping[str, Sequence[Written]]
    """By side of the split."""

    @property
    def telling(self) -> Telling:
        """How it was told, and what was left out meanwhile."""
        return self.examples[0].telling

    @property
    def told(self) -> list[Example]:
        """The episodes that are in the data."""
        return [example for rows in self.written.values() for row in rows for example in row.examples]


def card_of(folder: Path, findings: Findings) -> Card:
    """The card of what was written into a folder."""
    request, telling, told = findings.request, findings.telling, findings.told
    return Card(
        name=request.out.absolute().name,
        format=request.format.replace("_", "-"),
        soundstage=own_version(),
        license=request.license,
        runs=tuple(_run(source, told) for source in findings.sources),
        filters=_filters(findings),
        split=request.split.share,
        split_seed=request.split.seed,
        sides=tuple(_side(name, findings) for name in findings.written),
        planned=findings.selection.planned,
        left_out=dict(sorted(telling.left_out.items())),
        outcomes=dict(sorted(Counter(example.closing.outcome for example in told).items())),
        unanswered_calls=telling.unanswered,
        tools=_tools(telling.names),
        data_files={side: findings.exporter.data_files.format(split=side) for side in findings.written},
        files=tuple(_file(folder, path, findings) for path in sorted(folder.rglob("*")) if path.is_file()),
    )


def _run(source: Source, told: Sequence[Example]) -> CardRun:
    manifest, own = source.manifest, [example for example in told if example.run == source.name]
    return CardRun(
        name=source.name,
        agent=manifest.agent,
        model=tuple(sorted({example.closing.model for example in own if example.closing.model})),
        seed=manifest.seed,
        trials=manifest.trials,
        arms=tuple(arm.name for arm in manifest.arms),
        status=manifest.status,
        soundstage=manifest.soundstage,
        manifest_sha256=_hash(source.folder.path / MANIFEST),
        planned=len(manifest.planned),
        exported=len(own),
    )


def _filters(findings: Findings) -> CardFilters:
    filters, request = findings.filters, findings.request
    return CardFilters(
        outcomes=filters.outcomes,
        reward_min=filters.reward_min,
        arms=filters.arms,
        match=filters.match.text if filters.match else None,
        characters_max=request.characters_max,
        thoughts=request.thoughts,
    )


def _side(name: str, findings: Findings) -> CardSide:
    rows = findings.written[name]
    examples = [example for row in rows for example in row.examples]
    families = sorted({example.family for example in examples})
    return CardSide(name=name, families=tuple(families), episodes=len(examples), rows=len(rows))


def _tools(names: Names) -> tuple[CardTool, ...]:
    return tuple(CardTool(name=name, server=server, tool=tool) for (server, tool), name in names.known.items())


def _file(folder: Path, path: Path, findings: Findings) -> CardFile:
    name = path.relative_to(folder).as_posix()
    rows = sum(row.file == name for written in findings.written.values() for row in written)
    return CardFile(path=name, rows=rows, size_bytes=path.stat().st_size, sha256=_hash(path))


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
