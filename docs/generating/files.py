"""The pages about the two files that people write: worlds and scenarios."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel

from docs.generating.markdown import code, page, table
from docs.generating.scenario_words import EDITORS, EVENTS, NAMED, PARAMETERS, PYTHON
from docs.generating.schemas import keys_table, referred
from harness.check import check_kinds
from harness.scenario import ScenarioFile
from sandbox_server.family import families
from worlds.expectation import Expectation
from worlds.part import part_kinds
from worlds.worldfile import WorldFile

RULES: Final = """
Files are YAML by the 1.2 core rules: only `null`, `true`, `false` and numbers are special, so dates, `yes` and `no` are
text. Unknown keys, keys that stand twice and tags are refused. Every complaint names file, line and column.
"""
CHANGES: Final = """
`world` is a name or a path, a whole world (as in a [world file](world-file.md)), or a base with changes:

```yaml title="who-rang.yaml"
soundstage: 1
task: Somebody rang this morning; a customer's remark says so. Answer with the customer's id.
world:
  base: bookshop
  with:
    files:
      /workspace/notes/today.txt: "Quiet so far."
      /workspace/opening-hours.md: null
    shop:
      customers:
        - {id: 31, remark: rang this morning}
success:
  named: {said: {number: 31, numbers_max: 1}}
```

`clock` beside `base` is another first time. `with` holds servers and what is merged into the first state of each. For
files: a path to its text, to a mapping with `text` or `base64` and `mode`, or to null, which removes it. For databases:
a table to a list of rows; a row whose primary key exists is changed in the columns that it names, any other row is
added.
"""
STEPS: Final = {
    "- SERVER.TOOL: {ARGUMENTS}": "Call a tool. It must not fail, unless `expect: error` stands beside it.",
    "  as: NAME": "Beside a call: keep its answer. `${NAME.text}` is its text, `${NAME.data}` the value that the text "
    "spells (`${NAME.data[0].id}` leads into it), `${NAME.result}` the whole result.",
    "- wait: 20s": "Let the world's time pass: `250ms`, `20s`, `5m`, `2h`, `1d`.",
    "- say: TEXT": "Give the final answer.",
    "  when: CONDITION": "Beside any step of a `reference`: only in variants in which the condition holds.",
}
"""What a script may hold; where `${...}` stands alone in a text, it keeps its type; `$${` stands for `${`."""


def world_file() -> str:
    """The page about world files."""
    schema = WorldFile.model_json_schema()
    kinds = [_kind(kind) for kind in part_kinds.names() if kind in families.names()]
    return page(
        "# World file", "What exists, and as which servers it is presented. `soundstage serve FILE` serves it.", RULES,
        "## The file", keys_table(schema), "A server's entry holds `kind` and the settings of that kind.", *kinds,
    )  # fmt: skip


def scenario_file() -> str:
    """The page about scenario files."""
    schema = ScenarioFile.model_json_schema()
    return page(
        "# Scenario file",
        "A task in a world, and what counts as success. `soundstage run FILE --agent SPEC` runs it.",
        RULES, EDITORS, "## The file", keys_table(schema), *_definitions(schema),
        "## Parameters and variants", PARAMETERS, "## Worlds with changes", CHANGES, "## Events", EVENTS,
        "## Checks",
        "Each entry of `success` has exactly one key that says where it looks, and what it expects there.",
        NAMED, *(_check(name) for name in check_kinds.names()),
        "### Expectations", "What must hold of the value that a check found; all that is written must hold.",
        keys_table(Expectation.model_json_schema(by_alias=True)), *_definitions(Expectation.model_json_schema()),
        "## Scripts", "`reference`, and files for `--agent script:PATH`, are lists of steps:",
        table(["step", "meaning"], [[code(step), meaning] for step, meaning in STEPS.items()]),
        "## In Python", PYTHON,
    )  # fmt: skip


def _kind(kind: str) -> str:
    """The settings of a kind of server: its part's, and those of how it is presented."""
    part: Any = part_kinds.get(kind).Settings
    family: Any = families.get(kind).Settings
    schema = part.model_json_schema(by_alias=True)
    shown = family.model_json_schema(by_alias=True)
    both = {**shown.get("properties", {}), **schema["properties"]}
    merged = {**schema, "properties": both, "$defs": {**shown.get("$defs", {}), **schema.get("$defs", {})}}
    return page(f"## kind: {kind}", _sentence(part), keys_table(merged), *_definitions(merged))


def _check(name: str) -> str:
    model: Any = check_kinds.get(name).Settings
    schema = model.model_json_schema(by_alias=True)
    inherited = issubclass(model, Expectation)
    skip = tuple(Expectation.model_json_schema(by_alias=True)["properties"]) if inherited else ()
    more = "And any of the [expectations](#expectations)." if inherited else ""
    own = _definitions(schema, skip=("Approx",))
    return page(f"### {code(name)}", _sentence(model), keys_table(schema, skip=skip), more, *own)


def _definitions(schema: dict[str, Any], *, skip: Iterable[str] = ()) -> list[str]:
    """What a schema's definitions hold, one section each."""
    found = schema.get("$defs", {})
    return [
        page(f"#### {name}", found[name].get("description", ""), keys_table(found[name], found))
        for name in referred(schema)
        if name not in skip
    ]


def _sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())
