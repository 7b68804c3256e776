"""The card in words, with the front matter by which loaders of data sets find the files."""

from collections.abc import Iterable, Iterator

from harness.exporting.card import Card
from harness.exporting.texts import UNANSWERED

_FRONT = """---
{license}configs:
- config_name: default
  data_files:
{files}tags:
- agents
- tool-use
---
"""
_WORDS = f"""
## What the data are

Each episode is told from the agent's side alone: the task, what it thought where that was recorded, what it called,
what it was answered, what people wrote to it, and its last words. What was true where it was told something else,
which faults were in force, and how it was judged are not in the texts.

- Tools are called `server__tool`; `card.json` says which server and tool each name means.
- Calls that were made before an earlier one was answered stand together. Ids of calls are counted through each
  conversation.
- A call that never had an answer has the answer `{UNANSWERED}`, which nobody sent (in ATIF: none).
- Pictures and other binary contents stand as `[image/png, 1234 bytes]`.
- Halves of characters are replaced by U+FFFD; numbers beyond 64 bits are told as texts.
- Nothing is cut, but for descriptions of tools longer than 1024 characters in the format `openai`.
- There are no token ids, log probabilities or loss masks: nobody recorded any.

`episodes.jsonl` says which row is which episode, with its seeds, outcome and reward. It is no training data.
"""


def readme(card: Card) -> str:
    """README.md of an export."""
    return "".join([_front(card), f"\n# {card.name}\n\n", "\n".join(_told(card)), "\n", _WORDS])


def _front(card: Card) -> str:
    files = "".join(f"  - split: {side}\n    path: {pattern!r}\n" for side, pattern in card.data_files.items())
    return _FRONT.format(license=f"license: {_quoted(card.license)}\n" if card.license else "", files=files)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"


def _told(card: Card) -> Iterator[str]:
    episodes = sum(side.episodes for side in card.sides)
    yield f"{_counted(card.rows, 'row')} in the format `{card.format}`, from {episodes} of {card.planned} planned"
    yield f"episodes, written by Soundstage {card.soundstage}. Licence: {card.license or 'not stated'}.\n"
    yield from _table(("side", "rows", "episodes", "scenario families"), _sides(card))
    yield f"\nThe split is by scenario family, with seed {card.split_seed}: no family is on two sides.\n"
    yield from _table(("run", "agent", "seed", "trials", "exported", "planned"), _runs(card))
    yield f"\nOutcomes: {_counts(card.outcomes)}. Left out: {_counts(card.left_out)}."
    yield f"Filters: {_filters(card)}. Calls without an answer: {card.unanswered_calls}."


def _sides(card: Card) -> Iterator[tuple[object, ...]]:
    return ((side.name, side.rows, side.episodes, ", ".join(side.families)) for side in card.sides)


def _runs(card: Card) -> Iterator[tuple[object, ...]]:
    return ((run.name, f"`{run.agent}`", run.seed, run.trials, run.exported, run.planned) for run in card.runs)


def _filters(card: Card) -> str:
    found = {name: value for name, value in card.filters.model_dump().items() if value not in (None, (), [])}
    return ", ".join(f"{name} {_plain(value)}" for name, value in found.items())


def _plain(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _table(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    heads = list(titles)
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
