"""Services: the status, headers and error of their own API, told as their wrapper tells such answers."""

from typing import ClassVar, cast

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import Vocabulary, dialects, worded
from sandbox_server.families.api.server import ApiServer
from sandbox_server.family import Server


@dialects.register("api")
class Api:
    """What the service itself would answer."""

    vocabulary: ClassVar[Vocabulary] = "network"

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """By plain HTTP the answer itself; to a tool what its convention makes of it."""
        if call.web is None and call.tool not in server.surface.by_name:
            return worded(Said("no_tool"), call, server)  # the wrapper has nothing to ask the service
        return cast(ApiServer, server).failing(meaning, said, call)

    def works(self, call: Call, server: Server) -> Works:
        """By the operation's method."""
        return cast(ApiServer, server).works(call.tool)
