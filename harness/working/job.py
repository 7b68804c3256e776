"""What a worker elsewhere is told: once what all episodes of a run share, then which one to play."""

from pydantic import Field

from harness.findings import Frozen
from harness.plan import Plan
from harness.recording.run_folder import Manifest, RunFolder
from harness.running.order import Order, unplayed_manifest


class Job(Frozen):
    """One episode to be played: what the run's manifest does not say."""

    scenario: str = Field(description="Name of the scenario.")
    trial: int = Field(description="Which repetition, from 1.", ge=1)
    arm: str = Field(default="", description="The faults that are compared; empty: the scenario's own.")
    attempt: int = Field(default=1, description="Which attempt at this trial, from 1.", ge=1)
    start_digest: str = Field(
        default="", description="Content digest that its world must have; empty: a world of this trial's own."
    )
    first_held: bool = Field(
        default=False, description="Whether its first state need not be sent back, as it is kept already."
    )


class Brief(Frozen):
    """What all jobs of a run share."""

    manifest: Manifest = Field(description="The run without its planned episodes.")
    folder: str | None = Field(default=None, description="The run's folder where the worker reaches it; null: none.")


def brief_of(order: Order, folder: RunFolder | None) -> Brief:
    """What the workers of a run are told first. Paths in it are as given: workers need the same working directory."""
    place = folder.path.absolute() if folder else None
    return Brief(manifest=unplayed_manifest(order), folder=str(place) if place else None)


def job_of(plan: Plan) -> Job:
    """What a worker is told of one planned episode."""
    prepared = plan.prepared
    shared = plan.seeds.world == prepared.presentation.seed
    return Job(
        scenario=prepared.scenario.name,
        trial=plan.trial,
        arm=plan.arm,
        attempt=plan.attempt,
        start_digest=prepared.world.content_digest().hex() if shared else "",
    )
