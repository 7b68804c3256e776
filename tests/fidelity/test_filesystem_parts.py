"""Pieces of the filesystem server against the libraries they imitate, in Node: globs, diffs, the order of names."""

import json
import random
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from sandbox_server.families.filesystem.collation import keys_for
from sandbox_server.families.filesystem.globs import BadGlob, compile_glob
from sandbox_server.families.filesystem.javascript import date_text
from sandbox_server.families.filesystem.listing import size_text
from sandbox_server.families.filesystem.patch import unified_diff
from sandbox_server.families.filesystem.reading import file_uri
from tests.fidelity.collation_data import DATA, measured, written
from tests.tools import node, require_node_package

SECONDS_MAX = 300
PIECES = [
    *"abc.*?[]{},!#-^|\\/1", "**", "..", "[a", "[!a]", "[a-c]", "{a,b}", "{1..3}", "{01..3}", "{c..a}", "!(", "+(",
    "*(", "?(",
    "@(", "é", "🎭", "[[:alpha:]]", "[[:digit:]x]", "[[:graph:]]", "**/", "$", "[^b]", "[\\^a]", "{,a}", "\\|",
]  # fmt: skip
NAMES = [
    *"abcAé🎭x123-!#$]^{}*,|\\", "a.b", "ab", "abc", "01", " ", "[a]", "a,b", "+(a)", "bb", "aa", "..a", ".dot", "cc",
]  # fmt: skip
POOLS = {
    "ascii": [(32, 126)],
    "latin": [(32, 126), (0xA0, 0x24F), (0x300, 0x310)],
    "greek and cyrillic": [(0x370, 0x3FF), (0x400, 0x52F), (0x1F00, 0x1FFF), (0x300, 0x310)],
    "east asian": [(0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF01, 0xFF9F), (0x3200, 0x33FF)],
    "symbols": [(0x2000, 0x206F), (0x20A0, 0x27BF), (0x1F300, 0x1FAFF), (33, 64)],
    "south asian": [(0x900, 0xDFF), (0xE01, 0xE5B), (0xE81, 0xEDF)],
    "middle eastern": [(0x590, 0x6FF), (0xFB50, 0xFDFF)],
    "anything": [(1, 0xD7FF), (0xF900, 0xFA0D), (0xFA30, 0xFDCF), (0xFDF0, 0xFFFD), (0x10000, 0x1FFFD)],
}


def ask_node(script: str, cases: Any) -> Any:
    """What a script makes of JSON on its standard input."""
    done = subprocess.run(
        [node(), "--input-type=module", "-e", script], input=json.dumps(cases), capture_output=True, text=True,
        timeout=SECONDS_MAX, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def script(body: str, imports: str = "") -> str:
    """A module that answers the cases it is given."""
    read = 'import fs from "node:fs"; const cases = JSON.parse(fs.readFileSync(0, "utf8"));'
    return f"{imports}\n{read}\nprocess.stdout.write(JSON.stringify(cases.map({body})));"


def glob_cases(seed: int, count: int) -> list[tuple[str, list[str]]]:
    """Patterns, each with paths made of the same pieces."""
    pick = random.Random(f"globs/{seed}")
    cases = []
    for _ in range(count):
        pattern = "".join(pick.choices(PIECES, k=pick.randint(1, 9)))
        paths = ["".join(pick.choices(NAMES, k=pick.randint(1, 3))) for _ in range(16)]
        paths += ["/".join(pick.choices(paths, k=pick.randint(2, 4))) for _ in range(8)]
        cases.append((pattern, [path for path in paths if path.strip(".")]))
    return cases


def our_match(pattern: str, path: str) -> bool | None:
    """Whether a path matches; None for a pattern that cannot be used."""
    try:
        return compile_glob(pattern).matches(path)
    except BadGlob:
        return None


def test_globs_match_as_minimatch_does() -> None:
    library = json.dumps((require_node_package("minimatch") / "dist" / "esm" / "index.js").as_uri())
    cases = glob_cases(1, 1_500)
    tried = "try { return minimatch(path, pattern, { dot: true }); } catch { return null; }"
    imports = f"import {{ minimatch }} from {library}; const match = (path, pattern) => {{ {tried} }};"

    theirs = ask_node(script("([pattern, paths]) => paths.map((path) => match(path, pattern))", imports), cases)

    assert sum(answer is True for answers in theirs for answer in answers) > 500
    for (pattern, paths), answers in zip(cases, theirs, strict=True):
        assert [our_match(pattern, path) for path in paths] == answers, (pattern, paths)


def text_pairs(seed: int, count: int) -> list[tuple[str, str]]:
    """Texts and what some edits make of them."""
    pick = random.Random(f"diffs/{seed}")
    pairs = []
    for _ in range(count):
        words = pick.choice([1, 2, 4, 20, 200])
        old = [str(pick.randrange(words)) for _ in range(pick.choice([0, 1, 3, 10, 40, 90]))]
        new = list(old)
        for _ in range(pick.randrange(7)):
            start = pick.randint(0, len(new))
            new[start : start + pick.randrange(5)] = [str(pick.randrange(words)) for _ in range(pick.randrange(5))]
        pairs.append(("\n".join(old) + pick.choice(["", "\n"]), "\n".join(new) + pick.choice(["", "\n", "\n\n"])))
    return pairs


def test_diffs_are_those_of_the_diff_package() -> None:
    library = json.dumps((require_node_package("diff") / "libesm" / "index.js").as_uri())
    pairs = text_pairs(1, 1_500)
    body = '([before, after]) => createTwoFilesPatch("/p", "/p", before, after, "original", "modified")'

    theirs = ask_node(script(body, f"import {{ createTwoFilesPatch }} from {library};"), pairs)

    for (before, after), patch in zip(pairs, theirs, strict=True):
        assert unified_diff("/p", before, after) == patch


def name_pairs(pool: Sequence[tuple[int, int]], count: int) -> list[tuple[str, str]]:
    """Names of one pool of characters that differ in much, in little or only in case."""
    pick = random.Random(f"names/{pool}")
    letters = [chr(code) for start, end in pool for code in range(start, end + 1)]
    pairs = []
    for _ in range(count):
        one = pick.choices(letters, k=pick.choice([1, 2, 3, 5]))
        other = pick.choice([pick.choices(letters, k=pick.choice([1, 2, 3])), list(one), "".join(one).swapcase()])
        if isinstance(other, list) and pick.random() < 0.5:
            other[pick.randrange(len(other))] = pick.choice(letters)
        pairs.append(("".join(one), "".join(other)))
    return pairs


def our_order(one: str, other: str) -> int:
    """-1, 0 or 1, as `localeCompare` has it."""
    key = keys_for([one, other])
    return int(key(one) > key(other)) - int(key(one) < key(other))


def test_names_are_ordered_as_locale_compare_orders_them() -> None:
    for name, pool in POOLS.items():
        pairs = name_pairs(pool, 4_000)

        theirs = ask_node(script("([one, other]) => Math.sign(one.localeCompare(other))"), pairs)

        wrong = [pair for pair, answer in zip(pairs, theirs, strict=True) if our_order(*pair) != answer]
        assert len(wrong) <= 4_000 // 1_000, (name, wrong[:5])  # marks between the parts of an Arabic contraction


def test_the_order_of_names_is_written_down_as_measured() -> None:
    facts = measured()
    kept = DATA.read_text("utf-8")
    if f"ICU {facts['version']} orders" not in kept:
        pytest.skip(f"this Node brings ICU {facts['version']}")

    assert written(facts) == kept


def test_uris_dates_and_sizes_are_node_s() -> None:
    paths = [f"/a{chr(code)}b" for code in [*range(1, 0x250), 0x4E00, 0x1F3AD]]
    times = [
        0,
        1_550_000_000_123_456_789,
        951_782_400_000_000_000,
        -1_000_000,
        4_102_444_799_999_600_000,
        -62_135_596_800 * 10**9,
    ]
    body = "({path, time}) => path ? pathToFileURL(path).href : new Date(Math.round(time)).toString()"
    cases = [{"path": path} for path in paths] + [{"time": time / 1e6} for time in times]

    theirs = ask_node(script(body, 'process.env.TZ = "UTC"; import { pathToFileURL } from "node:url";'), cases)

    assert [file_uri(path) for path in paths] == theirs[: len(paths)]
    assert [date_text(time) for time in times] == theirs[len(paths) :]
    assert [size_text(size) for size in (0, 1023, 1024, 1152, 1_048_575, 1_048_576, 1_073_741_824)] == [
        "0 B", "1023 B", "1.00 KB", "1.13 KB", "1024.00 KB", "1.00 MB", "1.00 GB",
    ]  # fmt: skip
