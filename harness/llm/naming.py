"""Which model a person means, and through which kind of endpoint it is reached."""

from dataclasses import dataclass
from typing import Final, Literal

from harness.agent import AgentError

Api = Literal["openai", "openai-chat", "openai-responses", "anthropic"]
APIS: Final[dict[str, Api]] = {
    "openai": "openai",
    "openai-chat": "openai-chat",
    "openai-responses": "openai-responses",
    "anthropic": "anthropic",
}
_BY_NAME: Final[tuple[tuple[str, Api], ...]] = (
    ("claude", "anthropic"),
    ("gpt-", "openai"),
    ("chatgpt", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
)
_EXAMPLES: Final = "openai:NAME, anthropic:NAME, or a NAME together with --base-url"


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model and its endpoint."""

    api: Api
    """`openai` alone leaves the choice between its two interfaces to us."""
    name: str
    base_url: str | None = None
    """None: the one of the environment, or the provider's own."""

    def __str__(self) -> str:
        return f"{self.api}:{self.name}"


def model_name(text: str, base_url: str | None = None) -> ModelName:
    """The model that `openai:NAME`, `anthropic:NAME` or a bare NAME means. Raises AgentError."""
    prefix, colon, rest = text.strip().partition(":")
    if colon and prefix in APIS:
        return _named(APIS[prefix], rest, base_url)
    bare = text.strip()
    if base_url is not None or not bare:
        return _named("openai-chat", bare, base_url)
    for start, api in _BY_NAME:
        if bare.startswith(start):
            return _named(api, bare, None)
    raise AgentError(f"it is not clear which endpoint offers the model {bare!r}", hint=f"write {_EXAMPLES}")


def _named(api: Api, name: str, base_url: str | None) -> ModelName:
    if not name:
        raise AgentError("no model is named", hint=f"write {_EXAMPLES}")
    return ModelName(api, name, base_url)
