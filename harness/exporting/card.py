"""The card of an export: what is in it, where it comes from, and by which rules it was chosen and split."""

from typing import Any, Literal

from pydantic import Field

from harness.findings import Frozen


class CardFile(Frozen):
    """One file of the export."""

    path: str = Field(description="Below the export's folder.")
    rows: int = Field(description="How many rows it holds; 0 for a file that is no data.")
    size_bytes: int = Field(description="Its length.")
    sha256: str = Field(description="The hash of its bytes.")


class CardRun(Frozen):
    """A run that the data come from."""

    name: str = Field(description="Name of its folder.")
    agent: str = Field(description="SPEC of its agent.")
    model: tuple[str, ...] = Field(description="The models that were heard of, of what was exported.")
    seed: int = Field(description="The run's seed; those of each episode stand in `episodes.jsonl`.")
    trials: int = Field(description="Repetitions of each scenario.")
    arms: tuple[str, ...] = Field(description="The settings of faults that it compared.")
    status: str = Field(description="Whether it has ended.")
    soundstage: str = Field(description="Version of the program that recorded it.")
    manifest_sha256: str = Field(description="The hash of its manifest.")
    planned: int = Field(description="How many episodes it has.")
    exported: int = Field(description="How many of them are in the data.")


class CardFilters(Frozen):
    """What episodes had to be like; empty and null let everything through."""

    outcomes: tuple[str, ...] = Field(description="Their outcomes.")
    reward_min: float | None = Field(description="The smallest reward.")
    arms: tuple[str, ...] = Field(description="Their arms.")
    match: str | None = Field(description="An expression over the names of their scenarios.")
    characters_max: int | None = Field(description="How long their conversations might be.")
    thoughts: bool = Field(description="Whether the agent's thoughts are told.")


class CardSide(Frozen):
    """One side of the split."""

    name: str = Field(description="`train` or `test`.")
    families: tuple[str, ...] = Field(description="Its scenario families (scenarios without their variants).")
    episodes: int = Field(description="How many episodes were told.")
    rows: int = Field(description="How many rows they make.")


class CardTool(Frozen):
    """A tool by the name under which the data speak of it."""

    name: str = Field(description="The name in the data.")
    server: str = Field(description="The server.")
    tool: str = Field(description="The tool of that server.")


class Card(Frozen):
    """What is kept as `card.json`; README.md says the same in words."""

    schema_version: Literal["1"] = Field(default="1", description="Version of this format.")
    name: str = Field(description="Name of the export's folder.")
    format: str = Field(description="The format of the data.")
    soundstage: str = Field(description="Version of the program that wrote it.")
    license: str | None = Field(description="The licence of the data, as it was given; null: nobody said.")
    runs: tuple[CardRun, ...] = Field(description="The runs that the data come from.")
    filters: CardFilters = Field(description="What episodes had to be like.")
    split: float | None = Field(description="The share that was to be trained on; null: not split.")
    split_seed: int = Field(description="The seed of the split.")
    sides: tuple[CardSide, ...] = Field(description="The sides of the split; no family is on two.")
    planned: int = Field(description="How many episodes the runs have.")
    left_out: dict[str, int] = Field(description="By reason, how many of them are not in the data.")
    outcomes: dict[str, int] = Field(description="By outcome, how many of them are.")
    unanswered_calls: int = Field(description="How many calls in the data never had an answer.")
    tools: tuple[CardTool, ...] = Field(description="The tools that the data speak of.")
    data_files: dict[str, str] = Field(description="By side, its files, as a pattern.")
    files: tuple[CardFile, ...] = Field(description="Every file of the export but this one and README.md.")

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(side.rows for side in self.sides)

    def to_json(self) -> dict[str, Any]:
        """As `card.json` keeps it."""
        return self.model_dump(mode="json")
