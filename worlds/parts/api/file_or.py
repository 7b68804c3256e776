"""A setting that is either written in place or the name of a file: complaints name the place inside."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema


@dataclass(frozen=True, slots=True)
class FileOr:
    """Annotates `Model | str`. A plain union would put the name of its branch into the place of each complaint."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Texts pass; all else is the model's."""

        def judge(value: Any, judge_model: core_schema.ValidatorFunctionWrapHandler) -> Any:
            return value if isinstance(value, str) else judge_model(value)

        return core_schema.no_info_wrap_validator_function(judge, handler.generate_schema(self.model))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """What editors are told: either of both."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}
