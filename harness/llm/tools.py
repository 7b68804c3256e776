"""An episode's tools as a model sees them, and what it is shown of their answers."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_ai.messages import BinaryContent, ToolReturnPart
from pydantic_ai.tools import ToolDefinition

from harness.acting.client import Answer, Client
from harness.llm.function_names import Place, function_names


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool under the name that the model calls it by."""

    server: str
    tool: str
    definition: ToolDefinition


def offered_tools(client: Client) -> dict[str, Offered]:
    """Every tool of every server as `server__tool`."""
    tools = {(server, str(tool["name"])): tool for server in client.servers for tool in client.tools(server)}
    names = function_names(tools)
    return {names[place]: _offered(place, names[place], tool) for place, tool in tools.items()}


def shown(answer: Answer, name: str, call_id: str) -> ToolReturnPart:
    """What the model is shown of an answer: its texts, pictures and resources, in their order."""
    if answer.reply.error is not None:
        return ToolReturnPart(name, answer.text, call_id)
    blocks = [_block(block) for block in answer.result.get("content", [])]
    if all(isinstance(block, str) for block in blocks):
        return ToolReturnPart(name, "\n".join(map(str, blocks)), call_id)
    return ToolReturnPart(name, blocks, call_id)


def _offered(place: Place, name: str, tool: Mapping[str, Any]) -> Offered:
    definition = ToolDefinition(
        name=name,
        description=tool.get("description"),
        parameters_json_schema=dict(tool.get("inputSchema") or {"type": "object", "properties": {}}),
        strict=False,
    )
    return Offered(*place, definition)


def _block(block: Mapping[str, Any]) -> str | BinaryContent:
    if block.get("type") == "text":
        return str(block.get("text", ""))
    if block.get("type") in ("image", "audio"):
        try:
            data = base64.b64decode(str(block.get("data", "")), validate=True)
        except binascii.Error:
            return str(block.get("data", ""))
        return BinaryContent(data, media_type=str(block.get("mimeType", "application/octet-stream")))
    resource = block.get("resource")
    if isinstance(resource, Mapping) and "text" in resource:
        return str(resource["text"])
    return str(block.get("uri") or (resource or {}).get("uri") or block)
