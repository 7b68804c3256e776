"""An account and its tools, called as the path of a call does."""

import asyncio
import json
from pathlib import Path
from typing import Any

from sandbox_server.call import Call, Reply
from sandbox_server.episode import Episode
from sandbox_server.path import walk
from sandbox_server.presentation import present
from sandbox_server.stage import Stage
from worlds.clock import SECOND
from worlds.query.views import views
from worlds.records import Record
from worlds.worldfile import plan_world
from worlds.yamlfile import parse_yaml

WORLD = """
soundstage: 1
world: office
clock: 2026-03-02T09:00:00Z
servers:
  inbox:
    kind: mail
    account: Larkspur Billing <billing@larkspur.test>
    people:
      boss@larkspur.test: {name: Tess, out_of_office: {text: Back on Monday., until: 2026-03-05T00:00:00Z}}
      full@larkspur.test: {full: true}
      depot@larkspur.test: {name: Depot, delay_s: 60}
    bounces: ["*@closed.example"]
    contacts: [{address: ida@example.test, name: Ida Moreau, company: Tern}]
    messages:
      - {from: Ida <ida@example.test>, subject: Charged twice, body: "I was charged twice.", id: first@example.test,
         date: 2026-02-27T08:00:00Z, attachments: {bill.txt: "49.90", photo.png: {base64: iVBORw==}}}
      - {from: ida@example.test, cc: [boss@larkspur.test], subject: "Re: Charged twice", body: Hello?,
         in_reply_to: first@example.test, date: 2026-02-28T08:00:00Z}
      - {from: bo@example.test, subject: Lamps, body: Are lamps in stock?, read: true, folder: archive}
"""


class Office:
    """One episode of the world above, or of another one."""

    def __init__(self, world: str = WORLD, folder: Path | None = None, seed: int = 1) -> None:
        presentation = present(plan_world(parse_yaml(world, "office.yaml"), folder or Path()), seed=seed)
        self.stage = Stage()
        self.episode: Episode = self.stage.open(presentation)

    def reply(self, tool: str, **arguments: Any) -> Reply:
        """What one call is answered."""
        return asyncio.run(walk(self.episode, Call("inbox", tool, arguments))).reply

    def call(self, tool: str, **arguments: Any) -> Any:
        """The value that a call is answered with."""
        reply = self.reply(tool, **arguments)
        assert not reply.failed, reply
        assert reply.result is not None
        return json.loads(reply.result["content"][0]["text"])

    def refusal(self, tool: str, **arguments: Any) -> str:
        """The text of a call that fails."""
        reply = self.reply(tool, **arguments)
        assert reply.failed
        assert reply.result is not None
        return str(reply.result["content"][0]["text"])

    def later(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self.episode.world.clock.advance(int(seconds * SECOND))
        self.call("get_account")

    def subjects(self, folder: str = "inbox") -> list[str]:
        """What lies in a folder, newest first."""
        return [each["subject"] for each in self.call("list_messages", folder=folder)["messages"]]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a check would see."""
        return views(self.episode.world.fork(), self.episode.first).query(sql).rows

    def message(self, key: str) -> Record:
        """A message as it is kept."""
        part: Any = self.episode.world.parts["inbox"]
        found: Record = part.records.get("messages", key)
        return found
