"""The actor that plays episodes on a node of a cluster; it shares no disk with whoever directs the run."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from harness.version import own_version
from harness.working.answer import failed_answer
from harness.working.bench import Bench, opened_bench
from harness.working.job import Brief, Job
from worlds import host

CLOSE_SECONDS_MAX: Final = 10.0


class Worker:
    """Plays jobs of one run, many at once; what it plays goes back as parcels.

    Its bench is opened at the first need, so that an actor that the cluster starts again is as good as new.
    """

    def __init__(self, brief: dict[str, Any], folder: str | None, given: Mapping[str, str]) -> None:
        """`folder` is the working directory that paths of the run mean; None: the one in which the actor starts.

        `given` are variables that agents are to have.
        """
        host.set_variables(given)
        if folder is not None:
            os.chdir(folder)
        self._brief = Brief.model_validate(brief)
        self._closed = asyncio.Event()
        self._bench: asyncio.Future[Bench] | None = None
        self._open: asyncio.Task[None] | None = None

    async def ready(self) -> str:
        """Open the bench; returns the version of the program. Raises ResumeError where scenarios are other ones."""
        await self._opened()
        return own_version()

    async def play(self, job: dict[str, Any]) -> bytes | dict[str, Any]:
        """Play one job: its parcel, or an answer that says why there is none."""
        try:
            return await (await self._opened()).play_away(Job.model_validate(job))
        except Exception as error:
            return failed_answer(error)

    async def close(self) -> None:
        """End what is under way and give everything back."""
        self._closed.set()
        if self._open is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._open), CLOSE_SECONDS_MAX)

    async def _opened(self) -> Bench:
        if self._bench is None:
            self._bench = asyncio.get_running_loop().create_future()
            self._open = asyncio.create_task(self._serve(self._bench))
        return await asyncio.shield(self._bench)

    async def _serve(self, told: "asyncio.Future[Bench]") -> None:
        """Hold the bench open, in one task from start to end."""
        try:
            async with opened_bench(self._brief) as bench:
                told.set_result(bench)
                await self._closed.wait()
        except Exception as error:
            if told.done():
                raise
            told.set_exception(error)
