"""Scenarios with people in them, and what tests do with a person alone."""

from pathlib import Path
from typing import Any

from harness.scenario import Scenario
from harness.users.acts import Decision
from harness.users.drawing import TurnDraw
from harness.users.knowledge import known_in
from harness.users.leaks import leaks
from harness.users.machine import decide, opened
from harness.users.person import Person
from harness.users.state import UserState
from harness.users.understanding import understood
from harness.users.wording import worded
from harness.users.written import UserFile
from tests.harness.scenes import scene

DESK = """
soundstage: 1
task: Help the customer who is writing to you, then say what you did.
world:
  world: desk
  clock: 2026-03-02T09:00:00Z
  servers:
    shop:
      kind: sql
      imitates: sqlite
      schema: |
        CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
        CREATE TABLE refunds (id INTEGER PRIMARY KEY, customer INTEGER, cents INTEGER);
        INSERT INTO customers VALUES (7, 'Ida Moreau', 'ida@example.test');
    phone: {kind: filesystem, root: /phone, tree: {state.txt: "off"}}
    customer: {kind: user, participant: Ida}
users:
  customer:
    persona: cooperative
    opening: I was charged twice. Sort it out.
    goal: get one charge back
    facts:
      email: {value: ida@example.test, release: when_asked}
      day: {value: 27 February, release: second_time_asked}
    patience: 6
success:
  one_refund: {sql: select count(*) from shop.refunds where customer = 7, is: 1}
guard:
  may_change: [shop.refunds]
reference:
  - customer.get_conversation: {}
  - customer.send_message: {text: "I am sorry. What is your email address, and on which day was it?"}
  - customer.send_message: {text: "Thank you. I really need the day, please: on which date was it?"}
  - shop.write_query: {query: "insert into refunds (customer, cents) values (7, 4990)"}
  - customer.send_message: {text: "I have issued the refund. It arrives by 6 March."}
  - say: Refunded one charge.
"""


def desk(folder: Path, *changes: tuple[str, str]) -> Scenario:
    """The scenario at the desk, some of its text replaced."""
    return scene(folder, desk_text(*changes), "desk")


def desk_text(*changes: tuple[str, str]) -> str:
    """Its text."""
    text = DESK
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def person(**written: Any) -> Person:
    """A person alone."""
    return Person("customer", "user", UserFile.model_validate({"opening": "I was charged twice.", **written}))


class Talk:
    """A conversation with a person alone, by templates."""

    def __init__(self, who: Person, seed: int = 1) -> None:
        self.who = who
        self.seed = seed
        self.state = UserState()
        self.said: list[str] = []
        self.decisions: list[Decision] = []
        self.heard: list[str] = []
        self.leaks: list[str] = []

    def open(self) -> str:
        """What the person writes first."""
        return self._keep(opened(self.who, self.state), 0)

    def tell(self, text: str, *, done: bool = False, wants_done: int = 0) -> str:
        """What the person answers."""
        draw = TurnDraw(self.seed, "customer", self.state.turn + 1)
        self.heard.append(text)
        heard = understood(text, self.who.listening)
        decision = decide(self.who, self.state, heard, draw, done=done, wants_done=wants_done)
        return self._keep(decision, self.state.turn + 1)

    @property
    def acts(self) -> list[str]:
        """The acts of the last turn."""
        return [act.kind for act in self.decisions[-1].acts]

    def _keep(self, decision: Decision, turn: int) -> str:
        text = worded(self.who.persona, decision.acts, TurnDraw(self.seed, "customer", turn))
        self.leaks += leaks(text, known_in(self.who, decision, self.heard))
        self.state = decision.state
        self.decisions.append(decision)
        self.said.append(text)
        return text
