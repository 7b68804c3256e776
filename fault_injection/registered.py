"""Classes that are known by the name of their file."""

from collections.abc import Callable
from typing import Any, TypeVar

from worlds.registry import Registry

C = TypeVar("C", bound=Any)


def registered(registry: Registry[Any], name: str) -> Callable[[type[C]], type[C]]:
    """Class decorator: tell a class its name, and the registry the class."""

    def keep(cls: type[C]) -> type[C]:
        cls.kind = name
        registry.add(name, cls)
        return cls

    return keep
