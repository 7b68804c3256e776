"""A user as a scenario says it: what they know, want and do. None of it ever reaches an agent but as words."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, field_validator

from harness.users.persona import Behaviours, Temper
from worlds.part import Settings

Release = Literal["at_once", "when_asked", "second_time_asked", "third_time_asked", "with_details", "never"]
_NAME: Final = r"^[A-Za-z][A-Za-z0-9_]*$"


class FactFile(Settings):
    """Something that a user knows."""

    value: str = Field(description="What is said of it, word for word.", min_length=1)
    release: Release = Field(
        default="when_asked",
        description="When it is told: `at_once` with the first message, `when_asked`, `second_time_asked`, "
        "`third_time_asked`, `with_details` (also when more is asked in general), or `never`.",
    )
    asked_by: list[str] = Field(
        default_factory=list, description="Words by which an agent asks for it, beside its name and usual synonyms."
    )
    label: str = Field(default="", description="What the user calls it; default: its name.")
    wrong: str | None = Field(default=None, description="What a user who contradicts says first.")

    @field_validator("value", mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _fact(value: Any) -> Any:
    return value if isinstance(value, dict | FactFile) else {"value": value}


Fact = Annotated[FactFile, BeforeValidator(_fact, json_schema_input_type=str | int | float | FactFile)]


class IntentFile(Settings):
    """Something more that a user wants, told once what came before is done."""

    says: str = Field(description="How the user asks for it, word for word.", min_length=1)
    done_when: list[str] = Field(
        default_factory=list, description="Checks of `success` that hold once it is done; none: once it was answered."
    )


class DeedFile(Settings):
    """Something that a user can do when asked, with tools of their own."""

    asked_by: list[str] = Field(description="Words by which an agent asks for it.", min_length=1)
    calls: list[dict[str, Any]] = Field(
        default_factory=list, description="Calls that are made, as in a script: `- SERVER.TOOL: {arguments}`."
    )
    says: str = Field(default="", description="What the user says when it is done; default: that it is done.")
    fails: str = Field(default="", description="What the user says when a call fails; default: that it did not work.")
    once: bool = Field(default=True, description="Whether it is done once only, however often it is asked.")


class UserFile(Settings):
    """The person at the other end of a conversation. Nothing of this is ever in the world that agents act in."""

    persona: str = Field(default="cooperative", description="How the person behaves and speaks: a persona's name.")
    opening: str = Field(description="What the person writes first, where nothing makes it vaguer.", min_length=1)
    vague: str = Field(default="", description="What is written instead where `ambiguity` hides the opening.")
    goal: str = Field(default="", description="What the person wants to reach, for people who read the scenario.")
    facts: dict[str, Fact] = Field(default_factory=dict, description="What the person knows, by name.")
    unknown: list[str] = Field(
        default_factory=list, description="What the person is sure not to know, such as `charge number`."
    )
    intents: list[IntentFile] = Field(default_factory=list, description="What the person wants beside the opening.")
    patience: int | None = Field(
        default=None, ge=1, le=1000, description="How many of the agent's messages are borne; default: the persona's."
    )
    ambiguity: float = Field(
        default=0.0, ge=0, le=1,
        description="How vague the first request is: below 0.25 the opening and all facts told at once, below 0.5 the "
        "opening, below 0.75 its first sentence, else only that there is a problem.",
    )  # fmt: skip
    temper: Temper | None = Field(default=None, description="The mood to begin with; default: the persona's.")
    behaviours: dict[str, float] = Field(
        default_factory=dict, description="How often, from 0 to 1, in place of the persona's own habits."
    )
    agrees: bool = Field(default=True, description="Whether the person says yes when asked whether to go ahead.")
    refuses: list[str] = Field(default_factory=list, description="Words in a proposal that get a no.")
    accepts: list[str] = Field(default_factory=list, description="Words in a proposal that get a yes.")
    changes_mind_to: str = Field(default="", description="What the person wants instead after a change of mind.")
    demands: list[str] = Field(default_factory=list, description="What a demanding person demands, one after another.")
    can: dict[str, DeedFile] = Field(default_factory=dict, description="What the person can do when asked, by name.")
    servers: list[str] = Field(
        default_factory=list, description="Servers that only this person has; no agent is offered them."
    )
    done_when: Literal["success", "never"] | list[str] = Field(
        default="success",
        description="When the person is content: all checks of `success` that can be looked at on the way, some of "
        "them by name, or never.",
    )
    opening_done_when: list[str] = Field(
        default_factory=list,
        description="Checks of `success` that hold once the opening's matter is done and the first of `intents` is "
        "told; none: once the agent reports something.",
    )
    closing: str = Field(default="", description="What the person says when content; default: thanks.")
    wording: Literal["templates", "model"] = Field(
        default="templates", description="Who words what the person says: templates, or a model."
    )
    model: str | None = Field(default=None, description="The model that words it; default: the run's `--user-model`.")

    @field_validator("behaviours")
    @classmethod
    def _are_known(cls, given: dict[str, float]) -> dict[str, float]:
        Behaviours.model_validate(given)
        return given

    @field_validator("facts", "can")
    @classmethod
    def _have_names(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name in given:
            if not re.fullmatch(_NAME, name):
                raise ValueError(f"{name!r} is no name: letters, digits and _")
        return given
