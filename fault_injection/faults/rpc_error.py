"""The request is answered with a JSON-RPC error, which many clients keep from the model."""

from typing import Any, ClassVar

from pydantic import Field, field_validator

from fault_injection.fault import Refusing, fault
from fault_injection.scene import Refused, Scene


@fault("rpc_error")
class RpcError(Refusing):
    """The request is answered with a JSON-RPC error, which many clients keep from the model."""

    recovery: ClassVar[str] = "Try again; find out first whether it happened where the call changes something."
    code: int = Field(-32603, description="The code.")
    message: str = Field("Internal error", description="The message.", min_length=1)
    data: Any = Field(None, description="The data; none when null.")

    @field_validator("code")
    @classmethod
    def _not_the_clients_own(cls, code: int) -> int:
        if code == -32001:
            raise ValueError("-32001 is what clients say of their own time limit, never a server")
        return code

    def refuse(self, scene: Scene) -> Refused:
        """The error as it was written."""
        return Refused(self.code, self.message, self.data)
