"""Finding stages that run on this machine, and asking their admin API, with nothing but the standard library."""

import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox_server.errors import Conflict, NotFound, StageError
from sandbox_server.serving.memory import Memory, Running, all_memories
from sandbox_server.serving.whereabouts import keys

WAIT_S: Final = 30.0
ALIVE_WAIT_S: Final = 10.0
"""How long a stage that is noted may be busy before it is taken for gone; one that is gone refuses at once."""


@dataclass(frozen=True, slots=True)
class Admin:
    """An admin API: the listener's URL and its token."""

    url: str
    token: str

    def ask(self, verb: str, path: str, body: Any = None, *, wait_s: float = WAIT_S) -> dict[str, Any]:
        """One request below `/admin/v1`; the answer's object. Raises StageError with what the API says."""
        with self.opened(verb, path, body=body, wait_s=wait_s) as response:
            answer = _object_in(response.read(), self.url)
            if response.status >= 400:
                raise _refusal(response.status, answer)
            return answer

    @contextmanager
    def opened(
        self, verb: str, path: str, *, body: Any = None, accept: str = "application/json", wait_s: float = WAIT_S,
        last_event_id: str = "",
    ) -> Iterator[http.client.HTTPResponse]:  # fmt: skip
        """A response that is being read. Raises Unreachable when nobody answers."""
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = make(parts.hostname or "", parts.port, timeout=wait_s)
        headers = {"authorization": f"Bearer {self.token}", "accept": accept}
        headers |= {"last-event-id": last_event_id} if last_event_id else {}
        headers |= {"content-type": "application/json"} if body is not None else {}
        content = None if body is None else json.dumps(body)
        try:
            connection.request(verb, f"{parts.path.rstrip('/')}/admin/v1{path}", content, headers)
            yield connection.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable(f"no stage answers at {self.url}: {error or type(error).__name__}") from None
        finally:
            connection.close()


class Unreachable(StageError):
    """Nobody, or nobody who speaks the admin API, answers at an address."""

    code = "unreachable"
    status = 503


class Answered(StageError):
    """A refusal in the stage's own words."""

    def __init__(self, message: str, *, hint: str | None = None, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        """`errors`: the single things that are wrong with the request, with their paths, where they are told."""
        super().__init__(message, hint=hint)
        self.errors = errors


def alive(running: Running | None) -> bool:
    """Whether a stage that is noted as running does answer, to its own token."""
    if running is None:
        return False
    try:
        Admin(running.admin, running.admin_token).ask("GET", "/health", wait_s=ALIVE_WAIT_S)
    except StageError:
        return False
    return True


def running_stages(folder: Path | None = None) -> list[tuple[Memory, Running]]:
    """The stages that answer, the one started last first."""
    noted = [(memory, memory.read().running) for memory in all_memories(folder)]
    return [(memory, running) for memory, running in noted if running is not None and alive(running)]


def find_stage(world: str | None = None, folder: Path | None = None) -> tuple[Memory, Running]:
    """The one stage that runs, or the one of a world. Raises NotFound or Conflict with what to do."""
    found = running_stages(folder)
    if world is not None:
        found = [item for item in found if item[0].world in keys(world)]
    if not found:
        what = f"{world} is not being served" if world else "no stage is running"
        raise NotFound(what, hint="start one with `soundstage serve`, or give --admin and --admin-token")
    if len(found) > 1:
        names = ", ".join(memory.world for memory, _ in found)
        raise Conflict("several stages are running", hint=f"name one: {names}")
    return found[0]


def _object_in(body: bytes, url: str) -> dict[str, Any]:
    """The object that an answer is. Raises Unreachable for anything else."""
    try:
        answer = json.loads(body or b"{}")
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unreachable(
            f"what answers at {url} is no admin API", hint="a stage has two addresses: its owner's, and its agents'"
        )
    return answer


def _refusal(status: int, answer: Any) -> StageError:
    if status == 401:
        return Answered("that is not the stage's admin token", hint="it was told, or given, when the stage started")
    detail = str(answer.get("detail", f"status {status}")) if isinstance(answer, dict) else f"status {status}"
    hint = answer.get("hint") if isinstance(answer, dict) else None
    if status in (404, 409):
        return (NotFound if status == 404 else Conflict)(detail, hint=hint)
    return Answered(detail, hint=hint, errors=answer.get("errors", ()) if isinstance(answer, dict) else ())
