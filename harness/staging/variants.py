"""Parameters of a scenario: each combination of their values is a variant, with a name of its own."""

import itertools
import keyword
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from worlds.digest import canonical, content_hash
from worlds.yamlfile import Document

VARIANTS_MAX: Final = 1_000
_PARAMETER: Final = re.compile(r"[a-z_][a-z0-9_]*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_WORD: Final = re.compile(r"[a-z0-9]+")
_SLUG_MAX: Final = 40
_STEM_MAX: Final = 150
_WORDS: Final = {True: "true", False: "false", None: "null"}


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination of values; `labels` are how its name spells those that differ from variant to variant."""

    values: Mapping[str, Any]
    labels: Mapping[str, str]

    @property
    def label(self) -> str:
        """What its name adds to the scenario's: `[amount=4990,mood=calm]`; nothing where there is one variant only."""
        return f"[{','.join(f'{name}={label}' for name, label in self.labels.items())}]" if self.labels else ""


def read_variants(document: Document) -> list[Variant]:
    """Every combination of the values below `params`, the last parameter changing fastest. Raises FileProblem."""
    params = document.data.get("params", {})
    if not isinstance(params, dict):
        raise document.problem(("params",), "params: a mapping from names to lists of values is expected")
    choices = {name: _choices(document, name, values) for name, values in params.items()}
    count = math.prod(map(len, choices.values()))
    if count > VARIANTS_MAX:
        words = " x ".join(str(len(values)) for values in choices.values())
        raise document.problem(
            ("params",),
            f"params: {words} values are {count} variants",
            hint=f"{VARIANTS_MAX} at most; values that belong together can be one mapping",
        )
    labels = {name: _labels(values) for name, values in choices.items()}
    pairs = [list(zip(choices[name], labels[name], strict=True)) for name in choices]
    return [
        Variant(
            {name: value for name, (value, _) in zip(choices, chosen, strict=True)},
            {name: label for name, (_, label) in zip(choices, chosen, strict=True) if len(choices[name]) > 1},
        )
        for chosen in itertools.product(*pairs)
    ]


def stem(name: str) -> str:
    """The name of a scenario or a variant as the beginning of a file's name: portable, and different for each."""
    if "[" not in name:
        return name
    plain = name.replace("[", "~").replace("]", "").replace(",", "~").replace("#", "+")
    if len(plain) <= _STEM_MAX and plain == plain.lower():
        return plain
    return f"{plain.lower()[:_STEM_MAX]}~{content_hash(name.encode()).hex()[:8]}"


def _choices(document: Document, name: Any, values: Any) -> Sequence[Any]:
    place = ("params", name)
    if not isinstance(name, str) or not _PARAMETER.fullmatch(name) or keyword.iskeyword(name):
        raise document.problem(
            place, f"{name!r} cannot name a parameter", hint="use lower-case letters, digits and _, and no word of when"
        )
    if not isinstance(values, list):
        return [values]
    if not values:
        raise document.problem(place, f"params.{name}: no value is given", hint="give one value or a list of values")
    spelled = Counter(canonical(value) for value in values)
    for number, value in enumerate(values):
        if spelled[canonical(value)] > 1:
            raise document.problem((*place, number), f"params.{name}: {value!r} stands here twice")
    return values


def _labels(values: Sequence[Any]) -> list[str]:
    """How names spell the values: as they are where that is short and plain, by the words of longer texts, and by their
    position where that does not tell them apart."""
    natural = [_label(value) for value in values]
    seen = Counter(label.lower() for label in natural)
    return [
        label if label and seen[label.lower()] == 1 else f"#{number}" for number, label in enumerate(natural, start=1)
    ]


def _label(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    text = str(value) if isinstance(value, str | int | float) else ""
    return text if _PLAIN.fullmatch(text) else _slug(text)


def _slug(text: str) -> str:
    """The first words of a text in small letters and digits: `The Tulip Clerks` is `the-tulip-clerks`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    slug = ""
    for word in _WORD.findall(plain):
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > _SLUG_MAX:
            break
        slug = longer
    return slug if any(letter.isalpha() for letter in slug) else ""
