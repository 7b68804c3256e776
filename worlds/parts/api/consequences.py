"""What is declared to follow from operations, and what is declared to hold always."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from worlds.part import Settings
from worlds.parts.api.expressions.written import Condition, Reckoned
from worlds.parts.api.spans import parse_span

Status = Annotated[int, Field(ge=400, le=599)]
Words = str | tuple[str, ...]


def is_span(text: str | None) -> str | None:
    """The text, if it is a span of time or none at all. Raises ValueError."""
    if text is not None:
        parse_span(text)
    return text


class Refusal(Settings):
    """How a demand that is not met is answered."""

    that: Condition = Field(description="What has to be true.")
    status: Status = Field(default=422, description="Status when it is not.")
    code: str = Field(default="invalid", description="Code in the body.")
    message: str = Field(default="The request cannot be carried out.", description="With ${...} expressions.")
    field: str | None = Field(default=None, description="The field that is to blame.")
    type: str | None = Field(default=None, description="What stands for ${type} in the body.")


class Step(Settings):
    """One thing that happens; exactly one of change, create, remove and send, or only `set` for the resource itself."""

    when: Condition | None = Field(default=None, description="Only where this is true.")
    change: str | None = Field(
        default=None, description="A field that names another resource, or `collection where condition` for several."
    )
    create: str | None = Field(default=None, description="The collection of a new resource.")
    remove: str | None = Field(default=None, description="Like change, to remove resources.")
    send: str | None = Field(
        default=None,
        description="The server that is asked for something later, by name or kind (`mail`); this: the service itself.",
    )
    set: Mapping[str, Reckoned] = Field(default_factory=dict, description="Fields to their new values.")
    add: Mapping[str, Reckoned] = Field(default_factory=dict, description="Fields to what is added to them.")
    append: Mapping[str, Reckoned] = Field(default_factory=dict, description="Lists to what is put at their end.")
    values: Mapping[str, Reckoned] = Field(
        default_factory=dict, alias="with", description="Fields of what is created; arguments of what is sent."
    )
    do: str = Field(default="deliver", description="The operation that is asked of the server.")
    after: str = Field(default="0s", description="How much later on the world's clock it is sent.")

    check_after = field_validator("after")(is_span)

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Step":
        named = [name for name in ("change", "create", "remove", "send") if getattr(self, name) is not None]
        if len(named) > 1:
            raise ValueError(f"a step does one thing; this one has {' and '.join(named)}")
        if self.values and not (self.create or self.send):
            raise ValueError(
                "`with` belongs to create or send; fields of a resource are changed by set, add and append"
            )
        if not named and not (self.set or self.add or self.append):
            raise ValueError("a step needs set, add, append, change, create, remove or send")
        return self


class Effect(Settings):
    """What follows from an operation: demands first, then steps."""

    on: Words = Field(description="Operation ids, or collection.create, .update, .delete, .read; or a time of its own.")
    when: Condition | None = Field(default=None, description="Only where this is true.")
    demand: tuple[Refusal, ...] = Field(default=(), description="What has to be true, else the call is refused.")
    do: tuple[Step, ...] = Field(default=(), description="What happens, in this order.")


class Invariant(Settings):
    """What is always true of the service."""

    that: Condition = Field(description="What holds.")
    each: str | None = Field(default=None, description="For each resource of this collection; else of the whole.")
    when: Condition | None = Field(default=None, description="Only for resources of which this is true.")
