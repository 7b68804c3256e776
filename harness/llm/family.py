"""Which family a model belongs to, as far as its name tells: a judge must be of another one than the agent."""

import re
from typing import Final

_FAMILIES: Final[dict[str, str]] = {
    "claude": "anthropic",
    "gpt|chatgpt|o[1345](?=-|$)|davinci|codex": "openai",
    "gemini|gemma|palm": "google",
    "llama": "meta",
    "mistral|mixtral|codestral|magistral|devstral|ministral|pixtral": "mistral",
    "qwen|qwq|qvq": "alibaba",
    "deepseek": "deepseek",
    "grok": "xai",
    "command-[ar]|aya": "cohere",
    "phi-?[0-9]": "microsoft",
    "kimi|moonshot": "moonshot",
    "glm|chatglm": "zhipu",
    "nova-|titan": "amazon",
    "granite": "ibm",
    "nemotron": "nvidia",
    "minimax": "minimax",
    "olmo": "ai2",
    "jamba": "ai21",
}
_PATTERNS: Final = {re.compile(rf"(?:^|[^a-z0-9])(?:{pattern})"): family for pattern, family in _FAMILIES.items()}


def families(name: str) -> frozenset[str]:
    """The families that a model's name speaks of (a distilled model may name two); empty when it tells none."""
    lowered = re.sub(r"^(openai|openai-chat|openai-responses|anthropic):", "", name.lower())
    return frozenset(family for pattern, family in _PATTERNS.items() if pattern.search(lowered))


def related(first: str, second: str) -> bool:
    """Whether two models are of one family; the same name is, whatever its family."""
    return first.rpartition(":")[2] == second.rpartition(":")[2] or bool(families(first) & families(second))
