"""What a service's own Python file is written with: functions that take part in calls.

    from worlds.parts.api.hooks import Call, Service

    service = Service()

    @service.before("refunds.create")
    def check(call: Call) -> None:
        if call.now_ns > ...:
            call.refuse(422, "too_late", "This charge can no longer be refunded.")

Time and chance come from the call; files, clocks and random numbers of the machine would break replays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from worlds.agenda import Wish
from worlds.parts.api.engine.refused import Issue, Refused
from worlds.parts.api.exchange import Request
from worlds.parts.api.spans import parse_span

if TYPE_CHECKING:
    from worlds.parts.api.engine.work import Work

Record = Mapping[str, Any]


@dataclass(slots=True)
class Answer:
    """What an operation of one's own answers, where a status or headers matter."""

    body: Any = None
    status: int | None = None
    headers: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Call:
    """What code sees of one call and may do in it."""

    work: "Work"
    """The engine's own view: for what is not offered here."""
    operation: str
    """The operation's id, or what else is done (`refunds.create`)."""
    request: Request | None
    """None where no request stands behind it, as for an event."""
    arguments: Mapping[str, Any]
    """Path and query parameters by name, typed."""
    body: Any = None
    collection: str = ""
    resource: Record | None = None
    """The resource at hand: as it is going to be (before), or as it is (after)."""
    old: Record | None = None

    @property
    def now_ns(self) -> int:
        """The world's time, in nanoseconds since the epoch."""
        return self.work.now_ns

    @property
    def caller(self) -> Mapping[str, Any]:
        """Who calls: name, tenant, scopes."""
        return self.work.caller.shown()

    def get(self, collection: str, key: str | int) -> Record | None:
        """A resource by id, or None."""
        return self.work.store.get(collection, str(key))

    def need(self, collection: str, key: str | int) -> Record:
        """A resource by id; where there is none, the call ends as if the path had named it."""
        found = self.get(collection, key)
        if found is None:
            title = self.work.service.kinds[collection].title
            raise Refused("missing", f"No such {title}: {key}", resource=title)
        return found

    def where(self, collection: str, **equal: Any) -> Iterator[Record]:
        """Resources that have these values, in the order of creation."""
        return iter(list(self.work.store.members(collection, equal)))

    def create(self, collection: str, **values: Any) -> Record:
        """A new resource, with id, defaults and times as for any."""
        from worlds.parts.api.engine.creating import new_resource

        kind = self.work.service.kinds[collection]
        record = new_resource(self.work, kind, values)
        self.work.store.put(collection, kind.key_of(record), record)
        return record

    def change(self, collection: str, key: str | int, **values: Any) -> Record:
        """Set fields of a resource, whatever its rules say. Raises KeyError where there is none."""
        from worlds.parts.api.engine.naming import stamped

        old = self.work.store.get(collection, str(key))
        if old is None:
            raise KeyError(f"{collection} has no {key!r}")
        kind = self.work.service.kinds[collection]
        new = {**stamped(kind, old, self.now_ns, ("update",)), **values}
        self.work.store.put(collection, str(key), new)
        return new

    def update(self, collection: str, key: str | int, **values: Any) -> Record:
        """Set fields as a request does: references, uniqueness and states are judged, times kept, effects follow."""
        from worlds.parts.api.engine.changing import change

        old = self.need(collection, key)
        return change(self.work, self.work.service.kinds[collection], str(key), old, {**old, **values})

    def remove(self, collection: str, key: str | int) -> None:
        """Take a resource away."""
        self.work.store.remove(collection, str(key))

    def letters(self, count: int) -> str:
        """Letters and digits from the world's chance."""
        return self.work.store.letters(count)

    def later(self, span: str, part: str, operation: str, **arguments: Any) -> None:
        """Ask a server of the world to do something after a span (`5m`); part "" is this one."""
        self.work.wish(Wish(self.now_ns + parse_span(span), part, operation, arguments))

    def refuse(self, status: int, code: str, message: str, field: str = "", *, type: str | None = None) -> NoReturn:
        """End the call; nothing of it has happened. `type` is what stands for ${type} in the service's errors."""
        issues = (Issue(field, code, message),) if field else ()
        raise Refused("demanded", message, status=status, code=code, type=type, issues=issues)


Hook = Callable[[Call], Any]
HookT = TypeVar("HookT", bound=Hook)


@dataclass(slots=True)
class Service:
    """The functions of one service, by what they take part in."""

    instead: dict[str, Hook] = field(default_factory=dict)
    earlier: dict[str, list[Hook]] = field(default_factory=dict)
    afterwards: dict[str, list[Hook]] = field(default_factory=dict)
    always: dict[str, Hook] = field(default_factory=dict)

    def operation(self, name: str) -> Callable[[HookT], HookT]:
        """Answer an operation (by its id) in the place of the engine: a JSON value, or an Answer."""

        def keep(hook: HookT) -> HookT:
            self.instead[name] = hook
            return hook

        return keep

    def before(self, name: str) -> Callable[[HookT], HookT]:
        """Before an operation id, or `collection.create`, `.update`, `.delete`: may refuse."""

        def keep(hook: HookT) -> HookT:
            self.earlier.setdefault(name, []).append(hook)
            return hook

        return keep

    def after(self, name: str) -> Callable[[HookT], HookT]:
        """After it, still within the call: may change other resources, or refuse all of it."""

        def keep(hook: HookT) -> HookT:
            self.afterwards.setdefault(name, []).append(hook)
            return hook

        return keep

    def invariant(self, name: str) -> Callable[[HookT], HookT]:
        """After each call that changed something: whether something holds that always should."""

        def keep(hook: HookT) -> HookT:
            self.always[name] = hook
            return hook

        return keep

    @property
    def names(self) -> set[str]:
        """Everything that functions listen to."""
        return {*self.instead, *self.earlier, *self.afterwards}
