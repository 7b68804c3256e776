"""One export from runs to a folder, whole or not at all."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson

from harness.exporter import Exporter, ExportError, Written, find_exporter
from harness.exporting.card import Card
from harness.exporting.example import Example, Telling
from harness.exporting.findings import Findings, Request, card_of
from harness.exporting.lines import write_lines
from harness.exporting.readme import readme
from harness.exporting.selecting import Filters, Picked, Selection, select, sources_of
from harness.exporting.splitting import TEST, TRAIN, Split, split_families
from harness.exporting.telling import Names
from harness.recording.run_folder import refuse_url
from harness.recording.toolbox import Toolbox, read_toolbox
from harness.trajectory import Trajectory
from worlds import host
from worlds.pack import PackBlobs

INDEX: Final = "episodes.jsonl"


class NothingToExport(ExportError):
    """Runs of which nothing fits what was asked for."""

    code = "nothing_to_export"


def carry_out(request: Request) -> Card:
    """Write an export; returns its card.

    Raises ExportError, NothingToExport where nothing is left to write, UnknownName for a format, FolderError for a run
    and ToolsUnknown for one that does not say which tools there were.
    """
    exporter = find_exporter(request.format)
    filters = _with_outcomes(request.filters, exporter)
    sources = sources_of(request.runs)
    selection = select(sources, filters)
    if not selection.picked:
        raise _nothing(selection.left_out)
    split_families([picked.family for picked in selection.picked], request.split)  # refused before anything is read
    examples = _examples(selection, request)
    try:
        with _new_folder(request.out) as folder:
            written = _written(exporter, folder, examples, request.split)
            findings = Findings(request, filters, exporter, sources, selection, examples, written)
            return _finished(folder, findings)
    except OSError as error:
        words = f"cannot write {request.out}: {error.strerror or error}"
        raise ExportError(words, hint="choose another --out") from None


def _with_outcomes(filters: Filters, exporter: Exporter) -> Filters:
    """The filters with the format's own outcomes where nobody says which."""
    chosen = filters.outcomes or tuple(exporter.outcomes)
    return Filters(chosen, filters.reward_min, filters.arms, filters.match)


def _nothing(left_out: Mapping[str, int]) -> NothingToExport:
    return NothingToExport(f"nothing is left to export: {_reasons(left_out) or 'the runs have no episodes'}")


def _refuse_one(told: Sequence[str], left_out: Mapping[str, int]) -> None:
    """Refuse a split of one family. Raises ExportError."""
    if len(set(told)) == 1:
        raise ExportError(
            f"only one scenario family is left, which cannot be split: {told[0]}; left out: {_reasons(left_out)}",
            hint="export several families, or leave --split out",
        )


def _reasons(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))


def _examples(selection: Selection, request: Request) -> list[Example]:
    """What was picked, with the tools that each was shown. Raises ToolsUnknown."""
    opened: dict[Path, PackBlobs] = {}
    boxes: dict[str | None, Toolbox] = {}
    for picked in selection.picked:
        if picked.opening.tools is None or picked.opening.tools not in boxes:
            boxes[picked.opening.tools] = read_toolbox(picked.path, Trajectory(opening=picked.opening), opened)
    telling = Telling(Names(boxes.values()), request.thoughts, request.characters_max, Counter(selection.left_out))
    return [_example(picked, boxes[picked.opening.tools], telling) for picked in selection.picked]


def _example(picked: Picked, toolbox: Toolbox, telling: Telling) -> Example:
    return Example(
        picked.source.name, picked.path, picked.family, picked.opening, picked.closing, toolbox, telling
    )  # fmt: skip


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A folder that takes its place when all is written, and is gone when something fails. Raises ExportError."""
    refuse_url(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportError(f"{out} is there already", hint="give --out a folder that does not exist yet")
    partial = out.absolute().parent / f".{out.absolute().name}.{host.secret(6)}.partial"
    partial.mkdir(parents=True)
    try:
        yield partial
        if out.is_dir():
            out.rmdir()
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _written(exporter: Exporter, folder: Path, examples: Sequence[Example], split: Split) -> dict[str, list[Written]]:
    """What was written, by side. Where a side has nothing of all that it was to hold, families of which nothing could
    be told are left out of the split.

    Raises ExportError where one family is left, NothingToExport and OSError.
    """
    telling, left_out = examples[0].telling, Counter(examples[0].telling.left_out)
    sides = split_families([example.family for example in examples], split)
    written = _side_by_side(exporter, folder, examples, sides)
    told = [example.family for _, _, example in _told(written)]
    if not told:
        raise _nothing(telling.left_out)
    if not all(written.values()):
        _refuse_one(told, telling.left_out)
        sides = dict.fromkeys(sides, TRAIN) | split_families(told, split)
        telling.left_out, telling.unanswered = left_out, 0
        _empty(folder)
        written = _side_by_side(exporter, folder, examples, sides)
    list(write_lines(folder, INDEX, ((_row(*each), ()) for each in _told(written))))
    return written


def _side_by_side(
    exporter: Exporter, folder: Path, examples: Sequence[Example], sides: Mapping[str, str]
) -> dict[str, list[Written]]:
    return {
        side: list(exporter.write(folder, side, (example for example in examples if sides[example.family] == side)))
        for side in (TRAIN, TEST)
        if side in sides.values()
    }


def _told(written: Mapping[str, Sequence[Written]]) -> Iterator[tuple[str, Written, Example]]:
    return ((side, row, example) for side, rows in written.items() for row in rows for example in row.examples)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _row(side: str, written: Written, example: Example) -> dict[str, object]:
    opening, closing = example.opening, example.closing
    return {
        "split": side,
        "file": written.file,
        "row": written.row,
        "run": example.run,
        "trajectory_id": opening.trajectory_id,
        "scenario": opening.scenario,
        "family": example.family,
        "trial": opening.trial,
        "arm": opening.arm,
        "seeds": opening.seeds.model_dump(),
        "outcome": closing.outcome,
        "reward": closing.reward,
    }


def _finished(folder: Path, findings: Findings) -> Card:
    """The card, written beside the data."""
    card = card_of(folder, findings)
    (folder / "card.json").write_bytes(
        orjson.dumps(card.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
    (folder / "README.md").write_text(readme(card), encoding="utf-8")
    return card
