"""Print the tables and columns that checks can use, or the schema of the files that people write and read."""

import sys
from typing import Any

import click
import orjson
from rich.markup import escape
from rich.padding import Padding

from fault_injection.schema import profile_schema
from harness import trajectory
from harness.printing.paper import paper
from harness.staging.editor_schema import scenario_schema, world_schema
from harness.staging.finder import find_served
from worlds.query.views import views
from worlds.relation import Relation

FORMATS = ("scenario", "world", "profile", "trajectory")


@click.command()
@click.argument("world", metavar="[WORLD|SCENARIO]", required=False)
@click.option("--of", "format_name", type=click.Choice(FORMATS), help="Print the JSON schema of a file format instead.")
@click.option("--scenario", "format_name", flag_value="scenario", help="The same as --of scenario.")
@click.option("--world", "format_name", flag_value="world", help="The same as --of world.")
@click.option("--profile", "format_name", flag_value="profile", help="The same as --of profile.")
@click.option("--trajectory", "format_name", flag_value="trajectory", help="The same as --of trajectory.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def run(world: str | None, format_name: str | None, for_programs: bool) -> None:
    """Print what SQL checks can ask of a world: every table with its columns. Of a scenario's variants, the first.

    With --of, print the JSON schema (draft 2020-12) of scenario files, world files, fault profiles, or lines of
    trajectory files. An editor that is pointed to it completes keys and shows what they mean.
    """
    if format_name is not None:
        _print_json(file_schema(format_name))
        return
    if world is None:
        raise click.UsageError("name a world, or a format with --of")
    found = find_served(world, any_variant=True).found
    shown = views(found.present(found.seed).world).relations()
    if for_programs:
        _print_json({"world": world, "servers": {name: list(map(_relation, found)) for name, found in shown.items()}})
        return
    console = paper()
    for server, relations in shown.items():
        for relation in relations:
            console.print(f"[name]{server}.{relation.name}[/]")
            columns = ", ".join(f"{escape(c.name)} [quiet]{escape(c.type.lower())}[/]" for c in relation.columns)
            console.print(Padding(columns, (0, 0, 0, 4), expand=False))
    console.print("\nEach is there twice: as it is now, and below [name]before[/] as it was at the start:")
    console.print("before.SERVER.TABLE.")


def file_schema(name: str) -> dict[str, Any]:
    """The JSON schema of a file format."""
    formats = {
        "scenario": scenario_schema, "world": world_schema, "profile": profile_schema,
        "trajectory": trajectory.json_schema,
    }  # fmt: skip
    return formats[name]()


def _relation(relation: Relation) -> dict[str, Any]:
    columns = [{"name": column.name, "type": column.type} for column in relation.columns]
    return {"table": relation.name, "columns": columns, "key": list(relation.key)}


def _print_json(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
