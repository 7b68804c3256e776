"""Programs of clients that are run to their end."""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any, Final

SECONDS_MAX: Final = 300.0
"""Against programs that hang; nothing else takes as long, however busy the machine is."""


async def finished(*words: str | Path, **options: Any) -> tuple[int, bytes, bytes]:
    """A program's status, and what it said on stdout and stderr; nobody leaves it behind."""
    process = await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=PIPE, **options)
    try:
        async with asyncio.timeout(SECONDS_MAX):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out, err
