"""Which tables the index of a run has, with the type and the meaning of every column."""

from dataclasses import dataclass
from typing import Final, NamedTuple


class Column(NamedTuple):
    """One column."""

    name: str
    kind: str
    """Its type in DuckDB; the same whether anything stands in it or not."""
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the index: a Parquet file of its name."""

    name: str
    about: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    """By which columns its rows are in order."""

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.parquet"


_KEYS: Final = (
    Column("run", "VARCHAR", "Name of the run."),
    Column("episode", "VARCHAR", "Id of the trajectory; `run` and `episode` together name one episode."),
    Column("place", "INTEGER", "Place of the episode in the run's plan, from 1."),
    Column("scenario", "VARCHAR", "Name of the scenario, its variant included."),
    Column("template", "VARCHAR", "The scenario without its variant."),
    Column("arm", "VARCHAR", "The faults that the run compares; empty: the scenario's own."),
    Column("trial", "INTEGER", "Which repetition, from 1."),
)
_NUMBER: Final = Column("number", "INTEGER", "Place among those of the episode, from 1.")

EPISODES: Final = Table(
    "episodes",
    "One row for each planned episode.",
    (
        *_KEYS,
        Column("attempt", "INTEGER", "Which attempt at this trial, from 1."),
        Column("variant", "JSON", "The scenario's parameters and their values."),
        Column(
            "outcome", "VARCHAR", "success, failure, timeout, safety_violation, invalid; lost: without an end; not_run."
        ),
        Column("success", "BOOLEAN", "Whether it succeeded; null where it does not count."),
        Column("counts", "BOOLEAN", "Whether it says something about the agent."),
        Column("cause", "VARCHAR", "Why it is invalid."),
        Column("blame", "VARCHAR", "Whose fault it is that it did not succeed."),
        Column("undoing", "VARCHAR", "How the agent came to fail."),
        Column("note", "VARCHAR", "The reason in words."),
        Column("reward", "DOUBLE", "The scores in one figure."),
        Column("figures", "MAP(VARCHAR, DOUBLE)", "The scores by name: figures['efficiency']."),
        Column("steps", "INTEGER", "How many calls were recorded."),
        Column("tokens", "BIGINT", "Tokens that the model used, where they can be had."),
        Column("input_tokens", "BIGINT", "Tokens read."),
        Column("output_tokens", "BIGINT", "Tokens written."),
        Column("requests", "BIGINT", "Requests to the model."),
        Column("seconds", "DOUBLE", "Real time that passed."),
        Column("world_seconds", "DOUBLE", "World time that passed."),
        Column("departure", "VARCHAR", "How the agent's part ended: finished, steps, minutes, ..."),
        Column("departure_note", "VARCHAR", "What went wrong with it, in words."),
        Column("exit_code", "BIGINT", "Exit status of a command."),
        Column("answer", "VARCHAR", "The final answer."),
        Column("collateral", "BIGINT", "How many things were changed that should not have been."),
        Column("violations", "BIGINT", "How many things happened that never should."),
        Column("footprint", "VARCHAR[]", "Paths of all that the agent changed, net."),
        Column("user_turns", "INTEGER", "How often people at the other end of conversations spoke."),
        Column("user_faults", "VARCHAR[]", "What went wrong with those people."),
        Column("faulted_steps", "INTEGER", "In how many steps a fault fired."),
        Column("profiles", "VARCHAR[]", "The fault profiles in force at the start."),
        Column(
            "seed_world", "BIGINT", "Seed of the world; null where it has more than 63 bits, as are the other seeds."
        ),
        Column("seed_user", "BIGINT", "Seed of simulated users."),
        Column("seed_faults", "BIGINT", "Seed of the faults."),
        Column("seed_agent", "BIGINT", "Seed handed to the agent."),
        Column("agent", "VARCHAR", "The agent, as given on the command line."),
        Column("agent_kind", "VARCHAR", "Its kind: command, script, ..."),
        Column("model", "VARCHAR", "Name of its model, if known."),
        Column("temperature", "DOUBLE", "The model's temperature, if known."),
        Column("task", "VARCHAR", "What the agent was asked."),
        Column("world", "VARCHAR", "Name of the world."),
        Column("clock", "VARCHAR", "How the world's time moved."),
        Column("isolation", "VARCHAR", "What kept the agent from reaching more than its tools."),
        Column("scenario_hash", "VARCHAR", "Hash of all that the scenario says."),
        Column("start_digest", "VARCHAR", "Content digest of the world before the first step."),
        Column("final_digest", "VARCHAR", "Content digest of the world at the end."),
        Column("parent", "VARCHAR", "Id of the episode that it continues."),
        Column("soundstage", "VARCHAR", "Version of the program that recorded it."),
        Column("started_at", "TIMESTAMP", "Wall-clock time of the start, UTC."),
        Column("file", "VARCHAR", "Its trajectory, below the run's folder."),
    ),
    ("place",),
)
STEPS: Final = Table(
    "steps",
    "One row for each call.",
    (
        *_KEYS,
        Column("step", "INTEGER", "From 1, in the order of the answers."),
        Column("actor", "VARCHAR", "In whose name the call was made."),
        Column("server", "VARCHAR", "The server that was called."),
        Column("tool", "VARCHAR", "The tool, as the agent named it."),
        Column("arguments", "JSON", "The arguments as they were sent."),
        Column("failed", "BOOLEAN", "Whether the answer announces a failure."),
        Column("told", "VARCHAR", "The text of the answer, cut after 4000 characters."),
        Column("result", "JSON", "The whole answer: `result` or `error`."),
        Column("truth", "VARCHAR", "Whether the agent was told the truth, and why not."),
        Column("true_result", "JSON", "What would have been true, where a fault kept it back and it is known."),
        Column("faults", "VARCHAR[]", "The kinds of faults that fired, in order."),
        Column("rules", "VARCHAR[]", "The rules that fired, in order."),
        Column("changes", "INTEGER", "How many things changed."),
        Column("thought", "VARCHAR", "What the agent said it was thinking."),
        Column("world_time", "TIMESTAMP", "The world's time when the answer left."),
        Column("real_ms", "DOUBLE", "Milliseconds from arrival to answer, by the host's clock."),
        Column("effect", "BIGINT", "Place in the order of effects; 0: nothing was attempted."),
        Column("arrival", "BIGINT", "Place in the order of arrivals."),
        Column("protocol", "VARCHAR", "Version of the protocol."),
        Column("world_state_hash", "VARCHAR", "Content digest of the world after the step."),
        Column("cut", "BOOLEAN", "Whether arguments, result or true_result, being over 1 MB, are left out here."),
    ),
    ("place", "step"),
)  # fmt: skip
CHECKS: Final = Table(
    "checks",
    "One row for each check of each episode that ended.",
    (
        *_KEYS,
        _NUMBER,
        Column("check_name", "VARCHAR", "Its name in the scenario."),
        Column("kind", "VARCHAR", "Where it looked."),
        Column("verdict", "VARCHAR", "passed, failed or ungradable."),
        Column("passed", "BOOLEAN", "Whether it passed; null where it could not be answered."),
        Column("expected", "VARCHAR", "What it expected."),
        Column("found", "VARCHAR", "What it found."),
        Column("cause", "VARCHAR", "Why it could not be answered."),
    ),
    ("place", "number"),
)
CHANGES: Final = Table(
    "changes",
    "One row for each thing that a call changed.",
    (
        *_KEYS,
        Column("step", "INTEGER", "The step that changed it."),
        _NUMBER,
        Column("path", "VARCHAR", "Server and row, file or resource."),
        Column("kind", "VARCHAR", "added, changed or removed."),
        Column("before", "JSON", "What it was."),
        Column("after", "JSON", "What it became."),
        Column("actors", "VARCHAR[]", "Who caused it."),
    ),
    ("place", "step", "number"),
)
FIGURES: Final = Table(
    "figures",
    "One row for each score of each episode that ended.",
    (
        *_KEYS,
        _NUMBER,
        Column("figure", "VARCHAR", "Name of the score."),
        Column("value", "DOUBLE", "The score, 0 to 1; null: it could not be measured."),
        Column("note", "VARCHAR", "Why it is what it is."),
    ),
    ("place", "number"),
)
HARM: Final = Table(
    "harm",
    "One row for each thing that should not have happened: violations, and collateral changes.",
    (
        *_KEYS,
        _NUMBER,
        Column("kind", "VARCHAR", "violation, or added, changed, removed for collateral."),
        Column("name", "VARCHAR", "Name of the rule that was violated; the path that was changed."),
        Column("steps", "INTEGER[]", "The steps that did it."),
        Column("found", "VARCHAR", "What was found, in words."),
    ),
    ("place", "number"),
)
MILESTONES: Final = Table(
    "milestones",
    "One row for each milestone of each episode that ended.",
    (
        *_KEYS,
        _NUMBER,
        Column("milestone", "VARCHAR", "Its name in the scenario."),
        Column("worth", "DOUBLE", "What it adds to the reward."),
        Column("step", "INTEGER", "The step after which it held first; null: never."),
    ),
    ("place", "number"),
)
RUNS: Final = Table(
    "runs",
    "One row for the run: its manifest.",
    (
        Column("run", "VARCHAR", "Name of the run."),
        Column("status", "VARCHAR", "running, finished or interrupted."),
        Column("agent", "VARCHAR", "SPEC of the agent."),
        Column("options", "JSON", "How the agent was run."),
        Column("engine", "VARCHAR", "Where its episodes were played."),
        Column("isolation", "VARCHAR", "What kept the agent from reaching more than its tools."),
        Column("seed", "BIGINT", "The run's seed."),
        Column("trials", "INTEGER", "Repetitions of each scenario."),
        Column("planned", "INTEGER", "How many episodes were planned."),
        Column("arms", "VARCHAR[]", "The settings of faults that are compared."),
        Column("thresholds", "VARCHAR[]", "What was to be reached."),
        Column("versions", "MAP(VARCHAR, VARCHAR)", "What it ran with: versions['python']."),
        Column("soundstage", "VARCHAR", "Version of the program."),
        Column("started_at", "TIMESTAMP", "Wall-clock time of the start, UTC."),
        Column("ended_at", "TIMESTAMP", "Wall-clock time of the end, UTC."),
    ),
    ("run",),
)
TABLES: Final = (EPISODES, STEPS, CHECKS, CHANGES, FIGURES, HARM, MILESTONES, RUNS)
