"""Registries: a kind is found by its file in a folder, or by an entry point, and imported when first asked for."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Generic, TypeVar

from worlds.errors import UnknownName, WorldError

T = TypeVar("T")


class Registry(Generic[T]):
    """Named things of one sort. The name equals the module (file or folder) that registers it.

    A folder may leave that to its `kind.py`, so that processes that need few of its files import no others.
    """

    def __init__(self, group: str, package: str) -> None:
        self.group = group
        self.package = package
        self._items: dict[str, T] = {}

    def register(self, name: str) -> Callable[[type], type]:
        """Class decorator: make an instance of the class known under a name. Refuses a name twice."""

        def keep(cls: type) -> type:
            self.add(name, cls())
            return cls

        return keep

    def add(self, name: str, item: T) -> None:
        """Make a thing known under a name. Refuses a name twice."""
        if name in self._items:
            raise WorldError(f"{self.group}: two parts are named {name!r}")
        self._items[name] = item

    def get(self, name: str) -> T:
        """The thing of that name; imports its module at first use. Raises UnknownName with the known names."""
        if name not in self._items:
            self._import(name)
        if name not in self._items:
            raise UnknownName(f"{name!r} is not one of: {', '.join(self.names())}")
        return self._items[name]

    def names(self) -> list[str]:
        """Every name that could be had, without importing anything."""
        return sorted({*self._items, *self._folder(), *(point.name for point in _points(self.group))})

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter([(name, self.get(name)) for name in self.names()])

    def _folder(self) -> tuple[str, ...]:
        return _modules(self.package)

    def _import(self, name: str) -> None:
        if name.isidentifier() and name in self._folder():
            module = importlib.import_module(f"{self.package}.{name}")
            if name not in self._items and "kind" in _files(module):
                importlib.import_module(f"{self.package}.{name}.kind")
            return
        for point in (each for each in _points(self.group) if each.name == name):
            found = point.load()
            if name not in self._items:
                self.add(name, found() if isinstance(found, type) else found)


@cache
def _modules(package: str) -> tuple[str, ...]:
    """The files of a folder, read once: some registries are asked for each episode."""
    return _files(importlib.import_module(package))


def _files(package: ModuleType) -> tuple[str, ...]:
    """What a folder holds; nothing for a file."""
    found = pkgutil.iter_modules(getattr(package, "__path__", ()))
    return tuple(module.name for module in found if not module.name.startswith("_"))


@cache
def _points(group: str) -> tuple[EntryPoint, ...]:
    """What installed packages offer to a group."""
    return tuple(_all_points().select(group=group))


@cache
def _all_points() -> Any:
    """What installed packages offer: read once, since finding it means reading every package's files.

    Python 3.11 and 3.12 have different types for it, both with `select`.
    """
    return entry_points()
