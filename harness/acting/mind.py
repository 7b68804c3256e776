"""What can be known of an agent's thinking while it acts: its thoughts, its model, and what that model used."""

import anyio

from harness.trajectory import Usage


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
