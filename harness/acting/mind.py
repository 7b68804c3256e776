"""What can be known of an agent's thinking while it acts: its thoughts, its model, and what that model used."""

import anyio

from harness.trajectory import Usage
from worlds.clock import SECOND


class Mind:
    """Filled by whoever sees the agent's model (a built-in agent, a gateway); read by whoever records.

    A thought belongs to the next call that the agent makes.
    """

    def __init__(self, tokens_max: int | None = None) -> None:
        self.model: str | None = None
        self.temperature: float | None = None
        self.usage: Usage | None = None
        self.exceeded = anyio.Event()
        """Set when more tokens were used than allowed."""
        self.calls = 0
        """How many calls the agent has made."""
        self.turns = 0
        """How many answers of the model have begun."""
        self.failure: str | None = None
        """Why the model's endpoint did not answer the last request; None when it did."""
        self._silent_since_ns: int | None = None
        self._tokens_max = tokens_max
        self._thoughts: list[str] = []

    def think(self, text: str) -> None:
        """Take in a thought."""
        if text.strip():
            self._thoughts.append(text.strip())

    def thought(self) -> str | None:
        """What was thought since the last call; asked once for each call."""
        self.calls += 1
        thoughts, self._thoughts = self._thoughts, []
        return "\n\n".join(thoughts) or None

    def asked(self, now_ns: int) -> None:
        """The model is asked; it is silent from the first request on that nobody answers."""
        self._silent_since_ns = now_ns if self._silent_since_ns is None else self._silent_since_ns

    def heard(self) -> None:
        """The model's endpoint begins to answer."""
        self._silent_since_ns = None
        self.turns += 1

    def excuse(self, now_ns: int, silence_ns_max: float) -> str | None:
        """Why an agent could not go on through no fault of its own: its endpoint failed last, or says nothing.

        So long a silence is none of a model that thinks.
        """
        if self.failure is not None:
            return self.failure
        if self._silent_since_ns is None or now_ns - self._silent_since_ns < silence_ns_max:
            return None
        return f"the endpoint has not answered for {(now_ns - self._silent_since_ns) / SECOND:.0f} s"

    @property
    def spent(self) -> bool:
        """Whether nothing is left of the tokens that are allowed."""
        used = self.usage.total_tokens if self.usage else 0
        return self._tokens_max is not None and used >= self._tokens_max

    def spend(self, input_tokens: int, output_tokens: int, *, estimated: bool = False) -> None:
        """Count what one request to the model used; `estimated` where the endpoint did not say."""
        used = self.usage or Usage()
        self.usage = Usage(
            input_tokens=used.input_tokens + input_tokens,
            output_tokens=used.output_tokens + output_tokens,
            requests=used.requests + 1,
            estimated=used.estimated or estimated,
        )
        if self._tokens_max is not None and self.usage.total_tokens > self._tokens_max:
            self.exceeded.set()
