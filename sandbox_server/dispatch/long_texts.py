"""Long texts of answers, encoded piece by piece before the answer is: an encoder lets nobody else have a turn."""

from typing import Any, Final

import orjson
from anyio.lowlevel import checkpoint

from sandbox_server.call import Reply
from sandbox_server.dispatch.messages import encode

LONG_LETTERS: Final = 1 << 20
"""A text is long from here on; an encoder takes some milliseconds for one."""
_PIECE_LETTERS: Final = 1 << 18


def is_long(reply: Reply) -> bool:
    """Whether an answer begins with a long text."""
    content = reply.result.get("content") if reply.result else None
    if type(content) is not list or not content:
        return False
    text = content[0].get("text")
    return type(text) is str and len(text) > LONG_LETTERS


async def encoded_ahead(reply: Reply) -> Reply:
    """The answer with each long text of its content and its structure as JSON already; equal ones are encoded once."""
    known: dict[int, orjson.Fragment] = {}
    result = dict(reply.result or {})
    result["content"] = [await _with_encoded(block, known) for block in result["content"]]
    if type(result.get("structuredContent")) is dict:
        result["structuredContent"] = await _with_encoded(result["structuredContent"], known)
    return Reply(result)


async def _with_encoded(holder: dict[str, Any], known: dict[int, orjson.Fragment]) -> dict[str, Any]:
    """A mapping whose long texts are JSON already."""
    return {
        key: await _encoded(value, known) if type(value) is str and len(value) > LONG_LETTERS else value
        for key, value in holder.items()
    }


async def _encoded(text: str, known: dict[int, orjson.Fragment]) -> orjson.Fragment:
    if id(text) not in known:
        pieces = []
        for start in range(0, len(text), _PIECE_LETTERS):
            pieces.append(encode(text[start : start + _PIECE_LETTERS])[1:-1])
            await checkpoint()
        known[id(text)] = orjson.Fragment(b'"%b"' % b"".join(pieces))
    return known[id(text)]
