"""One request from its arrival to its response: whole or nothing, and always in the service's own words."""

from dataclasses import dataclass, replace
from typing import Any

from worlds.part import Moment
from worlds.parts.api.document import Operation
from worlds.parts.api.engine.bucket import limit_of, pour
from worlds.parts.api.engine.callers import Caller
from worlds.parts.api.engine.changing import call_of, guarded
from worlds.parts.api.engine.definition import Definition
from worlds.parts.api.engine.etags import etag_of, is_known
from worlds.parts.api.engine.invariants import broken_by
from worlds.parts.api.engine.named import named_values
from worlds.parts.api.engine.operating import operate
from worlds.parts.api.engine.otherwise import answer_otherwise
from worlds.parts.api.engine.refused import Refused
from worlds.parts.api.engine.repeats import keep_answer, kept_answer, repeat_key
from worlds.parts.api.engine.router import Match
from worlds.parts.api.engine.store import Store
from worlds.parts.api.engine.turn import Outcome, Turn, is_absent, schema_of, success_status
from worlds.parts.api.engine.values import read_values
from worlds.parts.api.engine.wording import error_body, status_of, told
from worlds.parts.api.engine.work import Work
from worlds.parts.api.exchange import ABSENT, Absent, Request, Response
from worlds.parts.api.expressions.scope import Found
from worlds.parts.api.hooks import Answer
from worlds.records import Records

Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Answering:
    """One request and what is known of it so far."""

    service: Definition
    records: Records
    request: Request
    moment: Moment
    store: Store
    match: Match | None = None
    common: Headers = ()
    caller: Caller | None = None
    """Who asks, where that is known without a credential: then nobody counts the request."""

    def answer(self) -> Response:
        """The response. What a refused request did is undone, but it has been counted."""
        wishes = len(self.moment.later)
        request_id = self._request_id()
        try:
            return self._served()
        except Refused as refused:
            del self.moment.later[wishes:]
            return self._refusal(refused, request_id)

    def _request_id(self) -> str:
        """An id of its own for each request; its header goes with every answer."""
        name = self.service.rules.request_id
        value = f"req_{self.store.drawn_letters('request_id', 16)}"
        self.common = tuple(self.service.rules.headers.items())
        if name:
            self.common = ((name, value), *self.common)
        return value

    def _served(self) -> Response:
        operation = self._matched().operation
        names = self.service.names_of(operation)
        usual = self.service.usual_scope(operation)
        caller = self.caller or self.service.door.admit(self.request, operation, names, self.moment.now_ns, usual)
        if self.caller is None:
            self._count(caller)
        rules = self.service.idempotency
        key = repeat_key(rules, self.request, caller)
        if key is not None and rules is not None:
            kept = kept_answer(rules, self.request, self.records, key, self.moment.now_ns)
            if kept is not None:
                return Response(kept.status, (*kept.headers, *self.common), kept.body, kept.operation, kept.notes)
        with self.records.whole_or_nothing():
            response = typed(operation, self._dressed(self._carried_out(caller)))
        if key is not None and rules is not None:
            keep_answer(rules, self.request, self.records, key, response, self.moment.now_ns)
        return Response(response.status, (*response.headers, *self.common), response.body, response.operation)

    def _matched(self) -> Match:
        method = "GET" if self.request.method == "HEAD" else self.request.method
        found = self.service.router.match(self.request.method, self.request.path)
        if not isinstance(found, Match) and method != self.request.method:
            found = self.service.router.match(method, self.request.path)
        if not isinstance(found, Match):
            raise Refused("method", headers=(("Allow", ", ".join(found)),)) if found else Refused("no_route")
        self.match = found
        return found

    def _count(self, caller: Caller) -> None:
        limits = self.service.rules.limits
        if limits and self.match and (not limits.only or self.match.operation.id in limits.only):
            self.common = (*pour(self.records, limit_of(limits, caller), caller, self.moment.now_ns), *self.common)

    def _carried_out(self, caller: Caller) -> Outcome:
        assert self.match is not None
        operation = self.match.operation
        values = read_values(self.service, operation, self.request, self.match.values)
        placed = self.service.roles.get(operation.id)
        values = named_values(placed[1], values) if placed else values
        body = None if is_absent(values.body) else values.body
        named = {"path": values.path, "query": values.query, "body": body, "request": self.request}
        found = {name: Found(value) for name, value in named.items()} | {"operation": Found(operation.id)}
        work = Work(self.service, self.store, caller, found, (operation.id,))
        turn = Turn(work, self.request, operation, values.path, values.query, values.body)
        outcome = self._outcome(turn)
        broken = broken_by(work)
        if broken:
            raise Refused("broken", notes={"broken_invariants": broken})
        return outcome

    def _outcome(self, turn: Turn) -> Outcome:
        hook = self.service.code.instead.get(turn.operation.id)
        if hook is not None:
            return _by_code(turn, guarded(hook, call_of(turn.work, turn.operation.id, None, None, None)))
        placed = self.service.roles.get(turn.operation.id)
        return operate(turn, *placed) if placed else answer_otherwise(turn)

    def _dressed(self, outcome: Outcome) -> Response:
        """The outcome as a response: with its ETag, or 304 where the caller has it already."""
        assert self.match is not None
        name, headers = self.match.operation.id, outcome.headers
        if self.service.rules.etags == "none" or is_absent(outcome.body):
            return Response(outcome.status, headers, outcome.body, name)
        shown = outcome.body if outcome.record is None else outcome.record
        if outcome.record is not None or self.request.method in ("GET", "HEAD"):
            etag = etag_of(shown, weak=self.service.rules.etags == "weak")
            headers = (("ETag", etag), *headers)
            if is_known(self.request, etag):
                return Response(304, headers, ABSENT, name)
        return Response(outcome.status, headers, outcome.body, name)

    def _refusal(self, refused: Refused, request_id: str) -> Response:
        operation = self.match.operation if self.match else None
        status = status_of(self.service, operation, refused)
        body = error_body(self.service, operation, told(self.service, refused, status, request_id))
        headers: Headers = (*refused.headers, *self.common)
        media_type = self.service.rules.errors.media_type
        if media_type != "application/json" and not is_absent(body):
            headers = (("Content-Type", media_type), *headers)
        response = Response(status, headers, body, operation.id if operation else "", refused.notes)
        return typed(operation, response) if operation else response


def typed(operation: Operation, response: Response) -> Response:
    """The response under the name that the document gives to its sort of JSON (`application/problem+json`)."""
    names = (str(response.status), f"{response.status // 100}XX", "default")
    answered = next((operation.responses[name] for name in names if name in operation.responses), None)
    kinds = list(answered.content) if answered else []
    plain = any(kind.partition(";")[0] in ("application/json", "*/*") for kind in kinds)
    named = next((kind for kind in kinds if kind.partition(";")[0].endswith("+json")), None)
    if named is None or plain or isinstance(response.body, str | Absent) or response.header("content-type"):
        return response
    return replace(response, headers=(("Content-Type", named), *response.headers))


def _by_code(turn: Turn, given: Any) -> Outcome:
    """What the service's own code answered."""
    answer = given if isinstance(given, Answer) else Answer(given)
    does = "create" if turn.operation.method == "POST" else "read"
    status = answer.status or success_status(turn.operation, does)
    body = answer.body
    if body is None and schema_of(turn.document, turn.operation, status) is None:
        body = ABSENT
    return Outcome(status, body, tuple(answer.headers))


def answer(
    service: Definition, records: Records, request: Request, moment: Moment, caller: Caller | None = None
) -> Response:
    """What a service answers to a request, to whoever shows a credential or to a `caller` who needs none."""
    store = Store(service.kinds, records, moment)
    return Answering(service, records, request, moment, store, caller=caller).answer()
