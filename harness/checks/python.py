"""Ask a function of one's own, in a file beside the scenario; it looks at everything that an episode left behind."""

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Final

from pydantic import Field

from harness.check import Evidence, Ungradable, check_kinds
from worlds.digest import content_hash
from worlds.expectation import Judgement
from worlds.part import Settings

_KNOWN: Final[dict[tuple[Path, bytes], ModuleType]] = {}


class PythonCheck(Settings):
    """A function and where it is."""

    python: str = Field(
        description="`file.py:function`, the file beside the scenario. It is handed the evidence and returns True, "
        "False or a Judgement.",
        pattern=r"^[^:]+\.py:[A-Za-z_]\w*$",
    )


@check_kinds.register("python")
class Python:
    """Calls functions of the scenario's author; whatever they do wrong is never the agent's failure."""

    Settings: ClassVar[type[Settings]] = PythonCheck

    def judge(self, settings: PythonCheck, evidence: Evidence) -> Judgement:
        """Load the file (once for each of its contents) and call the function."""
        name, _, function = settings.python.rpartition(":")
        return verdict_of(_function((evidence.folder or Path()) / name, function), evidence)

    def brought(self, settings: PythonCheck) -> list[str]:
        """The file that holds the function."""
        return [settings.python.rpartition(":")[0]]


def verdict_of(function: Callable[[Evidence], Any], evidence: Evidence) -> Judgement:
    """What a function says of an episode. Raises Ungradable for one that breaks, or says neither yes nor no."""
    try:
        judged = function(evidence)
    except (
        Exception,
        SystemExit,
    ) as error:  # whatever an author's function does, it must not pass for the agent's failure
        raise Ungradable(f"{type(error).__name__}: {error}") from None
    if isinstance(judged, Judgement):
        return judged
    if isinstance(judged, bool):
        return Judgement(judged, "true", "true" if judged else "false")
    raise Ungradable(f"it returned {judged!r}, neither True, False nor a Judgement")


def _function(path: Path, name: str) -> Callable[[Evidence], Any]:
    """The function of a file. Raises Ungradable."""
    found = getattr(_module(path), name, None)
    if not callable(found):
        raise Ungradable(f"{path.name} has no function {name!r}")
    return found  # type: ignore[no-any-return]  # an author's function returns what it likes


def _module(path: Path) -> ModuleType:
    try:
        key = (path.resolve(), content_hash(path.read_bytes()))
    except OSError as error:
        raise Ungradable(f"cannot read {path}: {error.strerror}") from None
    if key not in _KNOWN:
        _KNOWN[key] = _loaded(path, key[1])
    return _KNOWN[key]


def _loaded(path: Path, digest: bytes) -> ModuleType:
    """The file as a module of its own name, whatever else is called so."""
    name = f"soundstage_check_{re.sub(r'[^A-Za-z0-9]', '_', path.stem)}_{digest.hex()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Ungradable(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their own module up
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        raise Ungradable(f"{path.name} cannot be loaded: {type(error).__name__}: {error}") from None
    return module
