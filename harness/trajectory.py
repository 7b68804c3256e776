"""The trajectory: the frozen record of one episode, from which scores are computed again at any time."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, field_validator

from harness.findings import Cause, CheckResult, Collateral, Frozen, Milestone, Violation
from worlds.changes import is_users

SCHEMA_VERSION: Final = "1"
OBSERVATION_MAX: Final = 4_000
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Isolation = Literal["none", "namespace", "container"]
Outcome = Literal["success", "failure", "timeout", "safety_violation", "invalid"]
Blame = Literal["agent", "fault", "scenario", "user", "infrastructure"]
Undoing = Literal["client_died", "gave_up", "wrong"]


class Seeds(Frozen):
    """One seed per source of chance."""

    world: int = Field(description="Data, ids and everything else that the world draws.")
    user: int = Field(description="Simulated users.")
    faults: int = Field(description="Faults.")
    agent: int = Field(description="Handed to agents that can use one.")


class AgentInfo(Frozen):
    """Who acted."""

    kind: str = Field(description="The kind of agent: command, script, ...")
    spec: str = Field(description="As given on the command line, secrets masked.")
    model: str | None = Field(default=None, description="Name of the model, if known.")
    temperature: float | None = Field(default=None, description="The model's temperature, if known.")
    unrecorded: tuple[str, ...] = Field(
        default=(),
        description="Servers of the user's own that the agent was given beside ours; nothing of them is here.",
    )


class Limits(Frozen):
    """When an episode is ended from outside."""

    steps: int = Field(default=50, description="How many calls an agent may make.", ge=1, le=100_000)
    minutes: float = Field(
        default=10.0, description="How many real minutes an agent may take, once it is started.", gt=0, le=10_080
    )
    same_call: int | None = Field(
        default=None, description="How often the same call that changes nothing may be made in a row.", ge=1
    )
    stuck_after: int = Field(
        default=30,
        description="After how many calls in a row that bring nothing new an agent is stuck: asked before, answered "
        "the same, in the same state. Calls after a wait of 10 s do not count, nor any that a fault met or while "
        "something is to come by itself. 0: never.",
        ge=0,
    )
    tokens: int | None = Field(default=None, description="How many tokens the agent's model may use.", ge=1)


class Parent(Frozen):
    """The episode that this one continues, up to a step."""

    trajectory_id: str = Field(description="Its id.")
    step: int = Field(description="The last step that both share.", ge=0)


class Opening(Frozen):
    """The first record: what was planned. Its wall-clock field is `started_at`."""

    record: Literal["episode"] = Field(default="episode", description="Which of the records this is.")
    schema_version: Literal["1"] = Field(default=SCHEMA_VERSION, description="Version of this format.")
    trajectory_id: str = Field(description="Equal for equal scenario hash, seeds, trial and agent.")
    scenario: str = Field(description="Name of the scenario.")
    variant: dict[str, Any] = Field(default_factory=dict, description="The scenario's parameters and their values.")
    scenario_hash: str = Field(
        description="Hash of all that the scenario, its world and the files by which it judges say."
    )
    task: str = Field(description="What the agent was asked.")
    world: str = Field(description="Name of the world.")
    trial: int = Field(description="Which repetition, from 1.", ge=1)
    attempt: int = Field(default=1, description="Which attempt at this trial, from 1.", ge=1)
    seeds: Seeds = Field(description="The seeds of this episode.")
    agent: AgentInfo = Field(description="Who acted.")
    limits: Limits = Field(description="The limits in force.")
    isolation: Isolation = Field(description="What kept the agent from reaching more than its tools.")
    clock: Literal["virtual", "flowing", "real"] = Field(description="How the world's time moved.")
    start_digest: str = Field(description="Content digest of the world before the first step.")
    state: str | None = Field(
        default=None, description="Where the world before the first step is kept, by content; null: nowhere."
    )
    tools: str | None = Field(
        default=None, description="Where the tools that the agent was shown at the start are kept, by content."
    )
    parent: Parent | None = Field(default=None, description="What it continues, if another episode began it.")
    arm: str = Field(default="", description="The faults that the run was told to compare; empty: the scenario's own.")
    faults: tuple[dict[str, Any], ...] = Field(
        default=(), description="The fault profiles in force at the start, in order, each as it would be written."
    )
    soundstage: str = Field(description="Version of the program that recorded it.")
    started_at: str = Field(description="Wall-clock time of the start, ISO 8601.")

    @field_validator("limits", mode="before")
    @classmethod
    def _as_it_was(cls, limits: Any) -> Any:
        """Limits that say nothing of loops were written before those were looked for: none was in force."""
        return {"stuck_after": 0, **limits} if isinstance(limits, dict) else limits


class Action(Frozen):
    """What the agent did: one call."""

    server: str = Field(description="The server that was called.")
    tool: str = Field(description="The tool, as the agent named it.")
    arguments: Any = Field(default=None, description="The arguments as they were sent.")


class Step(Frozen):
    """One record for each call, written before its answer leaves. Its wall-clock field is `real_ms`."""

    record: Literal["step"] = Field(default="step", description="Which of the records this is.")
    step_number: int = Field(description="From 1, in the order of the answers.", ge=1)
    actor: str = Field(description="In whose name the call was made.")
    observation: str = Field(
        description="What the agent had been told last before: the task, or the text of the answer before this one, "
        "cut after 4000 characters."
    )
    thought: str | None = Field(default=None, description="What the agent said it was thinking, where it can be had.")
    turn: int | None = Field(
        default=None,
        description="Which answer of its model the call was made after, from 1, where that can be had: calls of one "
        "answer were made at once.",
        ge=1,
    )
    action: Action = Field(description="What it did.")
    result: dict[str, Any] = Field(description="What it was told: `result` or `error` of the answer.")
    failed: bool = Field(description="Whether the answer announces a failure.")
    world_state_hash: str = Field(description="Content digest of the world after the step.")
    world_time: str = Field(description="The world's time when the answer left, ISO 8601.")
    effect: int = Field(description="Place in the order of effects; 0 when nothing was attempted.")
    arrived_ns: int | None = Field(
        default=None, description="The world's time when the call arrived, in nanoseconds since 1970."
    )
    effect_ns: int | None = Field(
        default=None, description="The same for the moment of the effect; null when nothing was attempted."
    )
    told_ns: int | None = Field(default=None, description="The same for the answer.")
    protocol: str = Field(default="", description="The version of the protocol in which the call was made.")
    changes: list[dict[str, Any]] = Field(description="What really changed: path, kind, before, after, actors.")
    delta: str | None = Field(
        default=None, description="Where the state after the step is kept, by content; null when nothing changed."
    )
    truth: str = Field(default="same", description="Whether the agent was told the truth, and why not.")
    rules: list[Any] = Field(default_factory=list, description="Fault rules that matched, and what became of them.")
    true_result: dict[str, Any] | None = Field(
        default=None, description="What would have been true, where a fault kept it back and it is known."
    )
    arrival: int = Field(
        default=0, description="Place in the order of arrivals, from 1, as `toggles` count them; 0 for what is no call."
    )
    toggles: list[dict[str, Any]] = Field(
        default_factory=list,
        description="What was changed about the faults since the call before, in order; `arrival`: how many calls had "
        "arrived by then.",
    )
    notes: dict[str, Any] = Field(default_factory=dict, description="What a replay must be handed again.")
    real_ms: float = Field(description="Milliseconds from the call's arrival to its answer, by the host's clock.")

    @property
    def by_agent(self) -> bool:
        """Whether the agent did it, and not a person at the other end of a conversation."""
        return not is_users(self.actor)


class Usage(Frozen):
    """What the agent's model used, where it can be had."""

    input_tokens: int = Field(default=0, ge=0, description="Tokens read.")
    output_tokens: int = Field(default=0, ge=0, description="Tokens written, reasoning included.")
    requests: int = Field(default=0, ge=0, description="Requests to the model.")
    estimated: bool = Field(default=False, description="Whether some are estimated from lengths, as nobody counted.")

    @property
    def total_tokens(self) -> int:
        """Tokens read and written."""
        return self.input_tokens + self.output_tokens


class Figure(Frozen):
    """One score, 0 to 1; null when it could not be measured."""

    value: float | None = Field(description="The score.")
    note: str = Field(default="", description="Why it is what it is, in words.")


class Departure(Frozen):
    """How the agent's part ended."""

    how: Literal["finished", "steps", "minutes", "tokens", "same_call", "stuck", "interrupted", "failed"] = Field(
        description="By itself; stopped at a limit; stopped by the user; or never properly started."
    )
    answer: str | None = Field(default=None, description="The final answer; null when it gave none.")
    exit_code: int | None = Field(default=None, description="Exit status of a command.")
    note: str = Field(default="", description="What went wrong, in words.")
    unanswered: tuple[tuple[str, int], ...] = Field(
        default=(), description="Calls that a fault still kept waiting by then, with their places in the arrivals."
    )


class Leaving(Frozen):
    """The record before the last: the agent has left and nothing happens any more, but nothing is judged yet.

    An episode whose judging is cut short can be judged from here.
    """

    record: Literal["left"] = Field(default="left", description="Which of the records this is.")
    departure: Departure = Field(description="How the agent's part ended.")
    final_digest: str = Field(description="Content digest of the world as it was left.")
    state: str | None = Field(
        default=None, description="Where that world is kept, by content; null: it is that after the last step."
    )
    model: str | None = Field(default=None, description="Name of the agent's model, as its endpoint tells it.")
    usage: Usage | None = Field(default=None, description="What the agent's model used; null where it is not known.")
    world_seconds: float = Field(description="World time that passed.")
    wall_seconds: float = Field(description="Real time that passed.")


class Closing(Frozen):
    """The last record: how it ended. Its wall-clock field is `wall_seconds`."""

    record: Literal["end"] = Field(default="end", description="Which of the records this is.")
    outcome: Outcome = Field(description="The verdict.")
    cause: Cause | None = Field(default=None, description="Why an episode is invalid.")
    blame: Blame | None = Field(default=None, description="Whose fault it is that the outcome is not success.")
    note: str = Field(default="", description="The reason in words.")
    undoing: Undoing | None = Field(
        default=None, description="How an agent came to fail: its client died, it gave up, or it was wrong."
    )
    departure: Departure = Field(description="How the agent's part ended.")
    checks: list[CheckResult] = Field(description="Every check of the scenario, in its order.")
    milestones: list[Milestone] = Field(default_factory=list, description="Every milestone of the scenario.")
    footprint: list[str] = Field(default_factory=list, description="Paths of all that the agent changed, net.")
    collateral: list[Collateral] = Field(default_factory=list, description="What it changed and should not have.")
    violations: list[Violation] = Field(default_factory=list, description="What should never have happened.")
    guarded: bool = Field(default=False, description="Whether the scenario says what may change or must never happen.")
    weights: dict[str, float] = Field(
        default_factory=dict, description="What each score counted in the reward, and `milestones_max`."
    )
    figures: dict[str, Figure] = Field(default_factory=dict, description="The scores, by name.")
    user_turns: int = Field(default=0, ge=0, description="How often people at the other end of conversations spoke.")
    user_faults: list[str] = Field(
        default_factory=list,
        description="What went wrong with those people rather than with the agent: a server and `stuck`, `leak` or "
        "`broke`.",
    )
    reward: float | None = Field(description="The scores in one figure, 0 to 1; null for an invalid episode.")
    model: str | None = Field(default=None, description="Name of the agent's model, as its endpoint tells it.")
    usage: Usage | None = Field(default=None, description="What the agent's model used; null where it is not known.")
    helpers: dict[str, Usage] = Field(
        default_factory=dict,
        description="What models beside the agent's used, by their names: those that word what people say, and judges.",
    )
    steps: int = Field(description="How many steps were recorded.", ge=0)
    total_tokens: int | None = Field(default=None, description="Tokens that the model used, where they can be had.")
    final_digest: str = Field(description="Content digest of the world after the last step.")
    state: str | None = Field(
        default=None, description="Where the last state is kept, by content; null: it is that after the last step."
    )
    world_seconds: float = Field(description="World time that passed.")
    wall_seconds: float = Field(description="Real time that passed.")


class Trajectory(Frozen):
    """One episode. `closing` is missing when the recording process was killed; every step is there all the same."""

    opening: Opening
    steps: tuple[Step, ...] = ()
    leaving: Leaving | None = None
    """How the agent left; missing when it had not when the recording process was killed, and in older files."""
    closing: Closing | None = None

    @property
    def outcome(self) -> Outcome | None:
        """The verdict; None for an episode that never ended."""
        return self.closing.outcome if self.closing else None


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of one line of a trajectory file: an opening, a step, a leaving, or a closing."""
    line: Any = Annotated[Opening | Step | Leaving | Closing, Field(discriminator="record")]
    title = f"One line of a trajectory file, version {SCHEMA_VERSION}"
    return {"$schema": _DIALECT, "title": title, **TypeAdapter(line).json_schema()}
