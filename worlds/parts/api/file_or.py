"""A setting that is either written in place or the name of a file: complaints name the place inside."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema


@dataclass(frozen=True, slots=True)
class FileOr:
    """Annotates `Other | str`. A plain union would put the name of its branch into the place of each complaint."""

    other: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Texts pass; all else has to be of the other type."""

        def judge(value: Any, judge_other: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return value if isinstance(value, str) else judge_other(value)

        return core_schema.no_info_wrap_validator_function(judge, handler.generate_schema(self.other))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What editors are told: either of both."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}
