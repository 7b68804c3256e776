"""`python -m sandbox_server`: a stage by itself, which is how containers hold one.

It needs no world and no disk. Episodes come and go over the admin API; `--world` serves one from the start. Every
setting is a word on the command line or a variable of the environment (`--admin-port` is ADMIN_PORT), but for tokens:
ADMIN_TOKEN and TOKEN, or the files named by ADMIN_TOKEN_FILE and TOKEN_FILE (/dev/stdin is one). Where no owner's token
is given, one is made up and told in the one line of JSON that stdout gets once both listeners are open:

    {"agents": URL, "admin": URL, "token": "only where none was given", "episode": ..., "servers": {...}, "digest": ...}

A container hands its variables to every command that is run in it: where such commands are not the owner's, let the
token be made up, or put it into a file that only the server's user can read.

SIGTERM and SIGINT drain it: answers in progress get `--grace-s`, then everything ends with status 0. Settings that
cannot be end it with status 2. `--healthy`, with the same settings, asks whether both listeners answer: 0 or 1.
"""

import asyncio
import gc
import json
import logging
import sys
from collections.abc import Sequence
from typing import Final

from sandbox_server.serving.signals import loop_factory, stop_signal
from sandbox_server.standing.settings import Settings, read_settings
from worlds import host
from worlds.errors import Problem

REFUSED: Final = 2


def main(words: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; returns the exit status."""
    try:
        settings = read_settings(sys.argv[1:] if words is None else words, host.environment())
        if settings.healthy:
            from sandbox_server.standing.healthy import is_healthy  # a stage itself has no use for a client

            return 0 if is_healthy(settings) else 1
        logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(_stand(settings))
    except Problem as problem:
        print(f"{problem.message}{f' ({problem.hint})' if problem.hint else ''}", file=sys.stderr)
        return REFUSED


async def _stand(settings: Settings) -> int:
    """Open a stage, say where it is, keep it until the end is asked for, and drain it."""
    gc.disable()  # what is loaded stays: looking through it again and again takes an eighth of a container's start
    from sandbox_server.standing.standing import Standing  # asking whether it is healthy needs nothing of it

    gc.enable()
    standing, stopped = Standing(settings), stop_signal()
    starting = asyncio.ensure_future(standing.start())
    await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return 0
    print(json.dumps(starting.result().to_json()), flush=True)
    await stopped
    await standing.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
