"""One function as a tool: its entry in the list, the check of its arguments, and how its value is told."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, get_type_hints

import pydantic_core
from docstring_parser import parse
from pydantic import BaseModel, TypeAdapter

from sandbox_server.families.tools.schemas import plain_schema, wrapped
from sandbox_server.fingerprints.fastmcp import Validating
from sandbox_server.tools import READS

HERE: Final = "here"
"""The parameter that is given the world and that agents never see."""


class Function:
    """A person's function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises TypeError, NameError or a pydantic error for parameters that no schema can describe."""
        self.function = function
        self.name = function.__name__
        signature = inspect.signature(function)
        hints = get_type_hints(function, include_extras=True)
        self.takes_here = HERE in signature.parameters
        _refuse_variadic(signature)
        stand_in: Any = _stand_in(function, signature, hints)
        self._arguments: TypeAdapter[Any] = TypeAdapter(stand_in)
        returned = hints.get("return", inspect.Parameter.empty)
        plain = returned in (inspect.Parameter.empty, type(None), None, Any)
        self._returned: TypeAdapter[Any] | None = None if plain else TypeAdapter(returned)
        self.output = None if self._returned is None else plain_schema(self._returned.json_schema(mode="serialization"))
        self.wraps = self.output is not None and self.output.get("type") != "object"

    @property
    def validator(self) -> Validating:
        """The check of arguments, in pydantic's words; it gives them as the function takes them."""
        return _Keywords(self._arguments.validator)

    def entry(self) -> dict[str, Any]:
        """The tool's entry in the list."""
        told = parse(inspect.getdoc(self.function) or "")
        schema = plain_schema(self._arguments.json_schema())
        properties = schema.get("properties", {})
        for parameter in told.params:
            if parameter.arg_name in properties and parameter.description:
                properties[parameter.arg_name].setdefault("description", parameter.description)
        description = "\n\n".join(part for part in (told.short_description, told.long_description) if part)
        required = {"required": schema["required"]} if schema.get("required") else {}
        return {
            "name": self.name,
            "title": self.name.replace("_", " ").title(),
            **({"description": description} if description else {}),
            "inputSchema": {
                "type": "object", "additionalProperties": False, "properties": properties, **required, **_rest(schema),
            },
            **({} if self.output is None else {"outputSchema": wrapped(self.output) if self.wraps else self.output}),
            **({"annotations": {"readOnlyHint": True}} if getattr(self.function, READS, False) else {}),
            "_meta": {"fastmcp": {"tags": []}},
        }  # fmt: skip

    def told(self, value: Any) -> tuple[str | None, Any]:
        """The text of a value (None for nothing at all) and its structure (None where there is none)."""
        if value is None and self._returned is None:
            return None, None
        jsonable = pydantic_core.to_jsonable_python(value)
        text = None if value == [] else value if isinstance(value, str) else pydantic_core.to_json(value).decode()
        if self.wraps:
            return text, {"result": jsonable}
        return text, jsonable if isinstance(value, Mapping | BaseModel) or self.output is not None else None


class _Keywords:
    """A validator of calls that takes and gives arguments by name."""

    def __init__(self, validator: Any) -> None:
        self._validator = validator

    def validate_python(self, arguments: Any, /) -> dict[str, Any]:
        """The arguments, each as its type says. Raises ValidationError."""
        taken: dict[str, Any] = self._validator.validate_python(dict(arguments))
        return taken


def _stand_in(
    function: Callable[..., Any], signature: inspect.Signature, hints: Mapping[str, Any]
) -> Callable[..., dict[str, Any]]:
    """A function with the same parameters but `here`, which gives them back."""

    def taken(**arguments: Any) -> dict[str, Any]:
        return arguments

    kept = [
        each.replace(kind=_by_name(each.kind), annotation=hints.get(each.name, Any))
        for each in signature.parameters.values()
        if each.name != HERE
    ]
    stand_in: Any = taken
    stand_in.__name__ = stand_in.__qualname__ = function.__name__
    stand_in.__signature__ = signature.replace(parameters=kept, return_annotation=Any)
    stand_in.__annotations__ = {each.name: each.annotation for each in kept}
    return taken


def _by_name(kind: Any) -> Any:
    """How a parameter is given: agents give all of them by name."""
    return inspect.Parameter.POSITIONAL_OR_KEYWORD if kind is inspect.Parameter.POSITIONAL_ONLY else kind


def _refuse_variadic(signature: inspect.Signature) -> None:
    for each in signature.parameters.values():
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(f"*{each.name} cannot be described to agents")


def _rest(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Definitions that could not be written out because they contain themselves."""
    return {"$defs": schema["$defs"]} if "$defs" in schema else {}
