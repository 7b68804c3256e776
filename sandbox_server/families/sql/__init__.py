"""Tools that answer SQL, as the servers they imitate do."""

import importlib
from importlib.util import find_spec
from typing import Any, ClassVar

from pydantic import Field

from sandbox_server.errors import StageError
from sandbox_server.family import Server, families
from worlds.part import Settings
from worlds.parts.sql.settings import Imitated

__all__ = ["SqlFamily", "SqlPresentation"]


class SqlPresentation(Settings):
    """How a database is presented."""

    imitates: Imitated = Field(
        default="sqlite",
        description="Which server is imitated; it decides engine and dialect. `postgres` is not presented yet.",
    )


@families.register("sql")
class SqlFamily:
    """Chooses the imitation: a module beside this one, imported when first needed."""

    Settings: ClassVar[type[Settings]] = SqlPresentation

    def server(self, name: str, settings: SqlPresentation, part_settings: Any) -> Server:
        """The server of that name. Raises StageError where nothing presents what is asked for."""
        module = f"{__name__}.{settings.imitates}"
        if find_spec(module) is None:
            raise StageError(f"{name}: no server presents {settings.imitates!r} yet", hint="use sqlite or motherduck")
        imitation: Any = importlib.import_module(module)
        server: Server = imitation.server(name, settings, part_settings)
        return server
