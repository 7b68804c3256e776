"""What a test's marker asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from harness.errors import HarnessError
from harness.staging.coding import Stated
from worlds.clock import Mode

_CLOCKS: Final = get_args(Mode)
_KNOWN: Final = ("scenario", "faults", "seed", "clock")
_EXAMPLE: Final = '@pytest.mark.soundstage("refund.yaml", faults="rate-limited", seed=7)'


class MarkerError(HarnessError):
    """A marker that cannot be understood."""

    code = "marker"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The episode that a test is to play in."""

    scenario: str | Stated
    faults: tuple[str, ...] | None = None
    """Profiles that take the place of the scenario's own faults; None leaves those."""
    seed: int | None = None
    clock: Mode = "flowing"


def wanted_of(markers: Iterable[Mapping[str, Any]], folders: Iterable[Path]) -> Wanted:
    """What markers ask for, the nearest of them last; paths are looked up in `folders`. Raises MarkerError."""
    told = {key: value for marker in markers for key, value in marker.items()}
    if unknown := [key for key in told if key not in _KNOWN]:
        raise MarkerError(
            f"{unknown[0]!r} is no argument of the marker `soundstage`", hint=f"known: {', '.join(_KNOWN)}"
        )
    if "scenario" not in told:
        raise MarkerError("no scenario is named for the fixture `soundstage`", hint=f"write {_EXAMPLE}")
    return Wanted(
        _scenario(told["scenario"], folders), _faults(told.get("faults")), _seed(told.get("seed")),
        _clock(told.get("clock", "flowing")),
    )  # fmt: skip


def marker_arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of one marker by name. Raises MarkerError."""
    if len(args) > 1 or (args and "scenario" in kwargs):
        raise MarkerError("the marker `soundstage` takes one scenario", hint=f"write {_EXAMPLE}")
    return {**({"scenario": args[0]} if args else {}), **kwargs}


def _scenario(value: Any, folders: Iterable[Path]) -> str | Stated:
    if isinstance(value, Stated):
        return value
    if not isinstance(value, str | Path) or not str(value):
        raise _refused("scenario", value, "a path, the name of a world, or a soundstage.Scenario")
    path, bracket, chosen = str(value).partition("[")
    for folder in folders:
        if (folder / path).is_file():
            return f"{folder / path}{bracket}{chosen}"
    return str(value)


def _faults(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise _refused("faults", value, 'the name or file of a profile, several as "a+b" or as a list, or [] for none')
    return tuple(names)


def _seed(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise _refused("seed", value, "a whole number")
    return value


def _clock(value: Any) -> Literal["virtual", "flowing", "real"]:
    for clock in _CLOCKS:
        if value == clock:
            found: Literal["virtual", "flowing", "real"] = clock
            return found
    raise _refused("clock", value, " or ".join(map(repr, _CLOCKS)))


def _refused(name: str, value: Any, accepted: str) -> MarkerError:
    return MarkerError(f"the marker `soundstage` has {name}={value!r}", hint=f"accepted: {accepted}")
