"""The demonstration prompt, in our own words: its name, argument and place are the imitated server's."""

from typing import Any, Final

_TEXT: Final = """\
Give the person you are talking to a short, lively tour of working with a database, using "{topic}" as the example.

You have tools that run SELECT statements (read_query), change rows (write_query), add tables (create_table), show what
is there (list_tables, describe_table) and note findings (append_insight). Findings are collected in the resource
memo://insights, which grows as you go.

Lead the tour through these stops, and wait for an answer wherever you ask something:

1. Tell a small story about {topic}: somebody has a question that only data can answer, and little time.
2. Create two or three tables that fit the story and fill each with ten to fifteen varied rows. Say what you made.
3. Offer a few questions to choose from, in plain language. Turn the chosen one into a query, run it and explain what
   it shows. Do this once or twice, and note what you learn with append_insight.
4. Draw together what was found in a small dashboard of tables and charts, and tie each part of it to the story.
5. Close with an answer to the story's question, point out that memo://insights holds the findings, and say what else
   could be tried from here.

Keep everything about {topic}, easy to read, and in a friendly tone. Begin with a greeting and the story.
"""


def demonstration(topic: str) -> dict[str, Any]:
    """The result of asking for the prompt."""
    block = {"type": "text", "text": _TEXT.replace("{topic}", topic).strip()}
    return {"description": f"Demo template for {topic}", "messages": [{"role": "user", "content": block}]}
