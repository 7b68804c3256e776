"""Secrets in what is about to be written: those of the environment, those that were used, and what looks like one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from worlds import host

MASK: Final = "***"
_SECRET_CHARACTERS_MIN: Final = 8
_NAMES: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH", re.IGNORECASE)
_LOOKS: Final = re.compile(
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\b(?:ghp|gho|ghs|glpat|xox[abp]|hf)[_-][A-Za-z0-9_-]{16,}|"
    r"\bAKIA[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,}|\b[Bb]earer +[A-Za-z0-9._~+/=-]{12,}"
)


class Secrets:
    """Texts that are written as `***`."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = {secret for secret in known if len(secret) >= _SECRET_CHARACTERS_MIN}

    def add(self, secret: str) -> None:
        """Know one more; what is too short to be one is left alone."""
        if len(secret) >= _SECRET_CHARACTERS_MIN:
            self._known.add(secret)

    def masked(self, value: Any) -> Any:
        """The value without secrets, in keys and texts at any depth."""
        return _masked(value, sorted(self._known, key=lambda secret: (-len(secret), secret)))


def environment_secrets(environment: Mapping[str, str] | None = None) -> Secrets:
    """The values of all variables whose names speak of keys, tokens or passwords."""
    variables = host.environment() if environment is None else environment
    return Secrets(value for name, value in variables.items() if _NAMES.search(name) and "/" not in value[:1])


def _masked(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
        return _LOOKS.sub(MASK, value)
    if isinstance(value, list | tuple):
        return [_masked(item, secrets) for item in value]
    if isinstance(value, dict):
        return {_masked(key, secrets): _masked(item, secrets) for key, item in value.items()}
    return value
