"""`soundstage serve` over HTTP: open everything, say where it is, print calls, stop cleanly."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from harness.printing.calls import Piece, call_line
from harness.printing.ready import ready_line, ready_text
from harness.printing.writer import LineWriter, say, stdout_shower
from harness.staging.finder import ScenarioFinder, Served, find_served
from sandbox_server.admin.control import DEFAULT
from sandbox_server.admin.resources.ledger import ledger_entry
from sandbox_server.episode import Episode
from sandbox_server.ledger import Entry
from sandbox_server.serving.memory import Memory
from sandbox_server.serving.serving import Options, Ready, Serving
from sandbox_server.serving.signals import loop_factory, stop_signal

INTERRUPTED: Final = 130
_BROKEN_OFF: Final = "ASGI callable returned without"
"""How the HTTP server begins its complaint about an answer that ends before it is whole."""


def serve_http(reference: str, options: Options, *, for_programs: bool) -> int:
    """Serve until a signal comes: 0 after SIGTERM, 130 after Ctrl-C. Raises WorldError or StageError."""
    served = find_served(reference)
    logging.getLogger("uvicorn.error").addFilter(_is_worth_saying)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_serve(served, reference, options, for_programs=for_programs))


async def _serve(served: Served, title: str, options: Options, *, for_programs: bool) -> int:
    serving = Serving(served.found, Memory(served.key), options, ScenarioFinder())
    writer = None if for_programs else LineWriter(stdout_shower())
    stopped = stop_signal()
    try:
        starting: asyncio.Future[Any] = asyncio.ensure_future(serving.start(_watch(writer) if writer else None))
        await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            if served.scenario is not None and served.scenario.faults and not options.faults:
                faults = serving.stage.episodes[DEFAULT].faults
                faults.put(served.scenario.faults, seed=options.faults_seed, note=False)
            _announce(starting.result(), served, title, for_programs=for_programs)
            await stopped
        else:
            starting.cancel()
            await asyncio.wait([starting])
        return INTERRUPTED if stopped.result() == signal.SIGINT else 0
    finally:
        await serving.stop()
        if writer:
            writer.close()


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Answers that are dropped because the stage stops are no news, nor are those that a fault breaks off."""
    if record.getMessage().startswith(_BROKEN_OFF):
        return False
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def _announce(ready: Ready, served: Served, title: str, *, for_programs: bool) -> None:
    for warning in ready.warnings:
        print(f"soundstage: {warning}", file=sys.stderr, flush=True)
    line: dict[str, Any] = ready_line(ready, served.task)
    say(json.dumps(line) if for_programs else ready_text(ready, title, served.task))


def _watch(writer: LineWriter) -> Callable[[Episode, Entry], None]:
    """Print each entry; it is made into a line where nobody waits for it."""

    def watch(episode: Episode, entry: Entry) -> None:
        writer.put(lambda: _line(episode, entry))

    return watch


def _line(episode: Episode, entry: Entry) -> list[Piece]:
    shown = ledger_entry(episode, entry).model_dump()
    return call_line(shown, "" if episode.id == DEFAULT else episode.id)
