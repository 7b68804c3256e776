"""The rubric by which a model judges the quality of an episode, as a scenario says it."""

from pydantic import Field

from worlds.part import Settings


class RubricItem(Settings):
    """One question to the judge."""

    name: str = Field(description="A short name.", min_length=1)
    ask: str = Field(description="The question.", min_length=1)
    scale: dict[int, str] = Field(
        default={0: "no", 1: "yes"}, description="Every possible score, and what it means.", min_length=2
    )


class JudgeFile(Settings):
    """What the judge is asked, and by whom it may be answered."""

    items: list[RubricItem] = Field(description="The questions.", min_length=1)
    model: str | None = Field(default=None, description="The judge's model; default: the one of the command line.")
