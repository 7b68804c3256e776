"""Whether what rules have others do can be done at all, tried on the world as it was at first."""

from typing import TYPE_CHECKING

from fault_injection.somebody import Deed
from worlds.errors import UnknownName, WorldError
from worlds.part import Moment
from worlds.parts.filesystem.errors import FileError

if TYPE_CHECKING:
    from sandbox_server.episode import Episode


def impossible(episode: "Episode", server: str, deed: Deed) -> WorldError | None:
    """Why it can never be done to that server; None where it can. Files that are missing may come."""
    if server not in episode.servers:
        return UnknownName(f"there is no server {server!r}", hint=f"one of: {', '.join(episode.servers)}")
    trial = episode.first.fork()
    try:
        moment = Moment(trial.clock.now_ns, "fault", trial.chance.derive("deed"))
        trial.parts[server].perform(deed.operation, deed.settings, moment)
    except FileError:
        return None
    except WorldError as error:
        return error
    finally:
        trial.close()
    return None
