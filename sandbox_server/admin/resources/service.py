"""The stage itself: is it well, which version, what has it counted, what can be asked of it."""

from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import anyio.to_thread
from pydantic import Field
from starlette.responses import PlainTextResponse, Response

from sandbox_server.admin import openapi
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import JSON, Asked, operation
from sandbox_server.code import code_hash
from sandbox_server.surface import HANDSHAKE_VERSIONS, MODERN_VERSION

METRICS = "text/plain; version=0.0.4"


class Health(Model):
    """A sign of life."""

    status: Literal["ok", "stopping"] = Field(description="`stopping` once the stage is about to end.")
    episodes: int = Field(description="Episodes open now.")


class Version(Model):
    """What is running."""

    soundstage: str = Field(description="Version of the software.")
    code: str | None = Field(
        description="Hash of the Python source that runs, which differs where that does; null where it cannot be read."
    )
    api: str = Field(description="Version of this API.")
    protocols: list[str] = Field(description="MCP versions that servers may speak.")


def software_version() -> str:
    """The installed version; `0` in a checkout that is not installed."""
    try:
        return version("soundstage")
    except PackageNotFoundError:
        return "0"


@operation("GET", "/health", answer=Health)
async def get_health(asked: Asked) -> Health:
    """Say whether the stage is well."""
    control = asked.control
    return Health(status="stopping" if control.stopping.is_set() else "ok", episodes=len(control.stage.episodes))


@operation("GET", "/version", answer=Version)
async def get_version(asked: Asked) -> Version:
    """Say which version is running."""
    code = await anyio.to_thread.run_sync(code_hash)
    return Version(soundstage=software_version(), code=code, api="1", protocols=[*HANDSHAKE_VERSIONS, MODERN_VERSION])


@operation("GET", "/metrics", answer=None, media={METRICS: "Counters in Prometheus' text format."})
async def get_metrics(asked: Asked) -> Response:
    """Show the stage's counters for Prometheus."""
    control = asked.control
    return PlainTextResponse(
        control.metrics.text(episodes_open=len(control.stage.episodes)), headers={"content-type": METRICS}
    )


@operation("GET", "/openapi.json", answer=None, media={JSON: "An OpenAPI 3.1 document."})
async def get_openapi(asked: Asked) -> Response:
    """Describe this API."""
    return Response(openapi.document_bytes(software_version()), media_type=JSON)
