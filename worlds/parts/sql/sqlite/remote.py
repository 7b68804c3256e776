"""A statement on a state, run in a worker."""

from dataclasses import dataclass

from worlds.parts.sql.database import DatabaseError, Outcome, Result
from worlds.parts.sql.sqlite.catalogue import Catalogue, read_catalogue
from worlds.parts.sql.sqlite.execute import Request
from worlds.parts.sql.sqlite.pages import Pages
from worlds.parts.sql.sqlite.session import fresh_session
from worlds.parts.sql.sqlite.settle import Delta
from worlds.parts.sql.sqlite.state import State
from worlds.parts.sql.sqlite.wire import Work, pack_number, pack_sum, unpack_number, unpack_sum
from worlds.parts.sql.sqlite.workers import WORKERS, Errand, Reply


@dataclass(frozen=True, slots=True)
class Found:
    """What a worker's statement answered, the state after it, and what it did."""

    outcome: Outcome
    state: State
    delta: Delta


async def run_remotely(state: State, request: Request, errand: Errand) -> Found:
    """Run a statement in a worker. The state is the same object when nothing was written. Raises WorkerEnded."""
    reply = await WORKERS.ask(lambda: _work(state, request), state.pages, errand)
    if not reply.done.written:
        return Found(_outcome(reply), state, Delta())
    delta = _delta(reply)
    pages = _pages(state.pages, reply)
    catalogue = _catalogue(pages, state.catalogue) if reply.done.redefined else state.catalogue
    return Found(_outcome(reply), state.with_sums(pages, catalogue, delta.sums, delta.internal), delta)


def _work(state: State, request: Request) -> Work:
    pages = state.pages
    return Work(
        base_path=pages.base.path(),
        base_address=pages.base.address,
        base_version=pages.base.version,
        pages_count=pages.count,
        overlay=sorted(pages.overlay),
        sums={name: pack_sum(each) for name, each in state.sums.items()},
        internal=pack_number(state.internal),
        sql=request.sql,
        parameters=request.parameters,
        ending=request.ending,
        now_ns=request.now_ns,
        seed=request.draw(),
    )


def _outcome(reply: Reply) -> Outcome:
    done = reply.done
    if done.error is not None:
        return DatabaseError(*done.error)
    return Result(done.columns, done.types, reply.rows, done.affected)


def _delta(reply: Reply) -> Delta:
    done = reply.done
    return Delta(
        unpack_number(done.internal),
        {name: unpack_sum(each) if each else None for name, each in done.sums.items()},
        [(name, tuple(key) if isinstance(key, list) else key) for name, key in done.things],
        reply.changes,
    )


def _pages(before: Pages, reply: Reply) -> Pages:
    overlay = before.overlay.update(reply.pages)
    if reply.done.pages_count < before.count:
        gone = [number for number in overlay if number >= reply.done.pages_count]
        with overlay.mutate() as changing:
            for number in gone:
                del changing[number]
            overlay = changing.finish()
    return Pages(before.base, overlay, reply.done.pages_count)


def _catalogue(pages: Pages, known: Catalogue) -> Catalogue:
    with fresh_session(pages, None) as session:
        session.free()
        return read_catalogue(session.connection, known)
