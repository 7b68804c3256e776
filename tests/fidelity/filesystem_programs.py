"""Seeded programs of calls for the filesystem server, made to meet its corners rather than its everyday use."""

import random
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from tests.fidelity.filesystem_pair import Fixture

Call = tuple[str, dict[str, Any]]

LINES = [
    "alpha", "beta", "  beta", "\tgamma", "beta  ", "", " ", "def f():", "    return 1", "}", "é 🎭", "```", "````",
    "$& $1", "a\rb", "\ufeffx",
    "\u2003wide", "x" * 90, "\\", "--- a", "+++ b", "@@ -1 +1 @@", "\x1cfs", "\x85nel",
]  # fmt: skip
NAMES = [
    "a.txt", "A.txt", "b.md", "_x", "-y", "10", "9", "é.txt", "e\u0301.txt", "ü", "日本.md", "🎭.png", "[z].txt", "{y}",
    "#h", "!n", "a b.txt", ".dot",
    "Ä", "ä", "ß", "ss", "Ω", "я", "й", "𝒜", "½", "ﬁ", "가", "か", "カ", "ｱ", "％", "'q", '"q', "~", "C:", "C:x", "%41",
    "q?x", "t\tb", "new\nline",
    "\\back", "a+b", "a(b)", "x|y", "^c", "@at", "&and", "=", ";s", ",", "..a", "...", "n" * 60, "z.PNG", "z.svg",
    "z.flac", "z.Jpeg", "no ext.",
]  # fmt: skip
PATTERNS = [
    "*", "**", "**/*", "*.txt", "**/*.txt", "**/*.{md,txt}", "[a-c]*", "[!a]*", "**/[[:upper:]]*", "**/[[:alpha:]]",
    "!(*.txt)", "**/!(a|b)*", "+(a|b).txt",
    "**/@(é|ü)*", "?(a).txt", "*(a|b|.)*", "!*.txt", "!!*.txt", "#h", "\\#h", "\\!n", "{a,b}.*", "{a,b,{c,d}}*",
    "{1..10}", "{01..12}", "{a..e}*", "", "!", "[", "{", "a{b",
    "**/é.txt", "**/e\u0301.txt", "*é*", "**/🎭*", "**/??.png", "**/?.png", "d*/**", "d1/**/*", "**/d2/**", "*/",
    "./*", "/*", "../*", "d1/../*", "d1//*", "**/**/a*",
    "a*b*c", "*\\.txt", "a\\|*", "[^b]*", "[\\^a]*", "[a-]*", "[]a]*", "[z-a]*", "**/{.dot,.*}", ".*", "**/.*",
    "D1/*", "*[[]z]*", "~", "$*", "${a,b}", "a.txt", "d1",
]  # fmt: skip
GROUPS = [*"ab|.xé/\\", "!(", "+(", "*(", "?(", "@(", ")", ")", "[ab]", "{a,b}", "**/"]
"""Pieces of groups; without stars, because the real server may need years for a star in a repeated group."""
NUMBERS: list[Any] = [0, 1, 2, 3, 7, 50, 1e9, -1, -0.5, 0.5, 1.5, 2.999, "2", None, True, [1]]


class Programs:
    """One seed's fixture and calls."""

    def __init__(self, seed: int, root: str) -> None:
        self.random = random.Random(f"filesystem/{seed}")
        self.root = root
        self.texts: dict[str, str] = {}
        self.folders = ["", "d1", "d1/d2", "d1/d2/d3", "empty", "names"]
        self.fixture = self._fixture()

    def calls(self, count: int) -> list[Call]:
        """Some calls, every tool among them."""
        makers: Sequence[tuple[int, Callable[[], Call]]] = (
            (10, self._read), (4, self._read_many), (3, self._media), (9, self._write), (22, self._edit),
            (4, self._mkdir),
            (5, self._list), (6, self._sizes), (7, self._tree), (9, self._move), (14, self._search), (5, self._info),
            (3, self._broken),
        )  # fmt: skip
        weights = [weight for weight, _ in makers]
        return [self.random.choices(makers, weights)[0][1]() for _ in range(count)]

    def _fixture(self) -> Fixture:
        pick = self.random
        files: dict[str, bytes] = {}
        for name in pick.sample(NAMES, 25):
            folder = pick.choice(["", "d1/", "d1/d2/", "names/", "names/"])
            self._add(files, folder + name, self._text())
        for name in ("plain.txt", "d1/one.py", "d1/d2/two.md", "crlf.txt"):
            self._add(files, name, self._text())
        self._add(files, "crlf.txt", self._text().replace("\n", "\r\n"))
        files["bytes.bin"] = pick.randbytes(pick.choice([0, 1, 300, 1100, 5000]))
        files["torn.txt"] = b"\xe2\x82\n\xff\xfe" * pick.choice([1, 200, 500]) + b"\xf0\x9f\x8e"
        size = pick.choice([1023, 1024, 1152, 10_240, 1_048_575, 1_048_576, 1_179_648])
        files[f"sizes/{size}"] = b"s" * size
        links = {
            "l-file": "plain.txt", "l-dir": "d1", "l-deep": "d1/d2/two.md", "l-out": "/", "l-out-file": "/dev/null",
            "l-broken": "nowhere",
            "l-loop": "l-loop", "l-two": "l-file", "l-abs": "{root}/d1/one.py", "l-up": "..",
            "d1/l-back": "../plain.txt", "l-through": "plain.txt/x",
            "l-dot": ".", "l-root": "{root}", "l-slash": "d1/",
        }  # fmt: skip
        chosen = {name: links[name] for name in pick.sample(sorted(links), 9)}
        self.links = [*chosen, "l-dir/one.py", "l-file"]
        self.other = ["bytes.bin", "torn.txt", "z.PNG"]
        modes = {"plain.txt": pick.choice([0o644, 0o600, 0o755, 0o444])}
        return Fixture(files, [folder for folder in self.folders if folder], chosen, modes)

    def _add(self, files: dict[str, bytes], path: str, text: str) -> None:
        files[path] = text.encode()
        self.texts[path] = text

    def _text(self) -> str:
        pick = self.random
        count = pick.choice([0, 1, 2, 5, 12, 30, 120])
        lines = [pick.choice(LINES[: pick.choice([3, 8, len(LINES)])]) for _ in range(count)]
        return pick.choice(["\n", "\n", "\n", "\r\n"]).join(lines) + pick.choice(["", "\n", "\n\n"])

    def _path(self) -> str:
        pick = self.random
        roll = pick.random()
        if roll < 0.55:
            return self._spelt(pick.choice(sorted(self.texts)))
        if roll < 0.68:
            return self._spelt(pick.choice(self.folders))
        if roll < 0.8:
            return self._spelt(pick.choice([*self.links, *self.other]))
        return self._strange()

    def _writable(self, path: str) -> str:
        """The path, unless the server would take it for the root although it lies beside it: nobody may write there."""
        return f"{self.root}/beside" if path != self.root and path.strip(" '\"\u00a0") == self.root else path

    def _spelt(self, path: str) -> str:
        whole = f"{self.root}/{path}" if path else self.root
        forms = [whole] * 8 + [
            path, whole + "/", whole + "//", whole.replace("/", "//"), f"{self.root}/./{path}",
            f"{self.root}/empty/../{path}", f"./{path}",
            unicodedata.normalize("NFC", whole), unicodedata.normalize("NFD", whole), whole + " ", whole + "'",
            whole + "/.", whole + "/..",
        ]  # fmt: skip
        return self.random.choice(forms)

    def _strange(self) -> str:
        root = self.root
        parent = root.rpartition("/")[0]
        return self.random.choice(
            [
                "", " ", ".", "..", "/", "//", "~", "~/", "~/x", "~x", "~/..", "C:", "C:\\x", "c:/x", "C:x", "1:\\x",
                "\\\\host\\x", "\0", f"{root}/a\0b", f"{root}/\0", parent,
                root + "x", root + "/..", f"{root}/../x", f"{root}/missing", f"{root}/missing/deeper/x.txt",
                f"{root}/plain.txt/x", f"{root}/plain.txt/", f"{root}/plain.txt/..",
                f"{root}/" + "n" * 255, f"{root}/" + "n" * 256, f"{root}/" + "é" * 128,
                f"{root}/missing/" + "n" * 300, f"{root}/empty/new/" + "é" * 130 + "/x", f"{root}/" + "d/" * 2100,
                "x/" * 2100, f'"{root}/plain.txt"',
                f" {root}/plain.txt", f"{root} ", f"{root}'", f"{root}\u00a0", f"{root}/..'", "/etc/passwd",
                "/etc/none", "/proc/self/environ", f"{root}/l-broken/x", f"{root}/l-out/x",
                f"{root}/%41", f"{root}/~", f"{root}/names/.", f"{root}/d1/d2/../../plain.txt", "d1/one.py",
                "plain.txt ", f"{root}/names/e\u0301.txt", f"{root}/names/\u00e9.txt/x",
            ]
        )  # fmt: skip

    def _fresh(self) -> str:
        folder = self.random.choice(self.folders)
        name = self.random.choice([*NAMES, "new.txt", "new2.txt", "n" * 218, "n" * 219, "n" * 255])
        return f"{folder}/{name}".lstrip("/")

    def _read(self) -> Call:
        arguments: dict[str, Any] = {"path": self._path()}
        for key in ("head", "tail"):
            if self.random.random() < 0.35:
                arguments[key] = self.random.choice(NUMBERS)
        return self.random.choice(["read_text_file"] * 4 + ["read_file"]), arguments

    def _read_many(self) -> Call:
        return "read_multiple_files", {"paths": [self._path() for _ in range(self.random.randrange(5))]}

    def _media(self) -> Call:
        return "read_media_file", {"path": self._path()}

    def _write(self) -> Call:
        path = self._fresh() if self.random.random() < 0.5 else self.random.choice(sorted(self.texts))
        if self.random.random() < 0.25:
            return "write_file", {"path": self._writable(self._path()), "content": self._text()}
        self.texts[path] = self._text()
        return "write_file", {"path": f"{self.root}/{path}", "content": self.texts[path]}

    def _edit(self) -> Call:
        pick = self.random
        path = pick.choice(sorted(self.texts))
        arguments: dict[str, Any] = {
            "path": f"{self.root}/{path}" if pick.random() < 0.9 else self._path(),
            "edits": [self._one_edit(self.texts[path]) for _ in range(pick.choice([0, 1, 1, 1, 2, 4]))],
        }
        if pick.random() < 0.6:
            arguments["dryRun"] = pick.choice([True, True, True, False])
        return "edit_file", arguments

    def _one_edit(self, text: str) -> dict[str, str]:
        pick = self.random
        lines = text.replace("\r\n", "\n").split("\n")
        start = pick.randrange(len(lines))
        old = lines[start : start + pick.choice([1, 1, 2, 3, 6])]
        new = (
            [*old, pick.choice(LINES)]
            if pick.random() < 0.5
            else [pick.choice(LINES) for _ in range(pick.randrange(5))]
        )
        shape = pick.random()
        if shape < 0.45:
            old = [
                pick.choice(["", " ", "  ", "\t", "\u2003", "\ufeff", "\x1c"]) + line.strip() + pick.choice(["", " "])
                for line in old
            ]
            new = [pick.choice(["", "  ", "    ", "\t"]) + line for line in new]
        joint = pick.choice(["\n", "\n", "\n", "\r\n"])
        found = joint.join(old) if shape < 0.9 else pick.choice(["", "\n", "nowhere", "a", "\r"])
        return {"oldText": found, "newText": joint.join(new)}

    def _mkdir(self) -> Call:
        path = (
            self._writable(self._path())
            if self.random.random() < 0.4
            else f"{self.root}/{self._fresh()}/{self._fresh()}"
        )
        return "create_directory", {"path": path}

    def _list(self) -> Call:
        return "list_directory", {"path": self._folder()}

    def _sizes(self) -> Call:
        order = self.random.choice([{}, {"sortBy": "name"}, {"sortBy": "name"}, {"sortBy": "size"}])
        return "list_directory_with_sizes", {"path": self._folder(), **order}

    def _tree(self) -> Call:
        return "directory_tree", {"path": self._folder(), **self._excluded()}

    def _folder(self) -> str:
        roll = self.random.random()
        return self._path() if roll < 0.2 else self._spelt(self.random.choice([*self.folders, "names", "l-dir"]))

    def _excluded(self) -> dict[str, Any]:
        if self.random.random() < 0.4:
            return {}
        return {"excludePatterns": [self._pattern() for _ in range(self.random.choice([0, 1, 1, 2]))]}

    def _pattern(self) -> str:
        if self.random.random() < 0.75:
            return self.random.choice(PATTERNS)
        group = "".join(self.random.choices(GROUPS, k=self.random.randint(1, 9)))
        return self.random.choice(["", "", "*", "**/"]) + group + self.random.choice(["", "", "*"])

    def _move(self) -> Call:
        pick = self.random
        if pick.random() < 0.5:
            source, target = pick.choice(sorted(self.texts)), self._fresh()
            if target not in self.texts:
                self.texts[target] = self.texts.pop(source)
            return "move_file", {"source": f"{self.root}/{source}", "destination": f"{self.root}/{target}"}
        target = pick.choice(
            [
                self._writable(self._path()),
                f"{self.root}/d1/d2/inside",
                f"{self.root}/{self._fresh()}",
                f"{self.root}/missing/x",
            ]
        )
        return "move_file", {"source": self._writable(self._path()), "destination": target}

    def _search(self) -> Call:
        return "search_files", {"path": self._folder(), "pattern": self._pattern(), **self._excluded()}

    def _info(self) -> Call:
        return "get_file_info", {"path": self._path()}

    def _broken(self) -> Call:
        tool, arguments = self.random.choice([self._read, self._edit, self._sizes, self._search, self._read_many])()
        key = self.random.choice(sorted(arguments))
        arguments[key] = self.random.choice(
            [None, 5, 1.5, True, [], [1, None], {}, {"a": 1}, [{"oldText": 1}], "x", "", {"length": 0}]
        )
        if self.random.random() < 0.3:
            del arguments[key]
        return tool, {**arguments, "surplus": 1}
