"""From a scenario's document to the documents of its variants: parameters put in, and what does not apply left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harness.staging.condition import ConditionError, read_condition
from harness.staging.substitution import SubstitutionError, Values, has_hole, spelled
from harness.staging.variants import Variant, read_variants
from worlds.yamlfile import Document, FileProblem, Path

LISTS: Final[tuple[Path, ...]] = (("guard", "never"), ("milestones",), ("reference",), ("events",), ("faults",))
"""Lists whose entries may have a `when`; so may the entries of `success`."""
_TEXTS: Final = ("task", "description")
_FIXED: Final = ("soundstage", "scenario", "params")


@dataclass(slots=True)
class VariantDocument(Document):
    """What a file says for one variant; complaints are placed where the file says it."""

    moved: dict[Path, Path] = field(default_factory=dict)
    """Paths in this document to those in the file, where they differ."""

    def problem(self, path: Sequence[str | int], message: str, hint: str | None = None) -> FileProblem:
        """A complaint about a value, placed in the file."""
        at = tuple(path)
        for length in range(len(at), 0, -1):
            if at[:length] in self.moved:
                at = (*self.moved[at[:length]], *at[length:])
                break
        return Document.problem(self, at, message, hint)


def expand(document: Document) -> Iterator[tuple[Variant, VariantDocument]]:
    """Every variant with its document, the last parameter changing fastest.

    Raises FileProblem; for what no variant uses, once the last one was taken.
    """
    variants = read_variants(document)
    used: set[str] = set()
    kept: set[Path] = set()
    for variant in variants:
        yield variant, _Expansion(document, variant, used, kept).made()
    for place in _conditional(document.data):
        if place not in kept:
            raise document.problem(
                (*place, "when"),
                f"{_spelled(place)}: there is no variant in which this holds",
                hint="mend or delete it",
            )
    for name in document.data.get("params", {}):
        if name not in used:
            raise document.problem(("params", name), f"params.{name}: nothing uses it", hint=f"write ${{{name}}}")


def _conditional(data: Mapping[str, Any]) -> Iterator[Path]:
    """Where the entries with a `when` stand."""
    success = data.get("success")
    for name, entry in success.items() if isinstance(success, dict) else ():
        if isinstance(entry, dict) and "when" in entry:
            yield ("success", name)
    for place in LISTS:
        for number, entry in enumerate(_listed(data, place)):
            if isinstance(entry, dict) and "when" in entry:
                yield (*place, number)


def _listed(data: Any, place: Path) -> list[Any]:
    for step in place:
        data = data.get(step) if isinstance(data, dict) else None
    return data if isinstance(data, list) else []


class _Expansion:
    """The making of one variant's document."""

    def __init__(self, document: Document, variant: Variant, used: set[str], kept: set[Path]) -> None:
        self.document = document
        self.variant = variant
        self.values = Values(variant.values, used)
        self.entries = kept
        self.names: tuple[str, ...] = ()
        """Under which names the answers of earlier steps of the reference are kept."""
        self.moved: dict[Path, Path] = {}

    def made(self) -> VariantDocument:
        """The document. Raises FileProblem."""
        data = {key: self._section(key, value) for key, value in self.document.data.items()}
        if self.variant.values:
            data["params"] = dict(self.variant.values)
        if data.get("success") == {} and self.document.data["success"]:
            raise self.document.problem(("success",), f"no criterion is left for {self.variant.label or 'it'}")
        return VariantDocument(self.document.file, data, self.document.places, self.moved)

    def _section(self, key: Any, value: Any) -> Any:
        if key in _FIXED:
            return value
        if key == "success" and isinstance(value, dict):
            return {
                name: self._entry(entry, ("success", name), ("success", name))
                for name, entry in value.items()
                if self._applies(entry, ("success", name))
            }
        if (key,) in LISTS and isinstance(value, list):
            return self._list(value, (key,))
        if key == "guard" and isinstance(value, dict):
            return {
                name: self._list(item, (key, name))
                if (key, name) in LISTS and isinstance(item, list)
                else self._filled(item, (key, name), (key, name))
                for name, item in value.items()
            }
        filled = self._filled(value, (key,), (key,))
        return spelled(filled) if key in _TEXTS and filled is not value else filled

    def _list(self, entries: list[Any], place: Path) -> list[Any]:
        """The entries that apply; they move up where others are left out."""
        found: list[Any] = []
        for number, entry in enumerate(entries):
            if self._applies(entry, (*place, number)):
                new, old = (*place, len(found)), (*place, number)
                if new != old:
                    self.moved[new] = old
                found.append(self._entry(entry, new, old))
                self._keep(place, entry)
        return found

    def _keep(self, place: Path, entry: Any) -> None:
        name = entry.get("as") if place == ("reference",) and isinstance(entry, dict) else None
        if isinstance(name, str):
            if name in self.variant.values:
                raise self.document.problem(
                    ("params", name), f"params.{name}: a step of the reference keeps its answer as {name!r}, too",
                    hint="rename one of them",
                )  # fmt: skip
            self.names = (*self.names, name)

    def _applies(self, entry: Any, place: Path) -> bool:
        if not isinstance(entry, dict) or "when" not in entry:
            return True
        when = entry["when"]
        holds = when if isinstance(when, bool) else self._holds(when, place)
        if holds:
            self.entries.add(place)
        return holds

    def _holds(self, when: Any, place: Path) -> bool:
        if not isinstance(when, str):
            raise self.document.problem((*place, "when"), f"{_spelled(place)}.when: a condition is expected")
        try:
            condition = read_condition(when, self.variant.values)
            self.values.used |= condition.names
            return condition.holds(self.variant.values)
        except ConditionError as error:
            raise self.document.problem((*place, "when"), error.message, error.hint) from None

    def _entry(self, entry: Any, new: Path, old: Path) -> Any:
        """An entry that may have had a `when`, and SQL to which values are bound."""
        if not isinstance(entry, dict):
            return self._filled(entry, new, old)
        rest = {key: value for key, value in entry.items() if key != "when"}
        if old[0] == "reference":
            return self._filled(rest, new, old)
        if old[0] == "events":
            return self._event(rest, new, old)
        if old[0] == "faults":
            return self._rule(rest, new, old)
        return {**self._filled({k: v for k, v in rest.items() if k != "sql"}, new, old), **self._bound(rest, old)}

    def _rule(self, entry: dict[str, Any], new: Path, old: Path) -> Any:
        """A rule of faults, whose question to the world may hold SQL."""
        state, (inner, outer) = entry.get("state"), ((*new, "state"), (*old, "state"))
        if not isinstance(state, dict) or not has_hole(state.get("sql")):
            return self._filled(entry, new, old)
        rest = self._filled({key: value for key, value in entry.items() if key != "state"}, new, old)
        asked = self._filled({key: value for key, value in state.items() if key != "sql"}, inner, outer)
        return {**rest, "state": {**asked, **self._bound(state, outer)}}

    def _event(self, entry: dict[str, Any], new: Path, old: Path) -> Any:
        given = entry.get("with")
        if not isinstance(given, dict) or not has_hole(given.get("sql")):
            return self._filled(entry, new, old)
        if "parameters" in given:
            raise self.document.problem(
                (*old, "with", "parameters"), "give values as ${...} or as parameters, not both"
            )
        values: list[Any] = []

        def mark(name: str, value: Any) -> str:
            values.append(value)
            return "?"

        sql = self._bind(given["sql"], (*old, "with", "sql"), mark)
        rest = self._filled({k: v for k, v in entry.items() if k != "with"}, new, old)
        others = self._filled({k: v for k, v in given.items() if k != "sql"}, (*new, "with"), (*old, "with"))
        return {**rest, "with": {**others, "sql": sql, **({"parameters": values} if values else {})}}

    def _bound(self, entry: dict[str, Any], old: Path) -> dict[str, Any]:
        """The SQL of a check with its values beside it."""
        if "sql" not in entry:
            return {}
        if not has_hole(entry["sql"]):
            return {"sql": entry["sql"]}
        given = entry.get("parameters", {})
        if not isinstance(given, dict):
            raise self.document.problem((*old, "parameters"), "parameters: a mapping from names to values is expected")
        values = dict(given)

        def mark(name: str, value: Any) -> str:
            label = "".join(letter if letter.isalnum() else "_" for letter in name)
            while label in values and values[label] is not value:
                label += "_"
            values[label] = value
            return f"${label}"

        return {"sql": self._bind(entry["sql"], (*old, "sql"), mark), "parameters": values}

    def _bind(self, sql: str, old: Path, mark: Any) -> str:
        try:
            return self.values.bind(sql, mark)
        except SubstitutionError as error:
            raise self.document.problem(old, error.message, error.hint) from None

    def _filled(self, value: Any, new: Path, old: Path) -> Any:
        """A value with everything in it filled in; itself where there is nothing to do."""
        if isinstance(value, str):
            return self._text(value, old) if has_hole(value) else value
        if isinstance(value, dict):
            return self._mapping(value, new, old)
        if isinstance(value, list):
            items = [self._filled(item, (*new, number), (*old, number)) for number, item in enumerate(value)]
            return value if all(map(_same, items, value)) else items
        return value

    def _mapping(self, value: dict[Any, Any], new: Path, old: Path) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key, item in value.items():
            name = self._key(key, (*old, key)) if has_hole(key) else key
            if name in result:
                words = f"the key {name!r} stands here twice"
                raise self.document.problem((*old, key), words, hint=f"with {dict(self.variant.values)}")
            if name != key:
                self.moved[(*new, name)] = (*old, key)
            result[name] = self._filled(item, (*new, name), (*old, key))
        unchanged = result.keys() == value.keys() and all(map(_same, result.values(), value.values()))
        return value if unchanged else result

    def _key(self, key: str, old: Path) -> str | int:
        name = self._text(key, old)
        if not isinstance(name, str | int) or isinstance(name, bool):
            raise self.document.problem(old, f"{key}: a key is a text, not {name!r}")
        return name

    def _text(self, text: str, old: Path) -> Any:
        try:
            if old[0] == "reference":
                return self.values.fill_script(text, self.names)
            return self.values.fill(text)
        except SubstitutionError as error:
            raise self.document.problem(old, error.message, error.hint) from None


def _same(one: object, other: object) -> bool:
    return one is other


def _spelled(place: Path) -> str:
    return ".".join(map(str, place))
