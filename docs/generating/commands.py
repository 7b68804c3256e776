"""The page about the command line: every verb with its arguments and options, as click knows them."""

from typing import Any, Final

import click

from docs.generating.markdown import code, page, table
from harness.agent import agent_kinds
from harness.cli import soundstage

ENVIRONMENT: Final = {
    "SOUNDSTAGE_STATE": "The folder in which stages keep their ports and tokens; default: the user's state folder.",
    "SOUNDSTAGE_CACHE": "The folder for copies of runs that lie in object stores; default: the user's cache folder.",
    "SOUNDSTAGE_ADMIN_TOKEN": "The owner's token for `--admin`, so that it need not stand on a command line.",
}
FOR_AGENTS: Final = {
    "TASK_FILE": "The file that holds the task.",
    "MCP_CONFIG": "The file that holds the servers, as `mcpServers` JSON.",
    "ANSWER_FILE": "Where the final answer belongs. Without such a file, the last block of what the command prints "
    "is the answer.",
}
STATUSES: Final = {
    "0": "It worked. `run`, `merge`, `replay --agent`: every episode succeeded, or every threshold was met. "
    "`check`: all scenarios are sound. `replay`, `diff`: all is the same. `compare`: nothing was shown to have got "
    "worse. `serve` and `tail`: stopped by SIGTERM.",
    "1": "`run`, `merge`, `replay --agent`: an episode did not succeed. `check`: a scenario is not sound, or not as "
    "its lock file says. `replay`, `diff`: something differs. `compare`: something was shown to have got worse.",
    "2": "Every verb: what was asked cannot be done; one line on stderr says why.",
    "3": "`run`, `merge`, `replay --agent`: an episode could not be run or judged, or `--store` lacks something; with "
    "thresholds only if such episodes could turn one of them. `compare`: no pair counts in both runs.",
    "4": "`run`, `merge`: a threshold was missed. With thresholds nothing else is 1.",
    "5": "There is nothing to do it to. `run`, `check`: no scenario was found. `compare`: the runs share no episode. "
    "`export`: nothing is left to export. `score`: there is nothing to score.",
    "6": "`run`: a budget was used up before every episode had begun.",
    "130": "Interrupted by Ctrl-C. `run` keeps what had ended; `run --resume` goes on with it.",
}


def command_line() -> str:
    """The page."""
    context = click.Context(soundstage, info_name="soundstage")
    verbs = [(name, soundstage.get_command(context, name)) for name in soundstage.list_commands(context)]
    return page(
        "# Command line",
        "One command, `soundstage`, with a verb for each thing to do. Every verb has `--help`.",
        *(_verb(click.Context(verb, context, name), verb) for name, verb in verbs if verb is not None),
        "## Agents",
        "What `--agent SPEC` accepts:",
        table(["SPEC", "what it is"], _agents()),
        "A command finds these in its environment, and `{task}`, `{mcp}` and `{answer}` in its words become the same "
        "paths:",
        table(["name", "holds"], [[code(name), meaning] for name, meaning in FOR_AGENTS.items()]),
        "## Exit statuses",
        table(["status", "meaning"], [[code(status), meaning] for status, meaning in STATUSES.items()]),
        "## Environment",
        table(["name", "meaning"], [[code(name), meaning] for name, meaning in ENVIRONMENT.items()]),
    )


def _verb(context: click.Context, verb: click.Command) -> str:
    if isinstance(verb, click.Group):
        return page(_alone(context, verb), *(_below(context, name, sub) for name, sub in sorted(verb.commands.items())))
    return _alone(context, verb)


def _below(context: click.Context, name: str, verb: click.Command) -> str:
    """A verb of a verb."""
    return _alone(click.Context(verb, context, f"{context.info_name} {name}"), verb).replace("## ", "### ", 1)


def _alone(context: click.Context, verb: click.Command) -> str:
    pieces = " ".join(verb.collect_usage_pieces(context))
    options = [_option(context, param) for param in verb.params if isinstance(param, click.Option)]
    return page(
        f"## {context.info_name}",
        f"    soundstage {context.info_name} {pieces}",
        "\n\n".join(" ".join(piece.split()) for piece in (verb.help or "").split("\n\n")),
        table(["option", "default", "meaning"], options) if options else "",
    )


def _option(context: click.Context, option: click.Option) -> list[str]:
    names = ", ".join(code(name) for name in option.opts)
    holds = "" if option.is_flag else f" {code(option.make_metavar(context))}"
    more = " May be given several times." if option.multiple else ""
    return [names + holds, _default(option), (option.help or "") + more]


def _default(option: click.Option) -> str:
    shown: Any = option.default if option.show_default else None
    return "needed" if option.required else code(shown) if isinstance(shown, str | int) else ""


def _agents() -> list[list[str]]:
    return [[code(kind.example), (type(kind).__doc__ or "").strip()] for _, kind in agent_kinds]
