"""Whether a cluster still answers; the library would try for a minute and then end the process without a word."""

from dataclasses import dataclass
from typing import Final

import anyio

from harness.engine import EngineError

_EVERY_SECONDS: Final = 3.0
_ANSWER_SECONDS_MAX: Final = 3.0
_SILENT_SECONDS_MAX: Final = 15.0
"""Longer than a head takes that somebody starts again under a run, and well before the library gives up."""


@dataclass(slots=True)
class Link:
    """The connection to a cluster, of which nothing else is left to be asked once it is gone."""

    name: str
    """What a person calls it."""
    host: str
    port: int
    gone: bool = False

    async def attend(self) -> None:
        """Look after the cluster for as long as it answers. Raises EngineError when it has not for a while."""
        heard = anyio.current_time()
        while anyio.current_time() - heard < _SILENT_SECONDS_MAX:
            await anyio.sleep(_EVERY_SECONDS)
            if await self._answers():
                heard = anyio.current_time()
        self.gone = True
        raise EngineError(f"{self.name} is gone: nothing has answered there for {_SILENT_SECONDS_MAX:g} seconds")

    async def heard(self) -> None:
        """Come back as soon as the cluster answers: what is lost when it is gone is for whoever attends to tell."""
        while True:
            if await self._answers():
                return
            await anyio.sleep(_EVERY_SECONDS)

    async def _answers(self) -> bool:
        try:
            with anyio.fail_after(_ANSWER_SECONDS_MAX):
                stream = await anyio.connect_tcp(self.host, self.port)
        except (OSError, TimeoutError):
            return False
        await stream.aclose()
        return True
