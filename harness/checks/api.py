"""Look at a service's state as its owner sees it: what it answers to a GET, and what that holds at a place."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final, Self, cast

from pydantic import BeforeValidator, Field, field_validator, model_validator

from harness.check import Evidence, Ungradable, check_kinds
from harness.verdicts.path_pattern import ChangedPath
from worlds.expectation import Expectation, Found, Judgement, judge
from worlds.json_place import MISSING, steps_of, value_at
from worlds.part import Settings
from worlds.world import World

_TARGET: Final = re.compile(r"(?:([a-z][a-z0-9_]*)\s+)?(/\S*)")
_ASKED_WRONGLY: Final = (400, 405, 406, 414, 422)
_KIND: Final = "api"


class Look(Settings):
    """What is asked, and what of the answer is looked at."""

    get: str = Field(description="A path with its query: `/refunds?charge=ch_1`; a server's name may stand before it.")
    on: str | None = Field(default=None, description="The service, where a world has several.")
    json_path: str | None = Field(
        default=None, alias="json", description="A place in the answer: `data[0].cents`, `$` for all."
    )
    count: bool = Field(default=False, description="How many things the list there holds, instead of the list.")
    status: int | None = Field(
        default=None, description="The status that is expected; default: any success.", ge=100, le=599
    )

    @field_validator("json_path")
    @classmethod
    def _is_a_place(cls, text: str | None) -> str | None:
        if text is not None:
            steps_of(text)
        return text

    @model_validator(mode="after")
    def _is_a_target(self) -> Self:
        found = _TARGET.fullmatch(self.get.strip())
        if found is None:
            raise ValueError(f"{self.get!r} is no path; write it like /refunds?charge=ch_1, or billing /refunds")
        if found[1] and self.on and found[1] != self.on:
            raise ValueError(f"it names two services, {found[1]} and {self.on}")
        return self

    @property
    def target(self) -> tuple[str | None, str]:
        """The service, if one is named, and the path with its query."""
        found = cast("re.Match[str]", _TARGET.fullmatch(self.get.strip()))
        return found[1] or self.on, found[2]

    @property
    def looks_inside(self) -> bool:
        """Whether a part of the answer is looked at."""
        return self.json_path is not None or self.count


def _spelled_out(value: Any) -> Any:
    return {"get": value} if isinstance(value, str) else value


class ApiCheck(Expectation):
    """A GET and what must hold of its answer; without an expectation, that it succeeds."""

    api: Annotated[Look, BeforeValidator(_spelled_out, json_schema_input_type=str | Look)] = Field(
        description="A path, or a mapping with `get`."
    )


@check_kinds.register("api")
class Api:
    """Asks services of snapshots. Nothing is replayed, no key is needed, and nothing is counted or changed."""

    Settings: ClassVar[type[Settings]] = ApiCheck

    def relevance(self, settings: ApiCheck) -> Callable[[str], bool]:
        """Changes on the service; on any that holds no files where none is named."""
        server, _ = settings.api.target
        return lambda path: path.startswith(f"{server}.") if server else not ChangedPath(path).is_file

    def judge(self, settings: ApiCheck, evidence: Evidence) -> Judgement:
        """Ask, then compare."""
        look = settings.api
        server, target = look.target
        part = service_of(evidence.final, server)
        response = part.look(target, evidence.final.clock.now_ns)
        if not response.operation or (response.status in _ASKED_WRONGLY and response.status != look.status):
            raise Ungradable(f"GET {target}: the service answers {response.status}", hint=_known(part))
        right = response.status == look.status if look.status else response.ok
        if not right or not (settings.expects or look.looks_inside):
            wanted = f"status {look.status}" if look.status else "a success"
            return Judgement(right, wanted, f"status {response.status}")
        found = _found(look, response.body)
        if not settings.expects:
            return Judgement(not found.note, f"{look.json_path or '$'} there", found.note or "there")
        return judge(settings, found)


def service_of(world: World, server: str | None) -> Any:
    """The part of the service that a check means: the named one, or the only one. Raises Ungradable."""
    services = [name for name, kind in world.kinds.items() if kind == _KIND]
    if server is not None and server not in services:
        raise Ungradable(f"{server!r} is no service", hint=f"services: {', '.join(services) or 'none'}")
    if server is None and len(services) != 1:
        raise Ungradable("which service is meant?", hint=f"write `on`: one of {', '.join(services) or 'none'}")
    return world.parts[server or services[0]]


def _known(part: Any) -> str:
    paths = [each.path for each in part.definition.document.operations if each.method.upper() == "GET"]
    return f"it has: {', '.join(paths)}"


def _found(look: Look, body: Any) -> Found:
    """The value that a check looks at, with rows where it is a list of records."""
    value = value_at(body, look.json_path or "$")
    if value is MISSING:
        return Found(note=f"nothing at {look.json_path}")
    if look.count:
        return Found(len(value)) if isinstance(value, list) else Found(note=f"no list at {look.json_path or '$'}")
    if not isinstance(value, list):
        return Found(value)
    if not all(isinstance(item, Mapping) for item in value):
        return Found(value, ("value",), [(item,) for item in value])
    columns = tuple(dict.fromkeys(str(name) for item in value for name in item))
    return Found(value, columns, [tuple(item.get(name) for name in columns) for item in value])
