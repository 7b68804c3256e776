"""Beginning a run or going on with one, and carrying it out until it has ended or somebody interrupts it."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import anyio

from harness.engine import EngineError, EngineOptions
from harness.errors import one_error
from harness.recording.run_folder import FolderError, RunFolder, new_folder
from harness.runner import new_result, run_all
from harness.running.order import Order, prepare_all
from harness.running.resume import order_of, prepare_again, resumed_result
from harness.running.tally import RunResult
from harness.running.terms import Terms, terms_from_json
from harness.running.threshold import Threshold, refuse_unanswerable
from harness.running.watcher import UNWATCHED, Watcher
from harness.staging.prepared import Prepared
from worlds.errors import Problem

_STOPS: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM") if hasattr(signal, name))


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is ready to go on."""

    order: Order
    prepared: Sequence[Prepared]
    result: RunResult

    @property
    def ended(self) -> int:
        """How many episodes have ended."""
        return len(self.result.summaries)


def new_run(order: Order, out: Path | None, *, recorded: bool = True) -> Run:
    """A run of which nothing has happened; not `recorded`, it stays in memory.

    Raises FileProblem, AgentError, ThresholdError and FolderError before anything is run.
    """
    prepared = prepare_all(order)
    result = new_result(order, prepared, None)
    _refuse_unanswerable(order, prepared)
    if not recorded:
        return Run(order, prepared, result)
    if order.store is not None:
        _refuse_store(order.store)
    folder = new_folder(out, order.paths)
    try:
        return Run(order, prepared, new_result(order, prepared, folder))
    except OSError as error:
        raise _unwritable(folder, error) from None


def old_run(
    folder: RunFolder,
    parallel: int | None,
    thresholds: Sequence[Threshold],
    *,
    retry_invalid: bool = False,
    engine: EngineOptions | None = None,
    terms: Callable[[Terms], Terms] = lambda terms: terms,
) -> Run:
    """A run that was begun earlier, with what ended in it; `terms` makes new terms of those that it had.

    Raises ResumeError and what `new_run` raises.
    """
    manifest = folder.manifest()
    order = order_of(manifest, parallel, thresholds, engine, terms(terms_from_json(manifest.terms)))
    prepared = prepare_again(order, manifest)
    _refuse_unanswerable(order, prepared)
    try:
        with folder.held():
            return Run(order, prepared, resumed_result(order, prepared, folder, retry_invalid=retry_invalid))
    except OSError as error:
        raise _unwritable(folder, error) from None


def carry_out(run: Run, watcher: Watcher = UNWATCHED, *, heed_signals: bool = True) -> None:
    """Run all that is left. With `heed_signals` Ctrl-C and SIGTERM end the run and keep what ended.

    Must not be called inside a running event loop. Raises FolderError when another process runs it.
    """
    folder = run.result.folder
    with folder.held() if folder else nullcontext(), _stored(run, watcher) as told:
        anyio.run(_until_stopped if heed_signals else _to_the_end, run, told)
        if folder is not None and not run.result.interrupted and not run.result.broken:
            _index(folder)


@contextmanager
def _stored(run: Run, watcher: Watcher) -> Iterator[Watcher]:
    """Keep the run in its object store as well, if it has one; what cannot be sent is said in the result."""
    folder, store = run.result.folder, run.order.store
    if folder is None or store is None:
        yield watcher
        return
    from harness.store.courier import Courier  # fsspec is an extra

    courier = Courier(folder, store, watcher)
    try:
        yield courier
    finally:
        run.result.unsent = courier.finish()


def _index(folder: RunFolder) -> None:
    """Index a run that has ended; where that fails it is done when somebody asks, and nothing is lost."""
    from harness.store.index import indexed  # DuckDB is the heaviest thing there is

    with suppress(Problem, OSError):
        indexed(folder)


async def _to_the_end(run: Run, watcher: Watcher) -> None:
    try:
        await run_all(run.order, run.prepared, run.result, watcher)
    except (OSError, EngineError) as error:
        run.result.broken, run.result.interrupted = str(error), False


async def _until_stopped(run: Run, watcher: Watcher) -> None:
    with one_error():
        async with anyio.create_task_group() as group:
            group.start_soon(_cancel_on_signal, group.cancel_scope)
            await _to_the_end(run, watcher)
            group.cancel_scope.cancel()


async def _cancel_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(*_STOPS) as signals:
        async for _ in signals:
            scope.cancel()


def _refuse_store(url: str) -> None:
    """Refuse a store that cannot be had before anything is run. Raises StoreError."""
    from harness.store.sending import refuse_used  # fsspec is an extra

    refuse_used(url)


def _refuse_unanswerable(order: Order, prepared: Sequence[Prepared]) -> None:
    """Thresholds are about the whole run, of which this may be a share. Raises ThresholdError."""
    refuse_unanswerable(order.thresholds, new_result(replace(order, shard=None), prepared, None).tallies)


def _unwritable(folder: RunFolder, error: OSError) -> FolderError:
    return FolderError(f"cannot write to {folder.path}: {error.strerror}", hint="choose another place with --out")
