"""The contract of a convention: how one kind of wrapper presents a service's operations, and tells what they answer."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

from sandbox_server.call import Reply
from sandbox_server.families.api.generated.tools import Tool
from sandbox_server.surface import Surface
from worlds.parts.api.document import Document
from worlds.parts.api.exchange import ABSENT, Response
from worlds.registry import Registry


class Convention(Protocol):
    """One kind of wrapper. Stateless and shared."""

    def name(self, tool: Tool) -> str:
        """What a tool is called; the generator's own name where wrappers of this kind keep it."""
        ...

    def surface(self, document: Document, tools: Sequence[Tool]) -> Surface:
        """What is presented."""
        ...

    def told(self, tool: Tool, response: Response) -> Reply:
        """What a model is told of an answer."""
        ...

    def lost(self, tool: Tool, reason: str) -> Reply:
        """What a model is told where there is no answer: `timeout`, or what is wrong with the arguments."""
        ...


conventions: Registry[Convention] = Registry("soundstage.conventions", "sandbox_server.families.api.conventions")
"""Names of conventions."""

TIMEOUT: Final = "timeout"


def phrase(status: int) -> str:
    """A status in words."""
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""


def body_text(response: Response) -> str | None:
    """A body as it travels; None where there is none."""
    body = response.body
    if body is ABSENT:
        return None
    if isinstance(body, str) and not is_json(response):
        return body
    return json_text(body)


def is_json(response: Response) -> bool:
    """Whether a body is JSON, by its content type."""
    kind = response.header("content-type")
    if kind is None:
        return not isinstance(response.body, str)
    media = kind.partition(";")[0].strip().lower()
    return media == "application/json" or media.endswith("+json")


def json_text(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
