"""How the scores of an episode become one figure."""

from typing import Final

from pydantic import Field

from worlds.part import Settings


class Weights(Settings):
    """What each score counts in the reward; `cost` counts as 1 - cost."""

    success: float = Field(default=0.5, ge=0, allow_inf_nan=False, description="Whether the task was done.")
    quality: float = Field(default=0.2, ge=0, allow_inf_nan=False, description="What the judge says.")
    efficiency: float = Field(default=0.2, ge=0, allow_inf_nan=False, description="How few steps it took.")
    cost: float = Field(default=0.1, ge=0, allow_inf_nan=False, description="How few tokens it took.")


class RewardFile(Settings):
    """Weights, and how much milestones can add."""

    weights: Weights = Field(default=Weights(), description="What each score counts; unmeasured ones are dropped.")
    milestones_max: float = Field(
        default=0.1, ge=0, allow_inf_nan=False, le=1, description="What all milestones add at most."
    )


NOTHING: Final = {"success": 0.0, "quality": 0.0, "efficiency": 0.0, "cost": 0.0}
"""Weights of which none counts: those that a person names are put over them."""
