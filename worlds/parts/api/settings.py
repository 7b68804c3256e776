"""What a person writes about an API in a world file."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from worlds.part import Settings
from worlds.parts.api.file_or import FileOr
from worlds.parts.api.rules import FileOrRules, Key, Rules

Resources = Mapping[str, list[dict[str, Any]]]
"""By collection."""


class ApiSettings(Settings):
    """A service: its description, what it holds at first, and how it behaves beyond what the description says."""

    spec: Annotated[str | Mapping[str, Any] | None, FileOr(Mapping[str, Any] | None)] = Field(
        default=None, description="An OpenAPI 3.0 or 3.1 document: a YAML or JSON file, or the document itself."
    )
    service: str | None = Field(default=None, description="A built-in service by name, instead of a document.")
    data: Annotated[str | Resources, FileOr(Resources)] = Field(
        default_factory=dict,
        description="By collection: the resources it starts with. Or a .json or .yaml file that says so.",
    )
    samples: bool = Field(
        default=True, description="Whether a built-in service holds resources of its own besides those in `data`."
    )
    rules: FileOrRules = Field(
        default_factory=Rules,
        description="What the document cannot say: paging, keys, states, effects, invariants. Or a file that says so.",
    )
    code: str | None = Field(
        default=None, description="A Python file beside the world file with behaviour that rules cannot express."
    )
    generate: Mapping[str, int] = Field(
        default_factory=dict, description="By collection: how many believable seeded resources to add."
    )
    keys: Mapping[str, Key] = Field(
        default_factory=dict, description="By text of an API key or bearer token: what it allows. Adds to the rules'."
    )

    @model_validator(mode="after")
    def _names_one_service(self) -> "ApiSettings":
        if (self.spec is None) == (self.service is None):
            raise ValueError("give either `spec`, the file of an OpenAPI document, or `service`, a built-in one")
        return self
