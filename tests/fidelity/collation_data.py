"""Measure the order of ICU's root locale in Node and write it down: `python -m tests.fidelity.collation_data`."""

import json
import subprocess
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.tools import ROOT, node

MEASURE = Path(__file__).with_name("collation_measure.mjs")
DATA = ROOT / "sandbox_server" / "families" / "filesystem" / "data" / "collation.txt"
LISTED_END = 0x20000
"""Ideographs from here on are left out: they would double the file, and come by code point."""
STEP = 64
HEAD = """\
# How the root locale of ICU {version} orders characters, measured by comparing them.
# [order] primary order, ranges and sequences; what is not listed comes after it, by code point.
# [levels] characters that differ from the head of their line only in case or form: '<' is a level, '=' the same one.
# [accents] characters without a primary weight, in secondary order, levels as above. [silent] no weight at all.
# [others] elements head/secondary/tertiary in 64ths of a step, joined by ','. [swaps] vowels that are written before
# the consonant they follow in speech, and those consonants. [composed] decompositions younger than Unicode 14.
"""

Element = list[int]
Levels = list[list[str]]


def measured() -> dict[str, Any]:
    """The facts, as the script in Node finds them."""
    done = subprocess.run([node(), MEASURE], capture_output=True, text=True, timeout=600, check=True)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def written(facts: Mapping[str, Any]) -> str:
    """The data file that says the facts."""
    weights = _weights(facts)
    order: list[str] = facts["order"]
    sections = {
        "order": _ranges(filter(_listed, order)),
        "levels": [shown for levels in facts["chains"] if _listed(levels[0][0]) and (shown := _chain(levels, weights))],
        "accents": ["<".join("=".join(level) for level in levels) for levels in facts["accents"]],
        "silent": _ranges(facts["silent"]),
        "others": [_other(code, elements, order) for code, elements in _others(facts, weights)],
        "swaps": [f"{vowel}:{','.join(_ranges(consonants))}" for vowel, consonants in facts["swaps"].items()],
        "composed": [f"{code}={pieces}" for code, pieces in facts["composed"] if _is_young(code, pieces)],
    }
    return HEAD.format(version=facts["version"]) + "".join(_section(name, tokens) for name, tokens in sections.items())


def _section(name: str, tokens: Iterable[str]) -> str:
    lines = textwrap.fill(" ".join(tokens), 118, break_long_words=False, break_on_hyphens=False)
    return f"[{name}]\n{lines}\n"


def _text(code: str) -> str:
    return "".join(chr(int(part, 16)) for part in code.split("+"))


def _listed(code: str) -> bool:
    return all(int(part, 16) < LISTED_END for part in code.split("+"))


def _is_young(code: str, pieces: str) -> bool:
    """Whether the running Python (3.11: Unicode 14) does not know a decomposition."""
    return unicodedata.normalize("NFD", _text(code)) != _text(pieces)


def _ranges(codes: Iterable[str]) -> list[str]:
    """Neighbours that follow each other in code as ranges; sequences as they are."""
    runs: list[str | tuple[int, int]] = []
    for code in codes:
        last = runs[-1] if runs else ""
        if "+" in code:
            runs.append(code)
        elif isinstance(last, tuple) and last[1] + 1 == int(code, 16):
            runs[-1] = last[0], last[1] + 1
        else:
            runs.append((int(code, 16), int(code, 16)))
    return [run if isinstance(run, str) else _range(*run) for run in runs]


def _range(first: int, last: int) -> str:
    return f"{first:x}" if first == last else f"{first:x}-{last:x}"


def _weights(facts: Mapping[str, Any]) -> dict[str, list[Element]]:
    """The elements of single characters, as far as one element is all they have; silent ones have none."""
    found: dict[str, list[Element]] = {_text(code): [] for code in facts["silent"]}
    for primary, head in enumerate(facts["order"], 1):
        found[_text(head)] = [[primary, 0, 0]]
    for levels in facts["chains"]:
        ((primary, _, _),) = found[_text(levels[0][0])]
        for level, codes in enumerate(levels):
            found.update((_text(code), [[primary, 0, level * STEP]]) for code in codes)
    for secondary, levels in enumerate(facts["accents"], 1):
        for level, codes in enumerate(levels):
            found.update((_text(code), [[0, secondary * STEP, level * STEP]]) for code in codes)
    return found


def _chain(levels: Levels, weights: Mapping[str, list[Element]]) -> str:
    """The levels of a class without what goes without saying; nothing for a class of its head alone."""
    ((primary, _, _),) = weights[_text(levels[0][0])]
    kept = [
        [code for code in codes if _is_needed(code, [[primary, 0, level * STEP]], weights)]
        for level, codes in enumerate(levels)
    ]
    shown = "<".join("=".join(codes) for codes in kept)
    return "" if sum(map(len, kept)) == 1 and levels[0][0] in kept[0] else shown


def _is_needed(code: str, elements: list[Element], weights: Mapping[str, list[Element]]) -> bool:
    """Whether a code is not left out, and a sequence weighs something else than its characters one by one."""
    if "+" not in code:
        return _listed(code)
    return [element for letter in _text(code) for element in weights.get(letter, [[-1]])] != elements


def _others(facts: Mapping[str, Any], weights: Mapping[str, list[Element]]) -> Iterable[tuple[str, list[Element]]]:
    known = {**weights, **{_text(code): elements for code, elements in facts["others"] if "+" not in code}}
    for code, elements in facts["others"]:
        parts = [element for letter in _text(code) for element in known.get(letter, [])]
        composed = "+" in code and _primaries(parts) == _primaries(elements)
        if _listed(code) and not composed and all(_listed(facts["order"][p - 1]) for p in _primaries(elements)):
            yield code, elements


def _primaries(elements: Iterable[Element]) -> list[int]:
    return [element[0] for element in elements if element[0]]


def _other(code: str, elements: Iterable[Element], order: list[str]) -> str:
    shown = [f"{order[p - 1] if p else ''}/{s or ''}/{t or ''}".rstrip("/") for p, s, t in elements]
    return f"{code}:{','.join(shown)}"


if __name__ == "__main__":
    DATA.write_text(written(measured()), "utf-8")
