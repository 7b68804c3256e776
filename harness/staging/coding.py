"""Scenarios written in Python: the same keys as in a file, where a check may also be a function."""

import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from harness import scenario as planned
from harness.errors import HarnessError
from harness.staging.choice import sole
from harness.staging.coded import Code
from harness.staging.planning import plan_scenarios
from worlds.digest import content_hash
from worlds.yamlfile import Document

_ODD: Final = re.compile(r"[^a-z0-9_.-]+")
Data = Mapping[str, Any]


class ModuleProblem(HarnessError):
    """A Python file from which no scenarios can be had."""

    code = "module"


class Scenario:
    """A scenario written in Python.

    The arguments are the keys of a scenario file, with the same meaning: `${name}` stands for a parameter, relative
    paths start at the file in which this is written. A check may also be a function that is handed the `Evidence` and
    returns True, False or a `Judgement`: `success={"tidy": is_tidy}`, `guard={"never": [spends_money]}`,
    `milestones=[{"name": "halfway", "python": is_halfway, "worth": 0.05}]`.
    """

    def __init__(
        self,
        *,
        task: str,
        world: str | Path | Data,
        success: Mapping[str, Any],
        scenario: str | None = None,
        description: str = "",
        params: Data | None = None,
        limits: Data | None = None,
        events: Sequence[Data] = (),
        reference: Sequence[Data] = (),
        seeds: Data | None = None,
        guard: Data | None = None,
        milestones: Sequence[Any] = (),
        reward: Data | None = None,
        judge: Data | None = None,
        workdir: str | None = None,
        users: Data | None = None,
    ) -> None:
        """Nothing is checked yet: that is done where it is used, with complaints that name this line."""
        caller = sys._getframe(1)
        self.file = caller.f_code.co_filename
        self.line = caller.f_lineno
        written = {
            "task": task, "world": world, "success": _checks(success), "scenario": scenario,
            "description": description, "params": params, "limits": limits, "events": events, "reference": reference,
            "seeds": seeds, "guard": _guarded(guard), "milestones": milestones, "reward": reward, "judge": judge,
            "workdir": workdir, "users": users,
        }  # fmt: skip
        self.data: dict[str, Any] = {key: _plain(value) for key, value in written.items() if not _is_absent(key, value)}

    def variants(self, name: str | None = None) -> list[planned.Scenario]:
        """The checked scenario, once for each variant; `name` is used where it has none of its own.

        Raises FileProblem.
        """
        file = Path(self.file)
        title = _ODD.sub("-", (name or file.stem).lower()).strip("-._") or "scenario"
        document = Document(self.file, self.data, {(): (self.line, 1)})
        return plan_scenarios(document, file.parent / f"{title}.py")

    def variant(self, **values: Any) -> planned.Scenario:
        """The checked variant with these values of its parameters. Raises FileProblem and NoSuchVariant."""
        found = self.variants()
        return sole([each for each in found if values.items() <= each.variant.items()], found, self.file)


Stated = Scenario | planned.Scenario
"""A scenario written in Python, or one variant of it."""


def stated_variants(what: Stated) -> list[planned.Scenario]:
    """The variants of a scenario that stands in code. Raises FileProblem."""
    return what.variants() if isinstance(what, Scenario) else [what]


def collect_module(path: Path) -> list[planned.Scenario]:
    """Every scenario that stands at the top level of a Python file, named after its variable. Runs the file.

    Raises ModuleProblem for a file that cannot be run or has none, and FileProblem for a scenario that is wrong.
    """
    seen: dict[int, tuple[str, Scenario]] = {}
    for name, value in vars(_imported(path)).items():
        if isinstance(value, Scenario):
            seen.setdefault(id(value), (name, value))
    if not seen:
        raise ModuleProblem(f"{path}: no Scenario at its top level", hint="write it like: refund = Scenario(task=...)")
    return [variant for name, value in seen.values() for variant in value.variants(name)]


def _imported(path: Path) -> Any:
    """The file as a module, run as `python FILE` would: with its folder's modules at hand."""
    name = f"scenarios_{content_hash(str(path.resolve()).encode()).hex()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise ModuleProblem(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's own code may break in any way; say where
        raise ModuleProblem(f"{path}:{_line(error, path)}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(folder)
    return module


def _line(error: Exception, path: Path) -> int:
    """Where in a file an error came from."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    file = str(path.resolve())
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return (lines[-1] if lines else None) or 1


def _checks(success: Any) -> Any:
    if not isinstance(success, Mapping):
        return success
    return {name: {"python": check} if callable(check) else check for name, check in success.items()}


def _guarded(guard: Data | None) -> Any:
    """A guard in which functions that must never say no have their names."""
    never = guard.get("never") if guard is not None else None
    if guard is None or not isinstance(never, list | tuple):
        return guard
    return {**guard, "never": [_named(check) if callable(check) else check for check in never]}


def _named(function: Callable[..., Any]) -> Data:
    return {"name": getattr(function, "__name__", type(function).__name__), "python": function}


def _is_absent(key: str, value: Any) -> bool:
    """Whether a key was left out; what must be there is looked at even when it is empty."""
    return key not in ("task", "world", "success") and (value is None or value in ("", (), []))


def _plain(value: Any) -> Any:
    """Plain data, as YAML would have it; functions become texts that remember them."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return Code(value) if callable(value) else value
