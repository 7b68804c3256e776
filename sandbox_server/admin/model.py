"""The shapes that requests and answers of the admin API share."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """What enters or leaves through the admin API: frozen, unknown keys refused, every field described."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Nothing(Model):
    """A request without settings: an empty object, or no body at all."""


class Fault(Model):
    """One thing that is wrong with a request."""

    path: str = Field(description="Where: a JSON path into the body (`$.clock`), or `?name` for a query parameter.")
    message: str = Field(description="What is wrong there.")
    accepted: str | None = Field(None, description="What would be accepted.")


class Problem(Model):
    """An error as RFC 9457 has it, with a stable code and, where somebody can act, a hint."""

    type: str = Field(description="A URI that stands for the code.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, in a sentence.")
    code: str = Field(description="Stable name of the kind of problem.")
    hint: str | None = Field(None, description="What to do next.")
    kind: str | None = Field(None, description="For queries: the engine's class of the failure.")
    errors: list[Fault] = Field(default_factory=list, description="Every single thing that is wrong with the request.")


JsonObject = dict[str, Any]
