"""Pydantic's complaints about files that people write, in the words of somebody who edits them."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError

_WORDS: Final = {
    "extra_forbidden": "this key is not known here",
    "missing": "this key is needed",
    "string_type": "a text is expected",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "a mapping is expected"),
    "list_type": "a list is expected",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number is expected"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number is expected"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false is expected"),
    "literal_error": "accepted: {expected}",
    "string_pattern_mismatch": "{found!r} does not fit the pattern {pattern}",
    "string_too_short": "a text that says something is expected",
    "too_short": "it is empty; at least {min_length} is needed",
    "too_long": "{actual_length} are too many; at most {max_length} are accepted",
    "greater_than": "{found} is too little; more than {gt} is accepted",
    "greater_than_equal": "{found} is too little; {ge} or more is accepted",
    "less_than": "{found} is too much; less than {lt} is accepted",
    "less_than_equal": "{found} is too much; {le} or less is accepted",
    "finite_number": "a finite number is expected",
}


def telling(complaints: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The complaint to begin with: the first, or the misspelled key beside it because of which one is missing."""
    first = complaints[0]
    if first["type"] == "missing":
        for other in complaints:
            if other["type"] == "extra_forbidden" and other["loc"][:-1] == first["loc"][:-1]:
                return other
    return first


def worded(complaint: Mapping[str, Any]) -> str:
    """What is wrong, and what would be right where the kind of complaint tells it."""
    said = _WORDS.get(complaint["type"])
    if said is None:
        return str(complaint["msg"]).removeprefix("Value error, ")
    told = {key: f"{value:g}" if isinstance(value, float) else value for key, value in complaint.get("ctx", {}).items()}
    return said.format(found=complaint["input"], **told)


def known_keys(complaint: Mapping[str, Any], model: type[BaseModel] | None) -> str | None:
    """For a key that is not known: which are, the one that was probably meant first."""
    if complaint["type"] != "extra_forbidden" or model is None:
        return None
    *place, wrong = complaint["loc"]
    keys = _keys(model.model_json_schema(by_alias=True), place)
    meant = get_close_matches(str(wrong), keys, 1)
    rest = ", ".join(key for key in keys if key not in meant)
    return (f"did you mean {meant[0]}? also known: {rest}" if meant else f"known: {rest}") if rest else None


def _keys(schema: Mapping[str, Any], place: Sequence[str | int]) -> list[str]:
    """The keys of the mapping at a place below a schema; empty where the schema does not tell."""
    nodes = [schema]
    for step in place:
        nodes = [below for node in _meant(schema, nodes) for below in _below(node, step)] or nodes
    return list(dict.fromkeys(key for node in _meant(schema, nodes) for key in node.get("properties", ())))


def _meant(schema: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The schemas that stand behind references and choices."""
    found: list[Mapping[str, Any]] = []
    for node in nodes:
        reference = node.get("$ref")
        choices = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
        if reference:
            choices.append(schema["$defs"][str(reference).rpartition("/")[2]])
        found += _meant(schema, choices) if choices else [node]
    return found


def _below(node: Mapping[str, Any], step: str | int) -> list[Mapping[str, Any]]:
    below = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
    if below is None and not isinstance(step, int):
        below = node.get("additionalProperties")
    return [below] if isinstance(below, Mapping) else []


def complaint_of(error: ValidationError, model: type[BaseModel] | None = None) -> str:
    """The most telling complaint of a failed validation as one sentence, for values that stand in no file."""
    first = telling(error.errors(include_url=False))
    where = ".".join(str(step) for step in first["loc"])
    known = known_keys(first, model)
    return f"{where}: {worded(first)}" + (f" ({known})" if known else "")
