"""Profiles: named sets of rules, written in YAML, composed in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from fault_injection.budget import Budget, CalmAfter
from fault_injection.errors import FaultError
from fault_injection.rule import Rule, rule_of
from fault_injection.written import check_written
from worlds.errors import UnknownName
from worlds.part import Settings
from worlds.yamlfile import Document, FileProblem, read_yaml

LIBRARY: Final = Path(__file__).parent / "library"
JOIN: Final = "+"
INLINE: Final = "inline"
"""The profile of rules without one."""
BUILT_IN: Final = "built in"
"""The source of the profiles of the library."""
_RULES_MAX: Final = 500
_SHOWN_MAX: Final = 100


class ProfileFile(Settings):
    """A profile as a file says it."""

    soundstage: Literal[1] = Field(1, description="Version of the file format.")
    profile: str = Field(description="Its name.", pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    description: str = Field("", description="One sentence for people who choose a profile.")
    budget: Budget = Field(Budget(), description="How often its rules may fire, all together.")
    calm_after: CalmAfter | None = Field(None, description="When it falls silent for good.")
    rules: list[Any] = Field(default_factory=list, description="The rules, in the order in which they are asked.",
                             max_length=_RULES_MAX)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """A checked profile."""

    name: str
    description: str = ""
    rules: tuple[Rule, ...] = ()
    budget: Budget = field(default_factory=lambda: Budget())
    calm_after: CalmAfter | None = None
    source: str = ""
    """The file that it comes from, or what else."""
    enabled: bool = True
    expires_ns: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The profile as it would be written."""
        calm = {"calm_after": self.calm_after.model_dump(exclude_none=True)} if self.calm_after else {}
        budget = self.budget.model_dump(exclude_none=True)
        return {
            "profile": self.name, "description": self.description, **({"budget": budget} if budget else {}), **calm,
            "rules": [rule.to_json() for rule in self.rules],
        }  # fmt: skip

    def standing(self) -> dict[str, Any]:
        """What it would not be written with: that it is off, and when it and its rules end, by rule."""
        ends = {"": self.expires_ns, **{rule.name: rule.expires_ns for rule in self.rules}}
        told = {name: then_ns for name, then_ns in ends.items() if then_ns is not None}
        return {**({} if self.enabled else {"enabled": False}), **({"ends": told} if told else {})}

    def stood(self, standing: Mapping[str, Any]) -> "Profile":
        """The profile with what another one's `standing` tells."""
        ends = standing.get("ends", {})
        made = self.with_rules(replace(rule, expires_ns=ends.get(rule.name)) for rule in self.rules)
        return replace(made, enabled=standing.get("enabled", True), expires_ns=ends.get(""))

    def put_off(self, by_ns: int) -> "Profile":
        """The profile with its end, and those of its rules, so much later."""
        standing = self.standing()
        return self.stood({**standing, "ends": {name: ns + by_ns for name, ns in standing.get("ends", {}).items()}})

    def rule(self, name: str) -> Rule:
        """The rule of that name. Raises FaultError."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        known = ", ".join(rule.name for rule in self.rules) or "none"
        raise FaultError(f"{self.name} has no rule {name!r}", hint=f"known: {known}")

    def with_rules(self, rules: Iterable[Rule]) -> "Profile":
        """The profile with other rules."""
        return replace(self, rules=tuple(rules))


def profile_of(document: Document, place: tuple[str | int, ...] = ()) -> Profile:
    """The profile at a place of a document. Raises FileProblem."""
    data = document.data
    for step in place:
        data = data[step]
    check_written(document, place, data)
    try:
        file = ProfileFile.model_validate(data)
    except ValidationError as error:
        raise document.refuse(error, place, ProfileFile) from None
    rules = tuple(rule_of(document, (*place, "rules", i), written) for i, written in enumerate(file.rules))
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        if rule.name in seen:
            where = (*place, "rules", number)
            raise document.problem(where, f"two rules are named {rule.name!r}", hint="give each a `name` of its own")
        seen.add(rule.name)
    return Profile(file.profile, file.description, rules, file.budget, file.calm_after, document.file)


def inline_profile(rules: list[Any], document: Document | None = None, place: tuple[str | int, ...] = ()) -> Profile:
    """Rules without a file of their own, as a scenario or a request has them. Raises FileProblem."""
    if document is None:
        return profile_in({"profile": INLINE, "rules": rules}, "<rules>")
    made = tuple(rule_of(document, (*place, number), written) for number, written in enumerate(rules))
    return Profile(INLINE, "", made, source=document.file)


def standing_of(profiles: Iterable[Profile]) -> dict[str, Any]:
    """What the profiles of which there is something to tell would not be written with, by name."""
    return {profile.name: told for profile in profiles if (told := profile.standing())}


def library_names() -> list[str]:
    """The built-in profiles."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


def find_profile(reference: str, folder: Path | None = None) -> Profile:
    """The profile that a name or a path means. Raises UnknownName or FileProblem."""
    if reference in library_names():
        return replace(profile_of(read_yaml(LIBRARY / f"{reference}.yaml")), source=BUILT_IN)
    path = (folder or Path()) / reference
    if not _is_file(path):
        shown = reference if len(reference) <= _SHOWN_MAX else f"{reference[:_SHOWN_MAX]}..."
        raise UnknownName(
            f"there is no fault profile {shown!r}",
            hint=f"give a path to a YAML file, or one of: {', '.join(library_names())}",
        )
    return profile_of(read_yaml(path))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no file system would take such a name
        return False


def find_profiles(reference: str, folder: Path | None = None) -> tuple[Profile, ...]:
    """The profiles that `a+b` means, in order. Raises UnknownName, FileProblem or FaultError."""
    return composed(find_profile(name, folder) for name in reference.split(JOIN))


def composed(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    """Profiles side by side. Raises FaultError for one that is named twice."""
    made = tuple(profiles)
    names = [profile.name for profile in made]
    for name in names:
        if names.count(name) > 1:
            raise FaultError(f"the profile {name!r} is named twice")
    return made


def profile_in(data: Mapping[str, Any], file: str = "<request>") -> Profile:
    """A profile that was written out. Raises FaultError with the path of what is wrong."""
    try:
        return profile_of(Document(file, dict(data)))
    except FileProblem as error:
        raise FaultError(error.message.removeprefix(f"{file}:1:1: "), hint=error.hint) from None
