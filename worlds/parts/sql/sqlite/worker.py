"""The process that runs what may take long or much: one statement at a time, on pages that it is handed.

It reaches no file but the base that its parent names; its parent ends it when a statement overstays.
"""

import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from typing import IO, Any, Final

import immutables

from worlds.digest import EMPTY
from worlds.parts.sql.database import DatabaseError, Outcome
from worlds.parts.sql.sqlite.base import Base, map_base
from worlds.parts.sql.sqlite.catalogue import Catalogue, read_catalogue
from worlds.parts.sql.sqlite.execute import Request, execute
from worlds.parts.sql.sqlite.limits import WORKER
from worlds.parts.sql.sqlite.marks import Marks
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.session import Session, fresh_session
from worlds.parts.sql.sqlite.settle import Delta, measure
from worlds.parts.sql.sqlite.state import State
from worlds.parts.sql.sqlite.text import traits
from worlds.parts.sql.sqlite.wire import (
    Done,
    Work,
    pack_number,
    pack_sum,
    read_frame,
    read_pages,
    unpack_number,
    unpack_sum,
    write_frame,
    write_list,
    write_pages,
)

MEMORY_BYTES: Final = 1 << 30
CPU_SECONDS: Final = 15
_BASES_KEPT: Final = 4
_NICER: Final = 10
_BASES: Final[OrderedDict[tuple[str, str], Base]] = OrderedDict()


def main() -> None:
    """Answer work from stdin on stdout until the parent goes away."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _limit_memory()
    while True:
        try:
            work = read_frame(sys.stdin.buffer, Work)
            pages = _pages(work, sys.stdin.buffer)
        except EOFError:
            return
        _limit_time()
        _answer(work, pages, replies)
        replies.flush()


def _pages(work: Work, stream: IO[bytes]) -> Pages:
    overlay = immutables.Map(read_pages(stream, work.overlay))
    key = work.base_address, work.base_version
    if key not in _BASES:
        _BASES[key] = map_base(work.base_path, work.base_version, work.base_address)
    _BASES.move_to_end(key)
    while len(_BASES) > _BASES_KEPT:
        _BASES.popitem(last=False)
    return Pages(_BASES[key], overlay, work.pages_count)


def _answer(work: Work, pages: Pages, replies: IO[bytes]) -> None:
    marks = Marks()
    with fresh_session(pages, None) as session:
        session.free()
        catalogue = read_catalogue(session.connection)
        outcome = _outcome(session, catalogue, work, marks)
        after = session.mount.pages
        now = catalogue
        if not traits(work.sql).plain and after is not pages:
            session.free()
            now = read_catalogue(session.connection, catalogue)
    marks.renumbered = traits(work.sql).word == "VACUUM"
    before = _state(work, pages, catalogue)
    delta = measure(before, after, now, marks)
    _send(replies, outcome, before, after, delta, redefined=now is not catalogue)


def _outcome(session: Session, catalogue: Catalogue, work: Work, marks: Marks) -> Outcome:
    parameters: Any = tuple(work.parameters) if isinstance(work.parameters, list) else work.parameters
    request = Request(work.sql, parameters, work.ending, work.now_ns, lambda: work.seed)
    return execute(session, catalogue, request, WORKER, marks)


def _state(work: Work, pages: Pages, catalogue: Catalogue) -> State:
    """The state as far as measuring needs it: totals and blame stay with the parent."""
    sums = immutables.Map({name: unpack_sum(each) for name, each in work.sums.items()})
    return State(pages, catalogue, sums, EMPTY, EMPTY, unpack_number(work.internal))


def _send(replies: IO[bytes], outcome: Outcome, before: State, after: Pages, delta: Delta, *, redefined: bool) -> None:
    overlay = [number for number, page in sorted(after.overlay.items()) if before.pages.overlay.get(number) is not page]
    done = Done(
        written=after is not before.pages,
        pages_count=after.count,
        overlay=overlay,
        redefined=redefined,
        sums={name: pack_sum(each) if each else None for name, each in delta.sums.items()},
        internal=pack_number(delta.internal),
        things=delta.things,
    )
    rows: Sequence[Any] = ()
    if isinstance(outcome, DatabaseError):
        done.error = (outcome.kind, outcome.message)
    else:
        done.columns, done.types, done.affected = outcome.columns, outcome.types, outcome.affected
        rows = outcome.rows
    write_frame(replies, done)
    write_list(replies, rows)
    write_list(replies, [(change.path, change.before, change.after) for change in delta.changes])
    write_pages(replies, (after.overlay[number] for number in overlay))


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource  # exists on POSIX only

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if hasattr(os, "nice"):
        os.nice(_NICER)


def _limit_time() -> None:
    """From now on CPU_SECONDS more, then the kernel ends this process."""
    if sys.platform != "win32":
        import resource  # exists on POSIX only

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
