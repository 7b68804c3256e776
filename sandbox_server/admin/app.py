"""The admin API as an ASGI application: operations become routes, models check what enters and leaves."""

import json
import logging
from collections.abc import Collection
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox_server.admin.control import Control
from sandbox_server.admin.guard import Guard
from sandbox_server.admin.model import Nothing
from sandbox_server.admin.operation import JSON, Asked, Operation, all_operations
from sandbox_server.admin.problem import Refused, invalid, make, problem_of, respond
from sandbox_server.carriers.http import App

PREFIX: Final = "/admin/v1"
_TAKEN: Final = {"", JSON, "application/x-www-form-urlencoded"}
"""Media types read as JSON; the last is what curl says when it is not told otherwise."""
_log = logging.getLogger("soundstage.admin")


def admin_app(control: Control, token: str, *, names: Collection[str] = ()) -> App:
    """The API in front of a stage, for those who have the token."""
    routes = [_route(control, found) for found in all_operations()]
    return Guard(
        Starlette(
            routes=routes,
            exception_handlers={HTTPException: _unrouted, Exception: _broken},
        ),
        token,
        names=names,
    )


def _route(control: Control, found: Operation) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            response = await _answer(control, found, request)
        except ClientDisconnect:
            raise
        except Exception as error:
            response = _refusal(error)
        control.metrics.asked(found.verb, found.path, response.status_code)
        return response

    return Route(PREFIX + found.path, endpoint, methods=[found.verb], name=found.name)


async def _answer(control: Control, found: Operation, request: Request) -> Response:
    asked = await _read(control, found, request)
    answer = await found.handler(asked)
    if isinstance(answer, Response):
        return answer
    return Response(answer.model_dump_json(), found.status, media_type=JSON)


def _refusal(error: Exception) -> Response:
    problem = problem_of(error)
    if problem.status >= 500 and problem.code == "internal":
        _log.exception("an admin request failed")
    return respond(problem, error.headers if isinstance(error, Refused) else None)


async def _read(control: Control, found: Operation, request: Request) -> Asked:
    query = _query(found, request)
    content = await _content(found, request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body: Any = None
    if media in found.takes:
        return Asked(request, control, request.path_params, None, query, content)
    if found.body is not None or content:
        body = _body(found.body or Nothing, content, media)
    return Asked(request, control, request.path_params, body, query)


def _query(found: Operation, request: Request) -> BaseModel:
    given = request.query_params
    repeated = [name for name in given if len(given.getlist(name)) > 1]
    if repeated:
        raise Refused(f"?{repeated[0]} is given more than once", status=422, code="invalid")
    try:
        return found.query.model_validate(dict(given))
    except ValidationError as error:
        raise invalid(error, found.query, dict(given), query=True) from None


async def _content(found: Operation, request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > found.body_bytes_max:
            raise Refused(
                f"the body is larger than {found.body_bytes_max} bytes", status=413, code="too_large",
                headers={"connection": "close"},
            )  # fmt: skip
        chunks.append(chunk)
    return b"".join(chunks)


def _body(model: type[BaseModel], content: bytes, media: str) -> BaseModel:
    if media not in _TAKEN and not media.endswith("+json"):
        raise Refused(f"a body of {media} is not understood", status=415, code="wrong_media", hint=f"send {JSON}")
    try:
        data = json.loads(content, parse_constant=_no_constant) if content.strip() else {}
    except (ValueError, RecursionError) as error:
        raise Refused(f"the body is not JSON: {error}", code="not_json") from None
    try:
        return model.model_validate(data, strict=True)
    except ValidationError as error:
        raise invalid(error, model, data) from None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, words = {404: ("not_found", "there is nothing at this path"), 405: ("wrong_verb", "not with this verb")}.get(
        error.status_code, ("refused", str(error.detail))
    )
    return respond(make(error.status_code, words, code=code, hint="see /admin/v1/openapi.json"), error.headers)


async def _broken(request: Request, error: Exception) -> Response:
    return _refusal(error)
