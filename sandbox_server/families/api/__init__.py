"""Services from API descriptions: tools as generators make them, and plain HTTP beside them."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, cast

from pydantic import Field

from sandbox_server.errors import StageError
from sandbox_server.families.api.convention import conventions as kinds  # the folder beside has that name
from sandbox_server.families.api.server import Answering, ApiServer
from sandbox_server.family import Server, families
from worlds.part import Part, Settings

__all__ = ["ApiFamily", "ApiPresentation"]


class ApiPresentation(Settings):
    """How a service is presented."""

    convention: Literal["openapi", "github", "json"] | None = Field(
        default=None,
        description="How tools are named and what they tell of failures: as FastMCP's generator, as GitHub's server, "
        "or as wrappers that hand on every body unflagged. Default: what the service's rules say, or openapi.",
    )
    as_: str | Mapping[str, str] | None = Field(
        default=None,
        alias="as",
        description="The key that the tools carry; or by actor. Default: the service's first key.",
    )


@families.register("api")
class ApiFamily:
    """Presents what a part's document describes."""

    Settings: ClassVar[type[Settings]] = ApiPresentation

    def server(self, name: str, settings: Any, part_settings: Any) -> Server:
        """Impossible without the part: descriptions may lie in files. Raises StageError."""
        raise StageError(f"{name}: a service is presented from its part")

    def present(self, name: str, settings: ApiPresentation, part: Part) -> Server:
        """The server of that name. Raises StageError for a key that the service does not know."""
        definition = cast(Answering, part).definition
        known = list(definition.keys)
        chosen = settings.as_ if settings.as_ is not None else (known[0] if known else "")
        keys = {"": chosen} if isinstance(chosen, str) else dict(chosen)
        for key in keys.values():
            if key and known and key not in known:
                raise StageError(f"{name}: the service has no key {key!r}", hint=f"as: one of {', '.join(known)}")
        convention = settings.convention or definition.rules.convention or "openapi"
        return ApiServer(definition, kinds.get(convention), keys)
