"""Guards, milestones, settings, events and world changes: what is read, and what is refused with its place."""

from pathlib import Path

import pytest

import soundstage as facade
from harness.staging.guard import Allowance
from harness.staging.planning import read_scenario, read_scenarios
from harness.staging.prepared import Builder, Prepared
from harness.trajectory import Limits
from tests.harness.scenes import scene, write_scene
from worlds.clock import show_time
from worlds.yamlfile import FileProblem

DESK = """
soundstage: 1
task: t
world:
  world: desk
  clock: 2026-03-02T09:00:00Z
  servers:
    files: {kind: filesystem, root: /w, tree: {a.txt: one}}
    shop:
      kind: sql
      imitates: sqlite
      schema: "create table books (id integer primary key, title text, cents integer check (cents > 0))"
      rows: {books: [{id: 1, title: Emma, cents: 900}]}
success:
  there: {file: /w/out.txt}
"""
SUCCESS = "success:\n"
DEPOT = DESK.replace(
    SUCCESS,
    """    depot:
      kind: sql
      imitates: motherduck
      schema: "create table stock (id integer primary key, left_over integer)"
      rows: {stock: [{id: 1, left_over: 3}]}
"""
    + SUCCESS,
)
"""The same with a warehouse, which takes longer to build."""
FULL = (
    DESK
    + """
guard:
  may_change:
    - shop.books[*].cents
    - {path: "files:/w/notes/**", kind: added, at_most: 3}
    - shop
    - shop.schema.books
  never:
    - {name: free, sql: "select count(*) from shop.books where cents < 100", is: 0}
milestones:
  - {name: looked, calls: {tool: files.read_text_file}, worth: 0.05}
limits: {steps: 5, minutes: 1, same_call: 3, tokens: 1000}
workdir: files
reward: {weights: {success: 1, quality: 0}, milestones_max: 0.2}
judge: {items: [{name: tone, ask: Is it polite?, scale: {0: rude, 1: kind}}]}
"""
)


def prepared(folder: Path, text: str) -> Prepared:
    return Builder().prepare(scene(folder, text), 1)


def test_a_full_scenario_is_read_whole(tmp_path: Path) -> None:
    full = prepared(tmp_path, FULL).scenario

    assert full.guard.allowed == [
        Allowance(path="shop.books[*].cents"),
        Allowance(path="files:/w/notes/**", kind="added", at_most=3),
        Allowance(path="shop"),
        Allowance(path="shop.schema.books"),
    ]
    assert [check.name for check in full.guard.never] == ["free"]
    assert [(station.name, station.worth) for station in full.milestones] == [("looked", 0.05)]
    assert full.limits == Limits(steps=5, minutes=1, same_call=3, tokens=1000)
    assert (full.workdir, full.reward.milestones_max, full.reward.weights.success) == ("files", 0.2, 1)
    assert full.judge is not None and full.judge.items[0].scale == {0: "rude", 1: "kind"}


def test_a_guard_without_may_change_says_nothing_of_changes(tmp_path: Path) -> None:
    assert scene(tmp_path, DESK).guard.allowed is None
    assert scene(tmp_path, DESK + "guard: {never: []}\n").guard.allowed is None
    assert scene(tmp_path, DESK + "guard: {may_change: []}\n").guard.allowed == []


NEVER = "guard: {never: [{name: free, sql: select 0, is: 0}"
WRONG = {
    "a path of no form": ("guard: {may_change: [shop/books]}", "16:22", "is no path; write it like"),
    "an unknown server": ("guard: {may_change: [attic.books]}", "16:22", "'attic' (known: files, shop)"),
    "a table of files": ("guard: {may_change: [files.notes]}", "16:22", "files holds files, 'files.n"),
    "files of a database": ("guard: {may_change: ['shop:/w/a']}", "16:22", "shop holds no files"),
    "a path outside the root": ("guard: {may_change: ['files:/etc/**']}", "16:22", "its files are below /w"),
    "a pattern beside the root": ("guard: {may_change: ['files:/wx/*']}", "16:22", "can never change"),
    "a path that goes up": ("guard: {may_change: ['files:/w/../a']}", "16:22", "spelled as no change is"),
    "a column of added rows": (
        "guard: {may_change: [{path: 'shop.books[*].cents', kind: added}]}", "16:22", "rows are added whole",
    ),
    "an unknown kind of change": ("guard: {may_change: [{path: shop.books, kind: moved}]}",
        "16:41",
        "'added', 'changed'",
    ),
    "an unknown table": ("guard: {may_change: [shop.boks]}", "16:22", "no table 'boks' (known: books; name one"),
    "an unknown column": (
        "guard: {may_change: ['shop.books[1].price']}", "16:22", "no column 'price' (its columns: id, title, cents)",
    ),
    "a column without a key": ("guard: {may_change: [shop.books.cents]}", "16:22", "write shop.books[*].cents"),
    "a harm without a name": ("guard: {never: [{sql: select 0, is: 0}]}", "16:17", "guard.never.0 needs a name"),
    "a harm twice": (NEVER + ", {name: free, sql: select 0, is: 0}]}", "16:54", "'free' stands here twice"),
    "a harm that looks nowhere": ("guard: {never: [{name: free, is: 0}]}", "16:17", "free looks at nothing"),
    "a harm done already": (
        "guard: {never: [{name: free, sql: 'select count(*) from shop.books', is: 0}]}", "16:17", "it has happened",
    ),
    "a harm that cannot be judged": ("guard: {never: [{name: f, sql: selec 1, is: 0}]}", "16:27", "syntax error"),
    "a milestone without worth": ("milestones: [{name: a, file: /w/x}]", "16:14", "a is worth nothing"),
    "a milestone of odd worth": ("milestones: [{name: a, file: /w/x, worth: 2}]", "16:36", "up to 1"),
    "a milestone for nothing": ("milestones: [{name: a, file: /w/a.txt, worth: 0.1}]", "16:14", "it is reached before"),
    "milestones that are no list": ("milestones: {a: 1}", "16:1", "a list is expected"),
    "a working directory of rows": ("workdir: shop", "16:1", "'shop' is no file server (file servers: files)"),
    "a limit of no tokens": ("limits: {tokens: 0}", "16:10", "1 or more is accepted"),
    "a limit of no repeats": ("limits: {same_call: none}", "16:10", "a whole number is expected"),
    "weights of nothing": (
        "reward: {weights: {success: 0, quality: 0, efficiency: 0, cost: 0}}", "16:10", "nothing counts",
    ),
    "a rubric of one score": ("judge: {items: [{name: a, ask: b, scale: {1: x}}]}", "16:35", "at least 2"),
    "two rubric items of a name": (
        "judge: {items: [{name: a, ask: b}, {name: a, ask: c}]}", "16:37", "the name 'a' stands here twice",
    ),
    "a step with a misspelled tool": (
        "reference: [{files.read_txt_file: {path: /w/a.txt}}]", "16:14",
        "files has no tool 'read_txt_file' (did you mean read_text_file? its others: read_file, ",
    ),
    "a step of a server that has no such tool": (
        "reference: [{say: a}, {shop.brew: {}}]", "16:24", "shop has no tool 'brew' (its tools: read_query, ",
    ),
    "a milestone of no tool": (
        "milestones: [{name: a, calls: {tool: files.red}, worth: 0.1}]", "16:32", "files has no tool 'red'",
    ),
    "harm where no file can be": (
        "guard: {never: [{name: a, file: /v/x.txt, exists: false}]}", "16:27", "files are below /w",
    ),
    "harm by a tool that follows none": (
        "guard: {never: [{name: a, calls: {tool: shop.*, after: attic.write}, is: 0}]}", "16:49",
        "attic.write: there is no server 'attic' (servers: files, shop)",
    ),
    "an event of no time": ("events: [{at: soon, server: files, do: write}]", "16:11", "write it like +10m"),
    "an event before the start": (
        "events: [{at: '2026-03-02T08:00:00Z', server: files, do: write}]", "16:11", "before the world begins",
    ),
    "an event after all time": ("events: [{at: +99999999d, server: files, do: write}]", "16:11", "is no time"),
    "an event nowhere": ("events: [{at: +1m, server: attic, do: write}]", "16:20", "known: files, shop"),
    "an unknown operation on files": (
        "events: [{at: +1m, server: files, do: burn}]", "16:35", "one of: write, append, remove, move",
    ),
    "an unknown operation on rows": (
        "events: [{at: +1m, server: shop, do: burn}]", "16:34", "known: execute, insert, merge, update, delete",
    ),
    "an event with odd arguments": (
        "events: [{at: +1m, server: files, do: write, with: {path: a, txt: b}}]", "16:46", "accepted: path, text",
    ),
    "an event against a constraint": (
        "events: [{at: +1m, server: shop, do: insert, with: {table: books, row: {cents: -1}}}]", "16:46", "CHECK",
    ),
    "an event without a server": ("events: [{at: +1m, do: write}]", "16:10", "events.0.server: this key is needed"),
    "an unknown key of an event": ("events: [{at: +1m, server: files, do: write, on: 1}]", "16:46", "this key is not"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    added, place, words = WRONG[case]
    path = write_scene(tmp_path, DESK + added + "\n")

    with pytest.raises(FileProblem) as caught:
        Builder().prepare(read_scenario(path), 1)

    assert str(caught.value).startswith(f"{path}:{place}: "), str(caught.value)
    assert words in str(caught.value)


CHANGED = """
task: t
world:
  base: base.yaml
  clock: 2027-01-01T00:00:00Z
  with:
    files: {a.txt: two, notes/b.txt: {text: three, mode: "600"}}
    shop: {books: [{id: 1, cents: 5}, {ID: 3, title: Sanditon}]}
    depot: {stock: [{id: 1, left_over: 9}, {id: 4, left_over: 1}]}
success: {a: {file: /w/out.txt}}
"""


def test_a_base_is_changed_by_file_and_by_row_and_may_begin_at_another_time(tmp_path: Path) -> None:
    lines = DEPOT.partition("world:\n")[2].partition("success:")[0].splitlines()
    (tmp_path / "base.yaml").write_text("\n".join(line[2:] for line in lines) + "\n")

    with facade.Episode(write_scene(tmp_path, CHANGED)) as episode:
        assert episode.query("select text from files.files where path = '/w/a.txt'") == [{"text": "two"}]
        assert episode.query("select text, mode from files.files where path = '/w/notes/b.txt'")[0]["mode"] in (
            "600",
            "0600",
        )
        assert [tuple(row.values()) for row in episode.query("select * from shop.books order by id")] == [
            (1, "Emma", 5),
            (3, "Sanditon", None),
        ]
        assert [tuple(row.values()) for row in episode.query("select * from depot.stock order by id")] == [
            (1, 9),
            (4, 1),
        ]
        assert episode.query("select * from before.shop.books except select * from shop.books") == []
        episode.call("files", "list_directory", {"path": "/w"})
        assert episode.steps[0].world_time.startswith("2027-01-01T00:00:00")


CHANGES_WRONG = {
    "a time that is none": ("  clock: noon\n", "5:3", "world.clock: 'noon' is no time"),
    "an unknown key": ("  wit: {}\n", "5:3", "'wit' is not known here (known: base, with, clock)"),
    "an unknown table": ("  with: {shop: {boks: []}}\n", "5:17", "there is no table 'boks'"),
    "an unknown column": (
        "  with: {shop: {books: [{id: 1, price: 3}]}}\n", "5:33", "no column 'price' (its columns: id, title, cents)",
    ),
    "a row against a constraint": ("  with: {shop: {books: [{id: 1}, {id: 1, cents: -3}]}}\n", "5:34", "CHECK"),
    "a row that is none": ("  with: {shop: {books: [7]}}\n", "5:25", "a row is a mapping by column"),
    "a file outside the root": ("  with: {files: {/etc/x: y}}\n", "5:18", "files: /etc/x"),
    "a file of odd keys": ("  with: {files: {x: {txt: y}}}\n", "5:18", "accepted: path, text, base64, mode"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES_WRONG)
def test_changes_of_a_base_that_do_not_fit_are_placed_where_they_stand(tmp_path: Path, case: str) -> None:
    lines = DESK.partition("world:\n")[2].partition("success:")[0].splitlines()
    (tmp_path / "base.yaml").write_text("\n".join(line[2:] for line in lines) + "\n")
    changed, place, words = CHANGES_WRONG[case]
    path = write_scene(tmp_path, "\ntask: t\nworld:\n  base: base.yaml\n" + changed + "success: {a: {file: /w/a}}\n")

    with pytest.raises(FileProblem) as caught:
        Builder().prepare(read_scenario(path), 1)

    assert str(caught.value).startswith(f"{path}:{place}: "), str(caught.value)
    assert words in str(caught.value)


def test_variants_may_begin_at_different_times(tmp_path: Path) -> None:
    """Worlds are shared only between scenarios that begin at the same time."""
    text = (
        "params: {day: [2027-01-01, 2027-01-02]}\ntask: t\nworld: {base: bookshop, clock: '${day}'}\n"
        "success: {a: {file: /workspace/none}}\n"
    )
    builder = Builder()
    worlds = [builder.prepare(each, 1).world for each in read_scenarios(write_scene(tmp_path, text))]

    assert [show_time(world.clock.now_ns)[:10] for world in worlds] == ["2027-01-01", "2027-01-02"]


def test_a_step_that_is_to_fail_may_call_what_is_not_there(tmp_path: Path) -> None:
    text = DESK + "reference: [{files.shred: {path: /w/a.txt}, expect: error}]\n"

    assert prepared(tmp_path, text).scenario.reference
