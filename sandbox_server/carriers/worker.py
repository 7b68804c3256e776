"""A connection's worker: it answers one request after the other, and most of them before anybody has to wait.

A task that is woken costs a turn of the event loop, and a usual request is answered without waiting for anything. So a
request begins where its last byte is read, in the name of the worker's task; the task goes on with it if it waits.
"""

import asyncio
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from typing import Any

Request = Coroutine[Any, Any, None]
"""The answering of a request."""


class Worker:
    """One task for the requests of one connection."""

    __slots__ = ("_context", "_handed", "_left", "_loop", "_started", "_task")

    def __init__(self, loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[None]]) -> None:
        """`tasks`: where the task is to be found while it lives."""
        self._loop = loop
        self._left = self._started = False
        self._context = copy_context()
        self._handed: asyncio.Future[Begun | Request] = loop.create_future()
        self._task = loop.create_task(self._work(), context=self._context)
        tasks.add(self._task)
        self._task.add_done_callback(tasks.discard)

    @property
    def idle(self) -> bool:
        """Whether a request can begin."""
        return not self._handed.done()

    def begin(self, request: Request) -> None:
        """Run a request up to its first wait, or to its end. Only for callbacks of the loop, while the worker is idle.

        Tasks are entered as the page "Extending" of asyncio's documentation says. One that has not had its first turn
        cannot be cancelled within a request, so that it has to begin by itself.
        """
        if not self._started:
            self._handed.set_result(request)
            return
        _enter_task(self._loop, self._task)
        try:
            awaited = self._context.run(request.send, None)
        except StopIteration:
            return
        finally:
            _leave_task(self._loop, self._task)
        self._handed.set_result(Begun(request, awaited))

    def leave(self) -> None:
        """End the task: now, or with the request that it is busy with."""
        self._left = True
        self._handed.cancel()

    async def _work(self) -> None:
        self._started = True
        while not self._left:
            await (await self._next())
            self._handed = self._loop.create_future()

    async def _next(self) -> "Begun | Request":
        handed = self._handed
        try:
            return await handed
        except asyncio.CancelledError as error:
            begun = None if handed.cancelled() else handed.result()
            if not isinstance(begun, Begun):
                raise
            begun.cancel(error)  # the task was cancelled just after the request began: that is meant for it
            return begun


class Begun:
    """A coroutine that has run up to its first wait, to be awaited to its end."""

    __slots__ = ("_awaited", "_cancelled", "_coroutine")

    def __init__(self, coroutine: Request, awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = awaited
        self._cancelled: asyncio.CancelledError | None = None

    def cancel(self, error: asyncio.CancelledError) -> None:
        """Cancel what is waited for, as a task does; where that is not possible, the coroutine itself."""
        if self._awaited is None or not self._awaited.cancel():
            self._cancelled = error

    def __await__(self) -> Generator[Any, None, None]:
        send, throw = self._coroutine.send, self._coroutine.throw
        awaited = self._awaited
        error: BaseException | None = self._cancelled
        try:
            while True:
                if error is None:
                    error = yield from _wait(awaited)
                if error is None:
                    awaited = send(None)
                else:
                    thrown, error = error, None
                    awaited = throw(thrown)
        except StopIteration:
            return


def _wait(awaited: Any) -> Generator[Any, None, BaseException | None]:
    """Wait as the coroutine did; how that ended, if badly."""
    try:
        yield awaited
    except BaseException as error:
        return error
    return None
