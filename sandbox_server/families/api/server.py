"""One presented service: tools in the manner of its convention, and the same operations by plain HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Protocol, cast

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.families.api.convention import TIMEOUT, Convention, body_text
from sandbox_server.families.api.credentials import with_key
from sandbox_server.families.api.generated import requesting
from sandbox_server.families.api.generated.tools import Tool, tools_of
from sandbox_server.families.api.identity import identity_of
from sandbox_server.families.api.refusals import refusal
from sandbox_server.families.api.requests import arguments_of, request_of
from sandbox_server.family import Site
from sandbox_server.web import Asked, WebRequest, web_reply
from worlds.companion import Companion
from worlds.part import Moment
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.router import Match
from worlds.parts.api.exchange import ABSENT, Request, Response

Keys = Mapping[str, str]


class Answering(Protocol):
    """What is needed of a part."""

    definition: Definition

    def answer(self, request: Request, moment: Moment) -> Response:
        """Answer a request, wholly or not at all."""
        ...


_TOO_LARGE: Final = Response(413, (("Content-Type", "application/json"),), {"message": "Payload Too Large"})
_BODILESS: Final = frozenset((204, 304))


class ApiServer:
    """One service; stateless, for all its state lives in the part."""

    dialect: ClassVar[str] = "api"

    def __init__(self, definition: Definition, convention: Convention, keys: Keys) -> None:
        """`keys`: by actor the key that tools carry; "" for everybody else."""
        self.definition = definition
        self.convention = convention
        self.keys = keys
        tools = tools_of(definition.document)
        self.surface = convention.surface(definition.document, tools)
        self.tools = {convention.name(tool): tool for tool in tools}
        self._home = _home(definition.document.servers)
        self._names = {tool.route.operation.id: name for name, tool in reversed(self.tools.items())}

    def companions(self) -> Mapping[str, Companion]:
        """None."""
        return {}

    def asked(self, request: WebRequest) -> Asked:
        """Which tool does the same; what none does is named by method and path."""
        wanted = request_of(request)
        match = self._match(wanted)
        if match is None:
            return Asked(f"{wanted.method} {wanted.path}", {})
        name = self._names[match.operation.id]
        return Asked(name, arguments_of(self.tools[name], wanted, dict(match.values)))

    async def call(self, call: Call, arguments: dict[str, Any], site: Site) -> Reply:
        """Answer one call, whichever door it came by."""
        if call.web is not None:
            return self._plain(call.web, site)
        tool = self.tools[call.tool]
        try:
            request = requesting.request_of(tool, arguments)
        except requesting.Unbuildable as error:
            return self.convention.lost(tool, str(error))
        if request.method == "GET" and self._home:
            request = replace(request, base=self._home)
        response = self._answered(self._with_key(request, tool, call.actor), site)
        return self.convention.told(tool, response)

    async def request(self, method: str, params: Any, site: Site) -> Reply | None:
        """There are no resources and no prompts."""
        return None

    def identity_arguments(self, tool: str, arguments: Any) -> Any:
        """What names things: ids, numbers, choices."""
        known = self.tools.get(tool)
        if known is None:
            return {}
        return identity_of(known, arguments) if isinstance(arguments, Mapping) else {}

    def key_of(self, actor: str) -> str:
        """The key that an actor's tools carry, empty without one."""
        return self.keys.get(actor, self.keys.get("", ""))

    def addresses_of(self, tool: str) -> tuple[str, ...]:
        """The fields with the URLs of the next page and of the one before."""
        known = self.tools.get(tool)
        _, role = self.definition.roles.get(known.route.operation.id, (None, None)) if known else (None, None)
        listing = role.listing if role else None
        return tuple(filter(None, (listing.next_url, listing.previous_url))) if listing else ()

    def works(self, tool: str) -> Works:
        """Whether a tool reads or writes, by its method."""
        known = self.tools.get(tool)
        method = known.route.operation.method if known else tool.partition(" ")[0]
        return "read" if method in ("GET", "HEAD", "OPTIONS") else "write"

    def failing(self, meaning: Meaning, said: Said, call: Call) -> Reply:
        """A failure that has nothing to do with the request, as this service says it and its wrapper tells it."""
        tool = self.tools.get(call.tool)
        if meaning == "timeout" and not said.text and call.web is None and tool is not None:
            return self.convention.lost(tool, TIMEOUT)
        if said.text and call.web is None:
            return self.surface.fingerprint.failure(said.text)
        operation = tool.route.operation if tool else None
        response = refusal(self.definition, operation, meaning, said, f"{said.fresh} {call.tool}")
        if call.web is not None or tool is None:
            return _told(response)
        return self.convention.told(tool, response)

    def _plain(self, asked: WebRequest, site: Site) -> Reply:
        """The answer to a plain request; HEAD is answered like GET, whose body no carrier sends then."""
        if asked.too_large:
            return _told(_TOO_LARGE)
        request = request_of(asked)
        if request.method == "HEAD" and not self._knows(request):
            request = replace(request, method="GET")
        if request.method == "OPTIONS" and not self._knows(request):
            return _told(self._options(request))
        return _told(self._answered(request, site))

    def _answered(self, request: Request, site: Site) -> Response:
        part = cast(Answering, site.part)
        identity = site.identity
        chance = site.world.chance.derive("api", identity.tool, identity.arguments.hex(), identity.attempt)
        moment = Moment(site.now_ns, site.actor, chance)
        response = part.answer(request, moment)
        name = next(name for name, each in site.world.parts.items() if each is site.part)
        if moment.later:
            unheard = site.world.schedule(moment.later, name)
            if unheard:
                site.notes["unheard"] = [f"{wish.part}.{wish.operation}" for wish in unheard]
        site.notes.update(response.notes)
        return response

    def _with_key(self, request: Request, tool: Tool, actor: str) -> Request:
        key = self.key_of(actor)
        if not key:
            return request
        definition = self.definition
        return with_key(request, key, definition.document, tool.route.operation, definition.rules.auth.header)

    def _match(self, request: Request) -> Match | None:
        found = self.definition.router.match(request.method, request.path)
        if not isinstance(found, Match) and request.method == "HEAD":
            found = self.definition.router.match("GET", request.path)
        return found if isinstance(found, Match) else None

    def _knows(self, request: Request) -> bool:
        return isinstance(self.definition.router.match(request.method, request.path), Match)

    def _options(self, request: Request) -> Response:
        """Which methods a path has."""
        methods = self.definition.router.match("OPTIONS", request.path)
        if isinstance(methods, Match) or not methods:
            return refusal(self.definition, None, "not_found", Said("not_found"), request.path)
        also = {"OPTIONS", *(("HEAD",) if "GET" in methods else ())}
        return Response(204, (("Allow", ", ".join(sorted({*methods, *also}))),))


def _home(servers: Sequence[str]) -> str:
    """Where the service is by its description, which wrappers show as it is; empty where no whole URL is told."""
    first = servers[0] if servers else ""
    return first.rstrip("/") if first.startswith(("http://", "https://")) else ""


def _told(response: Response) -> Reply:
    """An answer as it travels over plain HTTP."""
    text = None if response.status in _BODILESS else body_text(response)
    headers = response.headers
    if text is not None and response.header("content-type") is None:
        kind = "text/plain; charset=utf-8" if isinstance(response.body, str) else "application/json"
        headers = (("Content-Type", kind), *headers)
    if response.body is ABSENT or text is None:
        headers = tuple(pair for pair in headers if pair[0].lower() != "content-type")
    return web_reply(response.status, headers, text)
