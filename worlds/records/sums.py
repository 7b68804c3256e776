"""The two set sums of a store: over content, and over what is observed but is not content."""

from collections.abc import Iterable
from typing import Final, TypeAlias

import immutables

from worlds.digest import EMPTY, SetSum, canonical, entry, minus, plus
from worlds.records.state import Name, State

Weights: TypeAlias = "immutables.Map[Name, int]"
NO_WEIGHTS: Final[Weights] = immutables.Map()


def content_weight(name: Name, state: State) -> int:
    """The weight of a record that is not hidden, 0 where there is none."""
    record = state.record(name)
    if record is None or state.is_hidden(name[0]):
        return 0
    return entry(name[0].encode(), name[1].encode(errors="surrogatepass"), canonical(record))


def marks_weight(name: Name, state: State) -> int:
    """The weight of a key's number, with the record where it is hidden; 0 where no such key ever was."""
    number = state.number(name)
    if number is None:
        return 0
    record = canonical(state.record(name)) if state.is_hidden(name[0]) else b""
    return entry(b"#" + name[0].encode(), name[1].encode(errors="surrogatepass"), b"%d" % number, record)


def after_changes(
    content: SetSum, marks: SetSum, names: Iterable[Name], before: State, after: State, weights: Weights = NO_WEIGHTS
) -> tuple[SetSum, SetSum, Weights]:
    """Both sums after some names changed from one state to another, and the weights that these names have now.

    `weights`: what is known of the weights before.
    """
    for name in names:
        weight = content_weight(name, after)
        known = weights.get(name)
        content = minus(plus(content, weight), content_weight(name, before) if known is None else known)
        weights = weights.set(name, weight)
        if after.is_hidden(name[0]) or before.number(name) != after.number(name):
            marks = minus(plus(marks, marks_weight(name, after)), marks_weight(name, before))
    return content, marks, weights


def content_sum(state: State) -> SetSum:
    """The content sum from nothing."""
    total = EMPTY
    for name in state.names():
        total = plus(total, content_weight(name, state))
    return total


def marks_sum(state: State) -> SetSum:
    """The marks sum from nothing."""
    total = EMPTY
    for table, shelf in state.shelves.items():
        for key in shelf.numbers:
            total = plus(total, marks_weight((table, key), state))
    return total
