"""The command `soundstage`: its verbs are the files of `harness/verbs/`, imported only when they are used."""

import ast
import gc
import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

import click

from harness import verbs
from harness.printing.inert import inert
from worlds.errors import Problem

USAGE = 2


class Verbs(click.Group):
    """Finds verbs by their files, so that `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all verbs."""
        return sorted(module.name for module in pkgutil.iter_modules(verbs.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name, imported now; None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = _imported(f"harness.verbs.{cmd_name}").run
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs with the first sentence of their files."""
        rows = [(name, _sentence(name)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def _imported(name: str) -> ModuleType:
    """A module. What comes with it stays: to look through it for garbage takes a tenth of a command's start."""
    if name in sys.modules or not gc.isenabled():
        return importlib.import_module(name)
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.enable()


def _sentence(verb: str) -> str:
    """The first line of a verb's docstring, read without importing the verb."""
    source = (Path(verbs.__path__[0]) / f"{verb}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.version_option(package_name="soundstage", message="%(version)s")
def soundstage() -> None:
    """A set that looks real and on which nothing real can break: worlds of MCP servers for testing AI agents."""


def main() -> None:
    """Run the command; a refusal is one line on stderr and exit status 2."""
    try:
        status = soundstage(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Problem as error:
        click.echo(inert(f"soundstage: {error}"), err=True)
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)
