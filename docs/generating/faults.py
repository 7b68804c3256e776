"""The page about what can go wrong: kinds of faults, triggers, rules and the built-in profiles."""

from itertools import groupby
from typing import Any, Final

from docs.generating.markdown import code, page, table
from docs.generating.schemas import keys_table
from fault_injection.budget import Budget, CalmAfter
from fault_injection.condition import Condition
from fault_injection.fault import Fault, faults
from fault_injection.profile import ProfileFile, find_profile, library_names
from fault_injection.question import Question
from fault_injection.rule import Hopeless, RuleFile
from fault_injection.trigger import Trigger, triggers
from worlds.expectation import Approx

LAYERS: Final = {
    "answer": "Failures that a tool's server tells in its own words. The model reads them.",
    "content": "Answers that look good and are not.",
    "rpc": "JSON-RPC. Many clients keep such errors from the model.",
    "http": "HTTP, as a gateway in front of the server would answer. Not over stdio.",
    "connection": "The connection under the answer.",
    "stdio": "Lines of standard output, and the process behind them. Not over HTTP.",
    "state": "The state of the world.",
    "time": "Time, on the world's clock.",
}
RULES: Final = """
A rule says which calls (`on`, `where`, `works`, `transport`, `state`, `actor`), when (one trigger, a key of its own;
without one always), what (`fault`, its settings in `with`), in which `phase`, how often at most (`budget`), and how an
agent can recover (`recover`). Of the rules that would fire at a call the first decides, the others are suppressed and
the ledger says so; faults that only let time pass add up. Times are milliseconds, or texts such as `250ms`, `20s`,
`2m`, `1h`.
"""


def faults_page() -> str:
    """The page."""
    kinds = sorted(faults, key=lambda pair: (list(LAYERS).index(pair[1].layer), pair[0]))
    return page(
        "# Faults",
        "What can go wrong, and when. [Make it fail](../how-to/make-it-fail.md) shows how to use it.",
        "## Profiles",
        table(["name", "what it does"], [[code(name), find_profile(name).description] for name in library_names()]),
        "A file of one's own:",
        keys_table(ProfileFile.model_json_schema()),
        "### Rules", RULES,
        keys_table(RuleFile.model_json_schema()),
        "### Hopeless", "What `recover` holds where nobody can recover.",
        keys_table(Hopeless.model_json_schema()),
        "### Condition", "What `where` holds for a path; a bare value stands for `equals`.",
        keys_table(Condition.model_json_schema()),
        "### Question", "What `state` asks of the world: `sql` or `file`, and what must hold of what is found.",
        keys_table(Question.model_json_schema()),
        "### Approx", "A number with its tolerance.",
        keys_table(Approx.model_json_schema()),
        "### Budget", keys_table(Budget.model_json_schema()),
        "### CalmAfter", keys_table(CalmAfter.model_json_schema()),
        "## Triggers", *(_trigger(name, kind) for name, kind in triggers),
        *(_layer(layer, list(group)) for layer, group in groupby(kinds, key=lambda pair: pair[1].layer)),
        "## Parts of settings", *(_part(name, schema) for name, schema in sorted(_parts(kinds).items())),
    )  # fmt: skip


def _trigger(name: str, kind: type[Trigger]) -> str:
    schema = kind.model_json_schema()
    short = f"A bare value stands for `{kind.short}`." if kind.short else ""
    return page(f"### {name}", _sentence(kind), short, keys_table(schema))


def _layer(layer: str, kinds: list[tuple[str, type[Fault]]]) -> str:
    return page(f"## Layer: {layer}", LAYERS[layer], *(_kind(name, kind) for name, kind in kinds))


def _kind(name: str, kind: type[Fault]) -> str:
    schema: dict[str, Any] = kind.model_json_schema()
    says = "Announces itself." if kind.explicit else "Does not announce itself."
    phases = " or ".join(code(phase) for phase in kind.phases)
    recovery = f"Phase: {phases}. {says} Recovery: {kind.recovery}"
    keys = keys_table(schema) if schema.get("properties") else ""
    return page(f"### {name}", kind.description(), recovery, keys)


def _parts(kinds: list[tuple[str, type[Fault]]]) -> dict[str, dict[str, Any]]:
    """What the settings of several kinds may be made of."""
    found: dict[str, dict[str, Any]] = {}
    for _, kind in kinds:
        found |= kind.model_json_schema().get("$defs", {})
    return {name: schema for name, schema in found.items() if schema.get("properties")}


def _part(name: str, schema: dict[str, Any]) -> str:
    return page(f"### {name}", " ".join(schema.get("description", "").split()), keys_table(schema))


def _sentence(kind: type[Any]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())
