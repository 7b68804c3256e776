"""Paths of an API as segments, comparable whatever their parameters are called."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")
_SUFFIX: Final = re.compile(r"\.(json|xml|php)$")


@dataclass(frozen=True)
class Route:
    """One path template."""

    path: str

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Between the slashes, without endings such as `.json`; `{id}:cancel` becomes two."""
        text = _SUFFIX.sub("", self.path.strip("/"))
        parts = [part for part in re.sub(r"\}:(\w)", r"}/\1", text).split("/") if part]
        return tuple(parts)

    @cached_property
    def shape(self) -> tuple[str, ...]:
        """The segments with every parameter written `{}`."""
        return tuple(_PARAMETER.sub("{}", each) for each in self.segments)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters, in order."""
        return tuple(_PARAMETER.findall(self.path))

    @property
    def ends_with_parameter(self) -> bool:
        """Whether the last segment holds a parameter."""
        return bool(self.shape) and "{}" in self.shape[-1]

    @property
    def last_word(self) -> str:
        """The last segment that is no parameter."""
        return next((each for each in reversed(self.shape) if "{}" not in each), "")

    @property
    def home(self) -> tuple[str, ...]:
        """The shape without the parameters at the end: where such things would be listed."""
        shape = self.shape
        while shape and "{}" in shape[-1]:
            shape = shape[:-1]
        return shape


def parameter_in(segment: str) -> str:
    """The name between the braces of a segment; empty without such."""
    return segment.partition("{")[2].partition("}")[0]
