"""What a statement may cost, here and in a worker: operations, pages, values, rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final, NamedTuple

UNLIMITED: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one statement may use. `strict` limits hand a statement on; the others end it."""

    operations: int = UNLIMITED
    """Of SQLite's virtual machine: the same statement on the same state always takes as many."""
    pages_read: int = UNLIMITED
    marks: int = UNLIMITED
    rescanned_rows: int = UNLIMITED
    cells: int = UNLIMITED
    """Of the answer."""
    bytes: int = UNLIMITED
    """Of the answer's texts and blobs."""
    value_bytes: int = 1_000_000_000
    pages_written: int = 1 << 31
    patience_ns: int = UNLIMITED
    """CPU time of the thread after which the statement moves to a worker. It decides where a statement runs, never
    what comes of it: operations do not tell how long one of them takes."""
    strict: bool = False
    """Whether costly functions get smaller values still."""


OWNERS: Final = Limits()
"""A world's owner and its agenda are trusted."""
HERE: Final = Limits(
    operations=400_000,
    pages_read=4_000,
    marks=200,
    rescanned_rows=400,
    cells=40_000,
    bytes=512 << 10,
    value_bytes=64 << 10,
    patience_ns=4_000_000,
    strict=True,
)
"""In the process that serves everybody: about 10 ms at the very most."""
WORKER: Final = Limits(
    operations=100_000_000,
    cells=1_000_000,
    bytes=4 << 20,
    value_bytes=64 << 20,
    pages_written=1 << 14,
)
"""In a worker process: several seconds, answers of 4 MB, values and databases of 64 MB above the base."""
SQL_BYTES_HERE: Final = 32 << 10
"""Longer statements are not even parsed here."""

_LINEAR_WORDS: Final = (
    "abs coalesce ifnull iif if nullif length octet_length lower upper hex quote typeof round sign max min sum "
    "total avg count group_concat string_agg concat concat_ws substr substring char unicode date time datetime "
    "julianday unixepoch strftime timediff current_date current_time current_timestamp random randomblob zeroblob "
    "printf format likely unlikely likelihood sqlite_version row_number rank dense_rank percent_rank cume_dist "
    "ntile lag lead first_value last_value nth_value ceil ceiling floor trunc sqrt power pow exp ln log log10 "
    "log2 mod pi acos asin atan atan2 cos sin tan radians degrees json json_extract -> ->> json_valid json_type "
    "json_array json_object json_array_length json_quote json_group_array json_group_object last_insert_rowid "
    "changes total_changes median stddev percentile unhex"
    " "
)
_LINEAR: Final = frozenset(_LINEAR_WORDS.split())
"""Functions whose time grows with their arguments' size, no faster."""
_LINEAR_FREELY: Final = 100
_COSTLY_BYTES: Final = 16 << 10
_COSTLY_MAX: Final = 64


class Pace(NamedTuple):
    """How a statement's functions bound its values, and how often it is looked at."""

    value_bytes: int
    pattern_bytes: int
    every: int
    """Operations between two looks."""


FREE_PACE: Final = Pace(1_000_000_000, 50_000, 1_000)
_PLAIN_EVERY: Final = 100
_COSTLY_EVERY: Final = 4


def pace_of(functions: Sequence[str], limits: Limits) -> Pace | None:
    """The pace for a statement that names these functions; None when no pace would keep it short.

    One operation may call a function, and straight code calls all of them without being looked at once. So the size of
    values is chosen such that all calls together, each at its slowest, stay short: the time of functions such as
    `instr` and `replace` grows with the product of their arguments' sizes.
    """
    if not limits.strict:
        return Pace(limits.value_bytes, 50_000, 1_000)
    costly = sum(1 for name in functions if name.lower() not in _LINEAR)
    if costly > _COSTLY_MAX:
        return None
    freely = limits.value_bytes * _LINEAR_FREELY // max(_LINEAR_FREELY, len(functions))
    if costly == 0:
        return Pace(freely, 256, _PLAIN_EVERY)
    return Pace(min(freely, _COSTLY_BYTES // max(1, isqrt(costly))), 256, _COSTLY_EVERY)
