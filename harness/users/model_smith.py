"""Wording by a model: asked up to three times, refused by the gate as often as needed, then replaced by a template."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness.users.asking import INSTRUCTIONS, missing, question
from harness.users.drawing import TurnDraw
from harness.users.exchanges import Exchange, Exchanges, question_hash
from harness.users.leaks import leaks
from harness.users.persona import Draw
from harness.users.smith import TemplateSmith, Wish, Worded
from harness.users.wording import worded

TRIES: Final = 3
FALLBACK: Final = "fallback"
"""The flag of a turn that was worded by a template after all."""
_QUOTES: Final = "\"'“”„ \n"


@dataclass(frozen=True, slots=True)
class Said:
    """What a model wrote, and what it used."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0


class Speechless(Exception):
    """A model that could not be asked."""


Ask = Callable[[str, str], Awaitable[Said]]
"""Asks a model: instructions and a question. Raises Speechless."""


@dataclass(slots=True)
class ModelSmith:
    """Words by a model of that name; every exchange is kept, and one that is known already is not repeated."""

    model: str
    ask: Ask
    exchanges: Exchanges
    _plain: TemplateSmith = field(default_factory=TemplateSmith)

    async def word(self, wish: Wish, draw: Draw) -> Worded:
        """Words that say what the acts say and no more; a template's, and a flag, where the model finds none."""
        gist = worded(wish.person.persona, wish.acts, draw)
        refused: list[tuple[str, list[str]]] = []
        for attempt in range(1, TRIES + 1):
            asked = question(wish, gist, refused)
            exchange = await self._exchanged(wish, draw, attempt, asked)
            self.exchanges.keep(exchange)
            if exchange.outcome == "used" and exchange.answer is not None:
                return Worded(exchange.answer, {"wording": "model", "attempts": attempt})
            if exchange.outcome == "failed":
                break
            refused.append((exchange.answer or "", exchange.problems))
        told = await self._plain.word(wish, draw)
        return Worded(told.text, {"wording": "template", "attempts": attempt}, (FALLBACK,))

    async def _exchanged(self, wish: Wish, draw: Draw, attempt: int, asked: str) -> Exchange:
        """One attempt: what was answered, and whether it may be said."""
        whole = f"{self.model}\n{attempt}\n{INSTRUCTIONS}\n{asked}"
        about: Mapping[str, Any] = {
            "server": wish.person.server, "turn": draw.turn if isinstance(draw, TurnDraw) else 0, "attempt": attempt,
            "model": self.model, "question_hash": question_hash(whole), "question": asked,
        }  # fmt: skip
        known = self.exchanges.known(whole)
        try:
            said = Said(known.answer or "") if known is not None else await self.ask(INSTRUCTIONS, asked)
        except Speechless as error:
            return Exchange(**about, outcome="failed", problems=[str(error)])
        text = said.text.strip().strip(_QUOTES)
        problems = [*leaks(text, wish.known), *missing(wish, text)] if text else ["it says nothing"]
        return Exchange(
            **about, outcome="refused" if problems else "used", answer=text, problems=problems,
            input_tokens=said.input_tokens, output_tokens=said.output_tokens,
        )  # fmt: skip


def connected(model: str, base_url: str | None = None) -> Ask:
    """Asks a model at its endpoint, one connection a question."""

    async def ask(instructions: str, asked: str) -> Said:
        from pydantic_ai.messages import ModelRequest, TextPart, UserPromptPart  # the extra `llm`, and slow to load

        from harness.llm.connection import Connection, ModelFailed, TooLong
        from harness.llm.naming import model_name

        try:
            async with Connection(model_name(model, base_url)) as connection:
                response = await connection.ask([ModelRequest([UserPromptPart(asked)], instructions=instructions)])
        except (ModelFailed, TooLong) as error:
            raise Speechless(error.message) from None
        text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
        return Said(text, response.usage.input_tokens, response.usage.output_tokens)

    return ask


def smith_of(
    model: str, base_url: str | None, record: Path | None, known: Mapping[str, Exchange] | None = None
) -> ModelSmith:
    """Who words by a model; what is said is recorded beside the trajectory."""
    return ModelSmith(model, connected(model, base_url), Exchanges(record, known))
