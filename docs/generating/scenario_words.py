"""What the page about scenario files says in its own words: parameters, conditions, events, guards, Python."""

from typing import Final

PARAMETERS: Final = """
Each parameter below `params` has a value or a list of values; each combination is a variant, a scenario of its own
named like `refund[amount=4990]`; longer texts are spelled by their words (`copies-sold[title=the-tulip-clerks]`), and
`#2` is the second value where words tell nothing apart. `${amount}` stands for its value everywhere else in the file:

- Alone in a text it keeps its type, inside a longer text it becomes part of it. `${amount!s}` makes a text of it.
- In the `sql` of a check and of an event it is a bound value, never text: write it without quotes.
- `${customer.name}` and `${ids[0]}` lead into mappings and lists. Values that belong together are one mapping.
- `$${` stands for `${` itself. A `${...}` that names nothing is refused.
- In `reference`, names that a step keeps with `as` belong to that step; no parameter may have such a name.

A check of `success` or `never`, a milestone, an event and a step of `reference` may have `when`: a condition over the
parameters with `and`, `or`, `not`, comparisons, `in` and literals. Where it is false, the entry is left out of that
variant. An entry that no variant has is refused, and so is a variant without any check.

```yaml title="refund.yaml"
soundstage: 1
params:
  points: [150, 900]
  customer: [{id: 31, name: Ronan Keogh}]
task: |
  ${customer.name} (customer ${customer.id}) has asked for ${points} points for a damaged parcel. Up to 500 points you
  grant yourself; for more, only write the wish into /workspace/notes/wish.txt.
world: {base: bookshop, with: {shop: {customers: [{id: "${customer.id}", points: 0}]}}}
success:
  granted:
    when: points <= 500
    sql: select points from shop.customers where id = ${customer.id}
    is: "${points}"
  asked: {when: points > 500, file: /workspace/notes/wish.txt, matches: "${points!s}"}
guard:
  may_change: ["shop.customers[31].points", "files:/workspace/notes/wish.txt"]
reference:
  - shop.write_query: {query: "update customers set points = ${points} where id = ${customer.id}"}
    when: points <= 500
  - files.write_file: {path: /workspace/notes/wish.txt, content: "${points} for ${customer.name}"}
    when: points > 500
```

`soundstage run` takes all variants; `soundstage run 'refund.yaml[points=150]'` takes those with that value, and
`-k points=150` goes by names. `serve` and `Episode` need one. There may be up to 1,000 variants.
"""
EVENTS: Final = """
Events happen at their times, whatever the agent does, each in the order of time; their changes are never the agent's.
What is due when an episode ends happens before the checks look. All are tried when the scenario is read.

Operations on files: `write` and `append` {path, text or base64}, `remove` {path, recursive}, `move` {path, to},
`mkdir`, `symlink` {path, target}, `chmod` {path, mode}. On databases: `execute` {sql, parameters}, `insert` {table,
row}, `merge` {table, row} (changes the row that has its key, or inserts it), `update` {table, set, where}, `delete`
{table, where}. On services, mail, conversations and tools of your own: `create` {table, key, record}, `patch` and
`replace` {table, key, record}, `remove` {table, key}; beside them services know `request` {method, path, query,
headers, body}, `add` {table, record} (with everything that follows from it) and `transition` {table, key, to}, mail
`deliver` (a message from outside) and `send_as` {from, to, subject, body}, conversations `say` {text} and `close` {by}.

```yaml title="late-parcel.yaml"
soundstage: 1
task: Wait for the parcel of order 1501 to be marked as shipped, then answer with the word done.
world: bookshop
events:
  - at: +10m
    server: shop
    do: update
    with: {table: orders, set: {status: shipped}, where: {id: 1501}}
success:
  told: {said: {matches: done}}
  waited: {sql: "select status from shop.orders where id = 1501", is: shipped}
reference:
  - wait: 15m
  - say: done
```
"""
NAMED: Final = """
Each entry of `never` has a `name` and one check that holds as long as no harm is done; each milestone has a `name`, one
check, and what reaching it is `worth`. What has happened already when an episode begins is refused.
"""
PYTHON: Final = """
`soundstage.Scenario` takes the same keys, and functions as checks: they are handed the `Evidence` and return True,
False or a `Judgement`. `soundstage run suite.py` runs all that stand at the top level of a file, named after their
variables:

```python title="suite.py"
import soundstage


def short(evidence: soundstage.Evidence) -> soundstage.Judgement:
    count = len((evidence.answer or "").split())
    return soundstage.Judgement(0 < count <= 10, "1 to 10 words", f"{count} words")


hours = soundstage.Scenario(
    task="When does the shop at Market Row open on Sundays? /workspace/opening-hours.md says so. Ten words at most.",
    world="bookshop",
    success={"right": {"said": {"matches": "12[:.]00"}}, "short": short},
    guard={"may_change": []},
    reference=[{"files.read_text_file": {"path": "/workspace/opening-hours.md"}}, {"say": "At 12:00."}],
)
```

```console
$ soundstage run suite.py --agent script:reference
...
hours ● 1/1 ...
$ python -c "import soundstage, suite; print(soundstage.run(suite.hours, agent='script:nothing').success.successes)"
0
```
"""
EDITORS: Final = """
`soundstage schema --scenario` and `soundstage schema --world` print JSON schemas (draft 2020-12) with which editors
complete keys and show what they mean; `soundstage new` writes them beside its files.
"""
