"""What must hold of the repository itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ["worlds", "fault_injection", "sandbox_server", "harness"]
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DATA_FOLDERS = [ROOT / "worlds/library", ROOT / "worlds/words", ROOT / "harness/library", ROOT / "harness/starter"]
HOST = {
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "uuid.uuid4",
    "uuid.uuid1",
    "random.random",
    "random.choice",
    "random.randint",
    "random.Random",
    "os.urandom",
    "os.environ",
    "os.getenv",
    "secrets.token_urlsafe",
    "secrets.token_hex",
    "secrets.token_bytes",
}


def modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_imports_point_left_only(path: Path) -> None:
    own = PACKAGES.index(path.relative_to(ROOT).parts[0])
    heads = {module.partition(".")[0] for module in modules(ast.parse(path.read_text()))}

    assert not heads & {*PACKAGES[own + 1 :], "tests", "benchmarks", "soundstage"}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_clock_chance_and_environment_of_the_host_are_read_in_one_file(path: Path) -> None:
    if name(path) in ("worlds/host.py", "sandbox_server/hands/program.py"):  # the latter runs without our code
        return
    tree = ast.parse(path.read_text())
    used = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    assert not used & HOST
    assert "random" not in set(modules(tree))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_and_functions_keep_a_readable_size(path: Path) -> None:
    text = path.read_text()
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [(n.name, n.end_lineno - n.lineno + 1) for n in functions if n.end_lineno and n.end_lineno - n.lineno >= 50]

    assert text.count("\n") <= 400
    assert not long


def test_nine_functions_in_ten_stay_under_thirty_lines() -> None:
    sizes = [
        (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert sum(size < 30 for size in sizes) / len(sizes) >= 0.9


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_folders_of_data_hold_no_python() -> None:
    code = [path for folder in DATA_FOLDERS for path in folder.rglob("*.py")]

    assert not [path for path in code if "files" not in path.parts]  # a world's own files are what agents work on


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    return [ROOT / line for line in listed if line and (ROOT / line).is_file()]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_nothing_is_left_over_and_nothing_names_one_machine() -> None:
    left = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|(?<![\w.])/(work|farm|root)/(main|shared|\.library)")
    found = []
    for path in tracked():
        if path == Path(__file__) or path.suffix in {".png", ".gif", ".zip", ".parquet"}:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if left.search(line):
                found.append(f"{name(path)}:{number}: {line.strip()[:100]}")

    assert not found


def test_the_help_of_the_command_imports_nothing_heavy() -> None:
    heavy = "mcp, openai, duckdb, docker, faker, sqlglot, starlette, uvicorn, rich, pydantic"
    code = f"""
import sys
sys.argv = ["soundstage", "--help"]
from harness.cli import main
try:
    main()
except SystemExit as done:
    assert not done.code
print(sorted({{m for m in sys.modules}} & set("{heavy}".split(", "))))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
    assert "Usage: soundstage" in done.stdout


@pytest.mark.parametrize("module", ["worlds.parts.sql.duckdb.process.nursery", "worlds.query.worker"])
def test_processes_that_hold_databases_import_little_else(module: str) -> None:
    """Every world with such a database waits for them."""
    code = f"import sys, {module}; print(sorted({{m.partition('.')[0] for m in sys.modules}}))"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "'duckdb'" in done.stdout
    assert [heavy for heavy in ("pydantic", "asyncio", "yaml", "apsw", "harness") if f"'{heavy}'" in done.stdout] == []
