"""What goes wrong in a scenario: `faults:` as a file says it, to profiles that are checked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fault_injection.errors import FaultError
from fault_injection.fault import HTTP
from fault_injection.profile import INLINE, Profile, composed, find_profiles
from fault_injection.rule import Rule, rule_of
from harness.errors import HarnessError
from sandbox_server.faults.fitting import Unfit
from sandbox_server.presentation import Presentation
from sandbox_server.stage import Stage
from worlds import host
from worlds.errors import Problem, UnknownName
from worlds.yamlfile import Document, FileProblem

KEY: Final = "faults"


class ArmError(HarnessError):
    """Faults that were asked for on the command line and cannot be had."""

    code = "arm"


def read_faults(document: Document, written: str | Sequence[Any] | None, folder: Path) -> tuple[Profile, ...]:
    """The profiles that a scenario names, in order, its own rules last. Raises FileProblem."""
    if not written:
        return ()
    if isinstance(written, str):
        return _named(document, (KEY,), written, folder)
    named = [
        profile
        for number, each in enumerate(written) if (name := _name(each)) is not None
        for profile in _named(document, (KEY, number), name, folder)
    ]  # fmt: skip
    try:
        return composed([*named, *_own_rules(document, written)])
    except FaultError as error:
        raise document.problem((KEY,), error.message, error.hint) from None


def refuse_unfit(document: Document, profiles: Sequence[Profile], presentation: Presentation) -> None:
    """Refuse rules of a scenario that cannot exist in its world. Raises FileProblem."""
    try:
        _try(profiles, presentation)
    except Unfit as error:
        raise error.problem or document.problem((KEY,), error.message, error.hint) from None
    except Problem as error:
        raise document.problem((KEY,), error.message, error.hint) from None


def refuse_unfit_arm(name: str, scenario: str, profiles: Sequence[Profile], presentation: Presentation) -> None:
    """Refuse an arm whose rules cannot exist in a scenario's world. Raises ArmError."""
    try:
        _try(profiles, presentation)
    except Problem as error:
        raise ArmError(f"--faults {name} in {scenario}: {error.message}", hint=error.hint) from None


def _try(profiles: Sequence[Profile], presentation: Presentation) -> None:
    """Put profiles in force in an episode that nobody plays: in runs nobody comes over stdio. Raises Problem."""
    if not profiles:
        return
    stage = Stage()
    try:
        episode = stage.open(presentation, token=host.secret(), world=presentation.world.fork())
        episode.transports = HTTP
        episode.faults.put(profiles, note=False)
    finally:
        stage.close_all()


def _named(document: Document, place: tuple[str | int, ...], name: str, folder: Path) -> tuple[Profile, ...]:
    """The profiles of a name, of a path beside the scenario, or of several with `+` between them."""
    try:
        return find_profiles(name, folder)
    except FileProblem:
        raise
    except (UnknownName, FaultError) as error:
        raise document.problem(place, error.message, error.hint) from None


def _name(written: Any) -> str | None:
    """The name of a profile in a list, which may stand below `profile` so that a `when` has a place beside it."""
    if isinstance(written, dict) and set(written) == {"profile"} and isinstance(written["profile"], str):
        return str(written["profile"])
    return written if isinstance(written, str) else None


def _own_rules(document: Document, written: Sequence[Any]) -> list[Profile]:
    """The rules that stand in the list itself, as one profile."""
    rules: dict[str, Rule] = {}
    for number, each in enumerate(written):
        if _name(each) is None:
            rule = rule_of(document, (KEY, number), each)
            if rule.name in rules:
                words, hint = f"two rules are named {rule.name!r}", "give each a `name` of its own"
                raise document.problem((KEY, number), words, hint)
            rules[rule.name] = rule
    return [Profile(INLINE, "", tuple(rules.values()), source=document.file)] if rules else []
