"""Play episodes on a stage that runs already: a container, a service in CI, or `soundstage serve` in another terminal.

The agent runs where this command runs and reaches the stage's servers by the stage's own URLs.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from harness.engine import EngineError, engines
from harness.recording.run_folder import RunFolder
from harness.remote.fitting import refuse_other_code, refuse_unfit
from harness.remote.place import RemotePlace
from harness.running.order import Order
from sandbox_server.errors import StageError
from sandbox_server.serving.finding import Admin
from worlds.host import environment

TOKEN_VARIABLE: Final = "SOUNDSTAGE_ADMIN_TOKEN"
WAIT_S: Final = 10.0


@engines.register("remote")
class Remote:
    """All episodes take place on one stage; what happens is recorded and judged here."""

    def check(self, order: Order) -> None:
        """Refuse what cannot be played from elsewhere, and a stage that does not answer or that cannot be directed."""
        if not order.engine.admin:
            raise EngineError("--engine remote needs --admin", hint="give the URL of the stage's admin API")
        refuse_unfit(order.agent, order.scenarios, _url_of(order))
        admin = Admin(_url_of(order).rstrip("/").removesuffix("/admin/v1"), _token_of(order))
        try:
            told = admin.ask("GET", "/version", wait_s=WAIT_S)
        except StageError as error:
            raise EngineError(f"--admin {order.engine.admin}: {error.message}", hint=error.hint) from None
        refuse_other_code(told, f"the stage at {order.engine.admin}", "let both be the same")

    @asynccontextmanager
    async def opened(self, order: Order, folder: RunFolder | None) -> AsyncIterator[RemotePlace]:
        """The stage."""
        async with RemotePlace(_url_of(order), _token_of(order), order.agent) as place:
            yield place


def _url_of(order: Order) -> str:
    given = order.engine.admin or ""
    url = given if "://" in given else f"http://{given}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EngineError(f"--admin: {given!r} is no URL", hint="write it like http://127.0.0.1:8081")
    return url


def _token_of(order: Order) -> str:
    token = order.engine.admin_token or environment().get(TOKEN_VARIABLE)
    if not token:
        raise EngineError(
            "--engine remote needs the stage's admin token", hint=f"set {TOKEN_VARIABLE}, or give --admin-token"
        )
    return token
