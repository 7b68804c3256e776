"""The six tools: names and schemas are the imitated server's, descriptions are ours."""

from typing import Any, Final


def _tool(name: str, description: str, argument: str = "", about: str = "") -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    if argument:
        schema["properties"][argument] = {"type": "string", "description": about}
        schema["required"] = [argument]
    return {"name": name, "description": description, "inputSchema": schema}


TOOLS: Final = (
    _tool("read_query", "Run one SELECT statement and get its rows", "query", "A SELECT statement in SQLite's dialect"),
    _tool(
        "write_query",
        "Change rows with one INSERT, UPDATE or DELETE statement and get how many it affected",
        "query",
        "A statement that writes, in SQLite's dialect",
    ),
    _tool("create_table", "Add a table with one CREATE TABLE statement", "query", "The CREATE TABLE statement"),
    _tool("list_tables", "Get the names of the database's tables"),
    _tool("describe_table", "Get the columns of one table with their types", "table_name", "The table's name"),
    _tool("append_insight", "Note something learnt from the data in the insights memo", "insight", "The finding"),
)

MEMO_URI: Final = "memo://insights"
RESOURCES: Final = [
    {
        "name": "Business Insights Memo",
        "uri": MEMO_URI,
        "description": "What was learnt from the data so far, kept up to date",
        "mimeType": "text/plain",
    }
]
PROMPTS: Final = [
    {
        "name": "mcp-demo",
        "description": "A guided tour: invent a topic's data, query it and draw conclusions",
        "arguments": [{"name": "topic", "description": "What the example data should be about", "required": True}],
    }
]

CAPABILITIES: Final = {
    "experimental": {},
    "prompts": {"listChanged": False},
    "resources": {"subscribe": False, "listChanged": False},
    "tools": {"listChanged": False},
}
"""As the SDK announces them for a server with prompts, resources and tools."""
