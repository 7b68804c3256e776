"""An agent that is a Python function, called in a process of its own: its return value is the answer."""

import ast
import re
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import ClassVar, Final, Literal

from harness.acting.desk import Desk
from harness.acting.errand import Errand, Errands
from harness.agent import AgentError, Assignment, Options, agent_kinds
from harness.scenario import Scenario
from harness.trajectory import Departure, Isolation
from worlds.clock import Mode
from worlds.pysource import syntax_tree

START: Final = Path(__file__).parent.parent / "acting" / "python_start.py"
GIVEN: Final = ("task", "servers", "mcp_config", "seed")
"""What a function may ask for by the names of its parameters."""
INNER_PYTHON: Final = "python3"
"""The interpreter that images have under this name."""
_NAME: Final = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")


@agent_kinds.register("py")
class PyKind:
    """`py:MODULE:FUNCTION`; the function may be asynchronous, and asks by parameter names for what it wants:

    `task` (text), `servers` (name to URL), `mcp_config` (path of the mcpServers JSON), `seed` (number). What it
    returns is the answer, as text or as what becomes JSON; None is no answer.
    """

    example: ClassVar[str] = "py:my_agent:solve"

    def agent(self, rest: str, options: Options) -> "PyAgent":
        """The agent behind a function. Raises AgentError where there is none of that name; nothing is executed."""
        return PyAgent(rest, options)


class PyAgent:
    """Calls a function once for each episode, in a process of its own, on a flowing clock."""

    kind = "py"
    clock: Mode = "flowing"
    where: Literal["process", "outside"] = "outside"
    is_launched = True

    def __init__(self, name: str, options: Options) -> None:
        self.spec = f"py:{name}"
        self.isolation: Isolation = options.isolation
        self._errands = Errands(options)
        self.unrecorded = self._errands.own.names
        match = _NAME.fullmatch(name)
        if match is None:
            raise AgentError(f"{self.spec!r} names no function", hint="write it like py:package.module:function")
        self._module, self._function = match.groups()
        self._inside = options.isolation == "container"
        if not self._inside or _lies_here(self._module):
            _refuse_missing(self._module, self._function)

    @property
    def address(self) -> str:
        """Where it reaches listeners of this process. Raises IsolationError."""
        return self._errands.address

    def check(self, scenario: Scenario) -> None:
        """Refuse what the options make impossible."""
        self._errands.check(scenario)

    async def act(self, assignment: Assignment) -> Departure:
        """Call the function."""

        def words(desk: Desk) -> list[str]:
            start = desk.folder / "start.py"
            start.write_bytes(START.read_bytes())
            folder, seed = str(Path.cwd()), str(assignment.seed)
            files = [str(path) for path in (desk.task, desk.servers, desk.answer)]
            return [
                INNER_PYTHON if self._inside else sys.executable,
                str(start),
                self._module,
                self._function,
                folder,
                seed,
                *files,
            ]

        return await self._errands.run(assignment, Errand(words, spoken=False))


def _lies_here(module: str) -> bool:
    """Whether a module's package lies in the working directory."""
    return PathFinder.find_spec(module.partition(".")[0], [str(Path.cwd())]) is not None


def _refuse_missing(module: str, function: str) -> None:
    """Refuse a function that its module's source does not define at the top. Raises AgentError."""
    source = _source(module)
    if source is None or "." in function:
        return
    try:
        tree = syntax_tree(source.read_bytes())
    except (SyntaxError, ValueError) as error:
        raise AgentError(f"{source} cannot be read as Python: {error}") from None
    named = [node for node in tree.body if _names(node, function)]
    if not named:
        known = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        raise AgentError(f"{source} has no {function!r}", hint=f"its functions: {', '.join(known) or 'none'}")
    if isinstance(named[-1], ast.FunctionDef | ast.AsyncFunctionDef):
        _refuse_odd_parameters(source, named[-1])


def _refuse_odd_parameters(source: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    given = function.args
    without_default = [*given.args][: len(given.args) - len(given.defaults)]
    without_default += [
        arg for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None
    ]
    odd = [*given.posonlyargs, *(arg for arg in without_default if arg.arg not in GIVEN)]
    if odd and not function.decorator_list:
        raise AgentError(
            f"{source}:{function.lineno}: {function.name} asks for {odd[0].arg!r}",
            hint=f"parameters are given by name: {', '.join(GIVEN)}",
        )


def _source(module: str) -> Path | None:
    """The file of a module, found as Python would find it but without executing anything; None where it has none.

    Raises AgentError where there is no such module.
    """
    path: Sequence[str] = [str(Path.cwd()), *sys.path]
    parts = module.split(".")
    for place in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: place + 1]), path)
        if spec is None:
            raise AgentError(
                f"there is no Python module {'.'.join(parts[: place + 1])!r}",
                hint="it is looked for in the working directory, then where this Python looks",
            )
        path = list(spec.submodule_search_locations or [])
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def _names(node: ast.stmt, name: str) -> bool:
    """Whether a statement makes something known under a name."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name) in (name, "*") for alias in node.names)
    if isinstance(node, ast.FunctionDef | ast.Expr):
        return False
    return any(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node))
