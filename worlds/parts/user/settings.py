"""What a world file says of a conversation: who is at the other end, and what was written before."""

from typing import Literal

from pydantic import Field, field_validator

from worlds.clock import parse_time
from worlds.part import Settings

Author = Literal["agent", "user"]
"""Who writes: the agent, or the person at the other end."""


class EarlierMessage(Settings):
    """A message from before the world's first time."""

    author: Author = Field(description="Who wrote it: `agent` or `user`.")
    text: str = Field(description="What was written.", min_length=1)
    at: str | None = Field(default=None, description="When, ISO 8601; default: at the world's first time.")

    @field_validator("at")
    @classmethod
    def _is_a_time(cls, text: str | None) -> str | None:
        if text is not None:
            parse_time(text)
        return text


class UserSettings(Settings):
    """A conversation as a world file says it. What the person knows and wants is written in scenarios, never here."""

    participant: str = Field(default="Customer", description="The person's name as the chat shows it.", min_length=1)
    messages: list[EarlierMessage] = Field(
        default_factory=list, description="What was written before the world begins, in order."
    )
