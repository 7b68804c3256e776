"""Services: the status, headers and error of their own API, told as their wrapper tells such answers."""

from typing import cast

from fault_injection.asked import Works
from fault_injection.scene import Meaning, Said
from sandbox_server.call import Call, Reply
from sandbox_server.dialect import dialects
from sandbox_server.families.api.server import ApiServer
from sandbox_server.family import Server


@dialects.register("api")
class Api:
    """What the service itself would answer."""

    def say(self, meaning: Meaning, said: Said, call: Call, server: Server) -> Reply:
        """By plain HTTP the answer itself; to a tool what its convention makes of it."""
        return cast(ApiServer, server).failing(meaning, said, call)

    def works(self, call: Call, server: Server) -> Works:
        """By the operation's method."""
        return cast(ApiServer, server).works(call.tool)
