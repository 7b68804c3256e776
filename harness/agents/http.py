"""An agent that is a URL: it is sent what the person wrote, one POST a turn, and answers what it wants to say."""

from typing import Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

import orjson

from harness.acting.conversing import Line, Talked, converse, refuse_many_users, without_conversation
from harness.acting.http_line import AnswerTooLong, HttpLine, LineBroken
from harness.acting.own_servers import read_own_servers, server_list
from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds import host
from worlds.clock import Mode

WORDS_BYTES_MAX: Final = 16 * 1024**2
"""How long an answer may be."""
_OK: Final = 200
_KEYS: Final = ("message", "reply", "content", "text")
"""Under which an answer's words may stand, the first that is there."""


class Refused(Exception):
    """An agent that answered with something else than words."""


@agent_kinds.register("http")
class HttpKind:
    """`http://HOST/PATH`, or `http:https://HOST/PATH`: one POST per turn, the conversation's other side in its body."""

    example: ClassVar[str] = "http://localhost:8000/chat"

    def agent(self, rest: str, options: Options) -> "HttpAgent":
        """The agent behind a URL. Raises AgentError."""
        return HttpAgent(f"http:{rest}" if rest.startswith("//") else rest, options)


class HttpAgent:
    """Converses by POST; all other servers are in each request, for agents that use tools as well."""

    kind = "http"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    isolation: Isolation = "none"

    def __init__(self, url: str, options: Options) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AgentError(f"{url!r} is no URL", hint="write http://localhost:8000/chat")
        if options.isolation != "none" or options.clean_env or options.pass_env or options.workdir:
            raise AgentError(
                "an agent at a URL is started by somebody else",
                hint="leave out --isolation, --clean-env, --pass-env and --workdir",
            )
        self.url = url
        self.spec = f"http:{url}" if parts.scheme == "https" else url
        self._own = read_own_servers(options.mcp_config)
        self.unrecorded = self._own.names

    def check(self, scenario: Scenario) -> None:
        """Refuse clashing names, several people, and a working directory."""
        self._own.refuse_clashes(scenario)
        refuse_many_users(scenario, self.spec)
        if scenario.workdir is not None:
            raise AgentError(f"{scenario.name}: an agent at a URL has no working directory here")

    async def act(self, assignment: Assignment) -> Departure:
        """Converse to the end; an endpoint that cannot be reached at all is no failure of the agent."""
        given, talked = without_conversation(assignment), Talked()
        line = HttpLine(self.url, body_bytes_max=WORDS_BYTES_MAX)
        block, conversation = server_list(given.servers, self._own), host.secret(8)

        async def say(told: Line) -> str | None:
            return await _posted(line, told, {"conversation": conversation, **block})

        try:
            await converse(assignment, say, talked)
        except (LineBroken, Refused) as error:
            unreached = isinstance(error, LineBroken) and not isinstance(error, AnswerTooLong)
            if not talked.turns and unreached:
                return Departure(how="failed", note=f"{self.url}: {error}")
            return Departure(how="finished", answer=talked.answer, exit_code=1, note=f"{self.url}: {error}")
        finally:
            await line.close()
        return Departure(how="finished", answer=talked.answer, note=talked.note)


async def _posted(line: HttpLine, told: Line, more: dict[str, Any]) -> str | None:
    """What the agent says to one turn. Raises LineBroken and Refused."""
    body = {
        "turn": told.turn, "message": told.message, "task": told.task, "history": list(told.history), **more
    }  # fmt: skip
    headers = [("content-type", "application/json"), ("accept", "application/json, text/plain")]
    response = await line.post(headers, orjson.dumps(body))
    data = b"".join([piece async for piece in response.body])
    if response.status != _OK:
        raise Refused(f"status {response.status}: {data[:300].decode('utf-8', 'replace')}")
    return spoken(data, response.content_type)


def spoken(data: bytes, kind: str = "application/json") -> str | None:
    """The words of an answer: a JSON object's `message`, a JSON text, or plain text; None for none.

    Raises Refused for JSON without words.
    """
    if kind != "application/json":
        return data.decode("utf-8", "replace")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Refused(f"no JSON: {data[:300].decode('utf-8', 'replace')}") from None
    found = next((value[key] for key in _KEYS if key in value), value) if isinstance(value, dict) else value
    if found is None or isinstance(found, str):
        return found
    raise Refused(f"no `message` in {data[:300].decode('utf-8', 'replace')}")
