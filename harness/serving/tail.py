"""Following the ledger of a stage over its admin API, from one stage to the next where it is restarted."""

import contextlib
import http.client
import json
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from harness.printing.calls import call_line
from harness.printing.writer import Show, stdout_shower
from harness.serving.owner import Where, admin_of
from sandbox_server.errors import NotFound
from sandbox_server.serving.finding import Admin, Unreachable

EVENTS: Final = "text/event-stream"
SILENCE_S: Final = 45.0
"""Three heartbeats."""
RETRY_S: Final = 0.5


def follow(where: Where, episode: str, *, from_start: bool, for_programs: bool) -> NoReturn:
    """Print entries until SIGTERM (exit status 0) or Ctrl-C.

    Raises StageError when no stage can be found at first, or when it refuses.
    """
    signal.signal(signal.SIGTERM, _stop)
    admin = admin_of(where)
    follower = Follower(episode, "" if from_start else newest_id(admin, episode))
    show = None if for_programs else stdout_shower()
    pause = threading.Event()
    while True:
        with contextlib.suppress(Unreachable, NotFound):
            for entry in follower.entries(admin_of(where)):
                _print(entry, show)
        pause.wait(RETRY_S)


class Follower:
    """Where one has got to in the ledger of an episode."""

    def __init__(self, episode: str, last_id: str) -> None:
        self.episode = episode
        self.last_id = last_id

    def entries(self, admin: Admin) -> Iterator[dict[str, Any]]:
        """The entries after the last one seen, as they come, until the stream ends. Raises StageError."""
        path = f"/episodes/{self.episode}/ledger"
        opened = admin.opened("GET", path, accept=EVENTS, wait_s=SILENCE_S, last_event_id=self.last_id)
        with opened as response:
            if response.status != 200:
                raise NotFound(str(json.loads(response.read()).get("detail")))
            for event in events(response):
                if event.get("event") == "entry":
                    self.last_id = event["id"]
                    yield json.loads(event["data"])


def events(response: http.client.HTTPResponse) -> Iterator[dict[str, str]]:
    """Server-sent events as mappings of their fields; comments are left out."""
    fields: dict[str, str] = {}
    while line := response.readline():
        text = line.decode().rstrip("\r\n")
        if not text:
            if fields:
                yield fields
            fields = {}
        elif not text.startswith(":"):
            name, _, value = text.partition(":")
            fields[name] = value.removeprefix(" ")


def newest_id(admin: Admin, episode: str) -> str:
    """The id of the last entry there is: what comes after it is new."""
    page = admin.ask("GET", f"/episodes/{episode}/ledger?limit=1")
    return str(page["last_id"])


def _print(entry: dict[str, Any], show: Show | None) -> None:
    if show is not None:
        show(call_line(entry))
        return
    sys.stdout.write(json.dumps(entry) + "\n")
    sys.stdout.flush()


def _stop(*_: object) -> NoReturn:
    sys.exit(0)
