"""An agent without a model: it reads the task, looks things up through MCP servers, follows the house rules it finds.

It knows three kinds of office work and decides from the words of the task which one is asked for. Everything that it
decides on, it reads: the rules from policy.md, the figures from tables and databases. It is a separate process that
talks to its servers with the official SDK, so it shows what any agent of yours needs: three environment variables.

    TASK_FILE    the task, as text
    MCP_CONFIG   the servers, as {"mcpServers": {name: {"type": "http", "url": ...}}}
    ANSWER_FILE  where the final answer belongs
"""

import ast
import asyncio
import csv
import io
import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from mcp import Client

FOLDER = "/workspace"
TIERS = ["standard", "silver", "gold"]


class Desk:
    """The servers that this agent was given, opened when first used."""

    def __init__(self, servers: dict[str, dict[str, Any]], stack: AsyncExitStack) -> None:
        self.servers = servers
        self.stack = stack
        self.clients: dict[str, Client] = {}

    async def call(self, server: str, tool: str, arguments: dict[str, Any]) -> str:
        """Call a tool and return the text of its answer; a failure stops the work."""
        if server not in self.clients:
            self.clients[server] = await self.stack.enter_async_context(Client(self.servers[server]["url"]))
        result = await self.clients[server].call_tool(tool, arguments)
        text = "\n".join(block.text for block in result.content if block.type == "text")
        if result.is_error or (server == "shop" and text.startswith(("Error: ", "Database error: "))):
            raise RuntimeError(f"{server}.{tool}: {text}")
        return text

    async def read(self, path: str) -> str:
        """The text of a file."""
        return await self.call("files", "read_text_file", {"path": path})

    async def write(self, path: str, content: str) -> None:
        """Write a file whole."""
        await self.call("files", "write_file", {"path": path, "content": content})

    async def shop(self, query: str) -> list[dict[str, Any]]:
        """Rows from the shop's database, which answers with Python literals."""
        rows: list[dict[str, Any]] = ast.literal_eval(await self.call("shop", "read_query", {"query": query}))
        return rows

    async def change_shop(self, query: str) -> None:
        """Change the shop's database by one statement."""
        await self.call("shop", "write_query", {"query": query})

    async def warehouse(self, query: str) -> list[list[Any]]:
        """Rows from the warehouse, which answers with JSON."""
        rows: list[list[Any]] = json.loads(await self.call("warehouse", "execute_query", {"sql": query}))["rows"]
        return rows


async def make_price_list(desk: Desk, task: str) -> str:
    """Apply a page of wishes to a price list, as far as the rules allow."""
    new, old = re.findall(r"[\w/-]+\.csv", task)[:2]
    wishes = next(path for path in re.findall(r"[\w/-]+\.md", task) if path != "policy.md")
    limit = int(found(r"rises by more than (\d+) percent", await desk.read(f"{FOLDER}/policy.md")))
    changes = {row["isbn"]: row for row in table(await desk.read(f"{FOLDER}/{wishes}"))}
    waiting: list[str] = []
    lines: list[list[str]] = []
    for row in csv.reader(io.StringIO(await desk.read(f"{FOLDER}/{old}"))):
        wish = changes.get(row[0])
        if wish and "off the list" in wish["remark"]:
            continue
        if wish and "on hold" not in wish["remark"]:
            price = float(wish["new price"])
            if round(price * 100) * 100 > round(float(row[-1]) * 100) * (100 + limit):
                waiting.append(row[0])
            else:
                row[-1] = f"{price:.2f}"
        lines.append(row)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    await desk.write(f"{FOLDER}/{new}", text.getvalue())
    return "\n".join(waiting)


async def merge_accounts(desk: Desk, task: str) -> str:
    """Put the two accounts that a task names together, in an order that the database's constraints allow."""
    rules = await desk.read(found(r"(/\S+policy\.md)", task))
    if "opened first stays" not in rules or "only the newer review stays" not in rules:
        raise RuntimeError("the rules for merging accounts are not the ones I know")
    emails = ", ".join(f"'{email}'" for email in re.findall(r"[\w.]+@[\w.]+\w", task))
    kept, other = await desk.shop(f"select * from customers where email in ({emails}) order by joined")
    reviews = await desk.shop(
        f"select id, book from reviews where customer in ({kept['id']}, {other['id']}) order by created desc, id desc"
    )
    seen: set[int] = set()
    for review in reviews:
        if review["book"] in seen:
            await desk.change_shop(f"delete from reviews where id = {review['id']}")
        seen.add(review["book"])
    for name in ("reviews", "orders"):
        await desk.change_shop(f"update {name} set customer = {kept['id']} where customer = {other['id']}")
    points = min(kept["points"] + other["points"], 20_000)
    tier = max(kept["tier"], other["tier"], key=TIERS.index)
    await desk.change_shop(f"update customers set points = {points}, tier = '{tier}' where id = {kept['id']}")
    await desk.change_shop(
        f"update customers set status = 'closed', points = 0, remark = 'merged into {kept['id']}' "
        f"where id = {other['id']}"
    )
    return f"Your accounts are one now. You have {points} points."


async def file_report(desk: Desk, task: str) -> str:
    """Compute a month's report from the warehouse and the shop, and file it."""
    path, month = found(r"(/\S+/(?:\d{4}-\d{2})\.json)", task), found(r"(\d{4}-\d{2})\.json", task)
    rules = await desk.read(found(r"(/\S+README\.md)", task))
    view = found(r"warehouse's view `(\w+)`", rules)
    year, number = (int(part) for part in month.split("-"))
    wanted = re.findall(r"^\| `(\w+)` \|", rules, re.MULTILINE)
    stores, stores_before = [await net_sales(desk, view, "store", y, number) for y in (year, year - 1)]
    genres, genres_before = [await net_sales(desk, view, "genre", y, number) for y in (year, year - 1)]
    total, before = sum(stores.values()), sum(stores_before.values())
    placed = f"placed like '{month}-%'"
    taken = await desk.shop(f"select count(*) as n from orders where {placed} and status <> 'cancelled'")
    still = await desk.shop(f"select id from orders where {placed} and status in ('paid', 'packed') order by id")
    figures = {
        "month": month,
        "net_cents": stores,
        "total_net_cents": total,
        "change_on_year_percent": round((total - before) * 100 / before, 1),
        "genres_down_on_year": sorted(g for g in genres_before if genres.get(g, 0) < genres_before[g]),
        "web_orders": taken[0]["n"],
        "open_orders": [row["id"] for row in still],
    }
    await desk.write(path, json.dumps({key: figures[key] for key in wanted}, indent=2) + "\n")
    return f"{total / 100:.2f}"


async def net_sales(desk: Desk, view: str, by: str, year: int, month: int) -> dict[str, int]:
    """Net sales of a month in cents, by store or by genre."""
    rows = await desk.warehouse(
        f"select {by}, sum(net_cents) from {view} where year(day) = {year} and month(day) = {month} "
        f"group by {by} order by {by}"
    )
    return {str(name): int(cents) for name, cents in rows}


def table(text: str) -> list[dict[str, str]]:
    """The rows of the first Markdown table in a text, by column."""
    lines = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    head = [cell.strip() for cell in lines[0]]
    return [dict(zip(head, (cell.strip() for cell in line), strict=True)) for line in lines[2:]]


def found(pattern: str, text: str) -> str:
    """What the first group of a pattern finds; stops the work when it finds nothing."""
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"nothing fits {pattern}")
    return match.group(1)


WORK: dict[str, Callable[[Desk, str], Awaitable[str]]] = {
    "price list": make_price_list,
    "second account": merge_accounts,
    "report": file_report,
}


async def act(task: str, servers: dict[str, dict[str, Any]]) -> str | None:
    """Do the task; None when it is no kind of work that we know."""
    work = next((how for words, how in WORK.items() if words in task), None)
    if work is None:
        return None
    async with AsyncExitStack() as stack:
        return await work(Desk(servers, stack), task)


def main() -> int:
    """Read the task, do it, leave the answer."""
    task = Path(os.environ["TASK_FILE"]).read_text(encoding="utf-8")
    servers = json.loads(Path(os.environ["MCP_CONFIG"]).read_text(encoding="utf-8"))["mcpServers"]
    answer = asyncio.run(act(task, servers))
    if answer is None:
        print("I do not know this kind of work.", file=sys.stderr)
        return 1
    Path(os.environ["ANSWER_FILE"]).write_text(answer, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
