"""The functions of a person's file, checked before anybody calls them."""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic.errors import PydanticUserError

from sandbox_server.errors import StageError
from sandbox_server.families.tools.function import Function
from worlds.digest import content_hash


def functions_in(path: Path) -> Mapping[str, Function]:
    """The public functions that a file defines, by name, in the order of the file. Raises StageError."""
    module = _loaded(path)
    own = [each for each in vars(module).values() if inspect.isfunction(each) and each.__module__ == module.__name__]
    found = {each.__name__: _function(path, each) for each in own if not each.__name__.startswith("_")}
    if not found:
        raise StageError(f"{path}: it defines no public function", hint="every `def` without _ becomes a tool")
    return found


def _loaded(path: Path) -> ModuleType:
    """The file as a module of its own, which may import what lies beside it."""
    name = f"own_tools_{content_hash(str(path).encode()).hex()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise StageError(f"{path}: this is no Python file", hint="its name ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    beside = str(path.parent)
    sys.path.insert(0, beside)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # what a file does must not end the stage without a word
        raise StageError(f"{path}:{_line(error, path)}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(beside)
    return module


def _function(path: Path, function: Callable[..., Any]) -> Function:
    line = function.__code__.co_firstlineno
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise StageError(
            f"{path}:{line}: {function.__name__} is asynchronous or a generator",
            hint="a tool is a plain `def`: it happens at once, and whole or not at all",
        )
    try:
        return Function(function)
    except (PydanticUserError, NameError, TypeError) as error:
        raise StageError(
            f"{path}:{line}: {function.__name__}: {str(error).splitlines()[0]}",
            hint="parameters have types that JSON can carry; one named `here` is given the world",
        ) from None


def _line(error: BaseException, path: Path) -> int:
    """Where in the file it broke."""
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == str(path)]
    return frames[-1].lineno or 1 if frames else 1
