"""A connection to a model: one request, and its answer or what kept it from coming."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

import httpx2
from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import ModelAPIError, ModelContextWindowExceededError, UnexpectedModelBehavior, UserError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from harness.acting.secrecy import environment_secrets
from harness.errors import HarnessError
from harness.llm.naming import ModelName
from worlds import host

REQUEST_SECONDS_MAX: Final = 600.0
CONNECT_SECONDS_MAX: Final = 10.0
NO_KEY: Final = "none"
"""What endpoints of one's own are sent in place of a key."""


class ModelFailed(HarnessError):
    """A model that could not be asked, through no fault of whoever asks."""

    code = "model"


class TooLong(HarnessError):
    """A conversation that does not fit into the model any more."""

    code = "model_context"


class Connection:
    """Asks one model; usable by many at once while it is open."""

    def __init__(self, named: ModelName, temperature: float | None = None) -> None:
        """Raises ModelFailed when there is no key for the endpoint."""
        self.named = named
        self._stack = AsyncExitStack()
        self._http = httpx2.AsyncClient(timeout=httpx2.Timeout(REQUEST_SECONDS_MAX, connect=CONNECT_SECONDS_MAX))
        try:
            self._model = _model(named, self._http)
        except UserError as error:
            raise ModelFailed(f"{named} cannot be reached: {error}") from None
        self._settings = ModelSettings() if temperature is None else ModelSettings(temperature=temperature)

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._http)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def ask(self, messages: Sequence[ModelMessage], tools: Sequence[ToolDefinition] = ()) -> ModelResponse:
        """The model's next message; asked again after passing failures. Raises ModelFailed and TooLong."""
        wanted = ModelRequestParameters(function_tools=list(tools))
        try:
            return await model_request(
                self._model, messages, model_settings=self._settings, model_request_parameters=wanted
            )
        except ModelContextWindowExceededError as error:
            raise TooLong(self._words(error)) from None
        except (ModelAPIError, UnexpectedModelBehavior, UserError, httpx2.HTTPError) as error:
            raise ModelFailed(self._words(error)) from None

    def _words(self, error: Exception) -> str:
        text: str = environment_secrets().masked(" ".join(str(error).split()))
        return f"{self.named}: {text[:500]}"


def _model(named: ModelName, http: httpx2.AsyncClient) -> Model:
    if named.api == "anthropic":
        key = _key("ANTHROPIC_API_KEY", named)
        provider = AnthropicProvider(api_key=key, base_url=named.base_url, http_client=http)
        return AnthropicModel(named.name, provider=provider)
    key = _key("OPENAI_API_KEY", named)
    if named.base_url is not None:
        compatible = OpenAICompatibleProvider(
            "openai-compatible", base_url=named.base_url, api_key=key, http_client=http
        )
        if named.api == "openai-responses":
            return OpenAIResponsesModel(named.name, provider=compatible)
        return OpenAIChatModel(named.name, provider=compatible)
    own = OpenAIProvider(api_key=key, http_client=http)
    if named.api == "openai-chat":
        return OpenAIChatModel(named.name, provider=own)
    return OpenAIResponsesModel(named.name, provider=own)


def _key(variable: str, named: ModelName) -> str | None:
    """The key of the environment; an endpoint of one's own may need none."""
    return host.environment().get(variable) or (NO_KEY if named.base_url is not None else None)
