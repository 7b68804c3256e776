"""Everything that can go wrong with a request, as the problem that is answered."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from sandbox_server.admin.model import Fault, Problem
from sandbox_server.errors import StageError
from sandbox_server.faults.fitting import Unfit
from worlds.errors import NotForkable, WorldError

MEDIA = "application/problem+json"


class Refused(StageError):
    """A request that cannot be taken as it is."""

    code = "refused"

    def __init__(
        self, message: str, *, status: int = 400, code: str = "refused", hint: str | None = None,
        errors: Sequence[Fault] = (), headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, hint=hint)
        self.answer_status = status
        self.answer_code = code
        self.errors = list(errors)
        self.headers = dict(headers or {})


class Stopping(StageError):
    """The stage is about to end."""

    code: ClassVar[str] = "stopping"
    status: ClassVar[int] = 503


def problem_of(error: Exception) -> Problem:
    """What to tell of an error; what is not ours to explain is an internal error without details."""
    if isinstance(error, Refused):
        return make(error.answer_status, error.message, code=error.answer_code, hint=error.hint, errors=error.errors)
    if isinstance(error, Unfit):
        errors = [Fault(path=error.path, message=error.message, accepted=None)] if error.path else []
        return make(error.status, error.message, code=error.code, hint=error.hint, errors=errors)
    if isinstance(error, StageError):
        return make(error.status, error.message, code=error.code, hint=error.hint)
    if isinstance(error, WorldError):
        return _of_world(error)
    return make(500, "something went wrong inside the stage", code="internal", hint="its log on stderr says more")


def _of_world(error: WorldError) -> Problem:
    if error.code in ("query", "schema_gone", "query_limit"):
        return make(400, error.message, code=error.code, hint=error.hint, kind=getattr(error, "kind", None))
    if getattr(error, "errno_name", "") in ("ENOENT", "ENOTDIR"):
        return make(404, error.message, code="not_found")
    return make(409 if isinstance(error, NotForkable) else 422, error.message, code=error.code, hint=error.hint)


def make(
    status: int, detail: str, *, code: str, hint: str | None = None, kind: str | None = None,
    errors: Sequence[Fault] = (),
) -> Problem:  # fmt: skip
    """A problem with the status's own title."""
    return Problem(
        type=f"urn:soundstage:problem:{code}", title=HTTPStatus(status).phrase, status=status, detail=detail,
        code=code, hint=hint, kind=kind, errors=list(errors),
    )  # fmt: skip


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries a problem."""
    content = problem.model_dump_json(exclude_none=True)
    return Response(content, problem.status, headers=dict(headers or {}), media_type=MEDIA)


def invalid(error: ValidationError, model: type[BaseModel], given: Any, *, query: bool = False) -> Refused:
    """The refusal of a body (or of query parameters) that is not what a model accepts."""
    faults = [_fault(item, model, given, query=query) for item in error.errors(include_url=False)]
    first = faults[0]
    return Refused(f"{first.path}: {first.message}", status=422, code="invalid", errors=faults)


def _fault(item: Mapping[str, Any], model: type[BaseModel], given: Any, *, query: bool) -> Fault:
    where = _place(item["loc"], given, missing=item["type"] == "missing")
    path = f"?{'.'.join(map(str, where))}" if query else json_path(where)
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        names = ", ".join(model.model_fields) if len(where) == 1 else ""
        return Fault(path=path, message="this key is not known here", accepted=names or None)
    context = item.get("ctx") or {}
    return Fault(path=path, message=message, accepted=str(context["expected"]) if "expected" in context else None)


def json_path(steps: Sequence[str | int]) -> str:
    """A JSON path, e.g. `$.actors[0]`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _place(steps: Sequence[str | int], given: Any, *, missing: bool) -> tuple[str | int, ...]:
    """The steps that lead through what was given: a validator also names the alternatives that it tried."""
    place: list[str | int] = []
    for step in steps:
        known = step in given if isinstance(given, dict) else isinstance(given, list) and isinstance(step, int)
        if known:
            given = given[step]
        if known or (missing and isinstance(given, dict)):
            place.append(step)
    return tuple(place)
