"""The contract of a fault: what goes wrong with a call. One file per kind in `fault_injection/faults/`.

A kind is frozen settings and one method; which method, its base class says. What a rule needs to know of it before
anything happens stands in class attributes: its layer, whether it announces itself, the transports on which it can
exist, the phases it knows and how an agent can recover.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal, TypeVar

from pydantic import Field

from fault_injection.asked import EVERYWHERE, Transport
from fault_injection.delivery import Delivery
from fault_injection.durations import Span
from fault_injection.host import Host
from fault_injection.registered import registered
from fault_injection.scene import Ground, Meaning, Refused, Said, Scene
from fault_injection.somebody import Deed
from worlds.part import Settings
from worlds.registry import Registry

Layer = Literal["answer", "content", "rpc", "http", "connection", "stdio", "state", "time"]
Phase = Literal["before", "after"]
"""Before: the call has no effect. After: it happened, whatever the agent is told."""
HTTP: Final[frozenset[Transport]] = frozenset(("http",))
STDIO: Final[frozenset[Transport]] = frozenset(("stdio",))


class Fault(Settings):
    """What goes wrong. Frozen; all that varies comes from the scene."""

    kind: ClassVar[str]
    layer: ClassVar[Layer]
    explicit: ClassVar[bool] = True
    """Whether it announces itself; an implicit fault looks like a good answer."""
    transports: ClassVar[frozenset[Transport]] = EVERYWHERE
    phases: ClassVar[tuple[Phase, ...]] = ("before",)
    """The phases that make sense, the usual one first."""
    recovery: ClassVar[str]
    """How an agent can recover, in a sentence."""
    stacks: ClassVar[bool] = False
    """Whether it can hit a call beside another one."""
    lasts: ClassVar[bool] = False
    """Whether it stands until a time that the agent may be told: earlier calls are refused, the one on time is not."""
    slow: ClassVar[str] = ""
    """The setting that says how long it takes, for a fault that has to take its time."""
    of_starts: ClassVar[bool] = False
    """Whether it is about the start of a server's process, and about no call."""

    of_requests: ClassVar[bool] = False
    """Whether it can hit requests that call no tool."""

    of_writes: ClassVar[bool] = False
    """Whether only calls that write can fail like this; those that read are let through, and count for nothing."""

    @property
    def wait_wanted_ms(self) -> int | None:
        """How long a fault that lasts stands, where its trigger does not know."""
        return None

    @property
    def tells_time(self) -> bool:
        """Whether it tells when the wait is over and not how long it is, in whole seconds of the clock."""
        return False

    @property
    def dates_off_ms(self) -> int:
        """How far the dates of its answers are from the world's time."""
        return 0

    def never_on(self, host: Host) -> str:
        """Why it can never have an effect on a server, whatever is called there; "" if it can."""
        return ""

    def takes_ms(self, scene: Scene) -> int:
        """World time that passes before it shows: what says that it timed out has taken that long."""
        return 0

    @classmethod
    def description(cls) -> str:
        """What it does, in a sentence."""
        return (cls.__doc__ or "").partition("\n")[0]


class Saying(Fault):
    """A failure that the server tells in its own words."""

    phases: ClassVar[tuple[Phase, ...]] = ("before", "after")

    @abstractmethod
    def say(self, scene: Scene) -> Said:
        """What to tell."""


class Standing(Saying):
    """A failure that stands until a time and means the same to every server."""

    lasts: ClassVar[bool] = True
    meaning: ClassVar[Meaning]
    """What it means, before a server puts it in its own words."""
    wait: Span | None = Field(None, description="How long it stands, where the trigger does not know.")

    @property
    def wait_wanted_ms(self) -> int | None:
        """What was written."""
        return self.wait

    def say(self, scene: Scene) -> Said:
        """The server's own words for it."""
        return Said(self.meaning, scene.wait_ms, allowance=scene.allowance)


class Refusing(Fault):
    """A JSON-RPC error in place of an answer."""

    of_requests: ClassVar[bool] = True
    layer: ClassVar[Layer] = "rpc"
    phases: ClassVar[tuple[Phase, ...]] = ("before", "after")

    @abstractmethod
    def refuse(self, scene: Scene) -> Refused:
        """The error."""


class Rewriting(Fault):
    """Another result than the true one."""

    layer: ClassVar[Layer] = "content"
    explicit: ClassVar[bool] = False
    phases: ClassVar[tuple[Phase, ...]] = ("after",)

    @abstractmethod
    def rewrite(self, result: Mapping[str, Any], scene: Scene) -> Mapping[str, Any] | None:
        """The result that is told; None where there is nothing in it to change."""


class Delivering(Fault):
    """An answer that travels badly, or not at all."""

    of_requests: ClassVar[bool] = True
    phases: ClassVar[tuple[Phase, ...]] = ("before", "after")
    arrives: ClassVar[bool] = False
    """Whether the server's answer reaches the client all the same."""
    own: ClassVar[bool] = False
    """Whether it concerns one message and not its way: in a batch no other answer is hit."""

    @abstractmethod
    def deliver(self, delivery: Delivery, scene: Scene) -> Delivery:
        """How the answer travels instead. In phase `before` there is no true answer: `delivery` holds a stand-in."""

    def told(self, scene: Scene) -> Mapping[str, Any]:
        """What reaches the client, for the ledger."""
        return {"fault": self.kind}


class Acting(Fault):
    """A world that behaves differently than the agent is told."""

    layer: ClassVar[Layer] = "state"
    explicit: ClassVar[bool] = False
    phases: ClassVar[tuple[Phase, ...]] = ("after",)
    belies: ClassVar[bool] = False
    """Whether what is told is true of a world that the fault has made another."""

    @property
    def deed(self) -> tuple[str, Deed] | None:
        """What it has somebody do, behind the setting that says so."""
        return None

    @abstractmethod
    async def act(self, ground: Ground, scene: Scene) -> Any:
        """Let the call have its effect, or not, or more than that; what the agent is answered. None: nothing could be
        done to this call, and the truth is told."""


class Waiting(Fault):
    """Time that passes on the world's clock."""

    of_requests: ClassVar[bool] = True
    layer: ClassVar[Layer] = "time"
    stacks: ClassVar[bool] = True
    explicit: ClassVar[bool] = False
    phases: ClassVar[tuple[Phase, ...]] = ("before", "after")

    @abstractmethod
    def wait_ms(self, scene: Scene) -> int:
        """How long."""


class Listing(Fault):
    """A tool list that is not what it was; calls go by what is shown."""

    layer: ClassVar[Layer] = "rpc"
    stacks: ClassVar[bool] = True
    explicit: ClassVar[bool] = False
    phases: ClassVar[tuple[Phase, ...]] = ("before", "after")
    tool: str | None = Field(None, description="Which tool; default: the one that was called.", min_length=1)
    length: Span | None = Field(None, description="How long, after which all is as before; default: for good.", ge=1)
    announced: bool = Field(True, description="Whether clients are told, where the server says that it tells them.")

    @property
    def new_name(self) -> str | None:
        """The name under which the tool works from then on, where that is another one."""
        return None

    @property
    def reshapes(self) -> bool:
        """Whether arguments are shown otherwise than the server takes them."""
        return False

    @abstractmethod
    def listed(self, tool: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A tool's entry as it is shown; None where it is gone."""

    @abstractmethod
    def meant(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of a call as the server takes them."""


class Starting(Fault):
    """A server's process that comes up badly; its rules are asked once for each start."""

    layer: ClassVar[Layer] = "stdio"
    transports = STDIO
    stacks: ClassVar[bool] = True
    explicit: ClassVar[bool] = False
    of_starts: ClassVar[bool] = True

    @abstractmethod
    def late_ms(self, scene: Scene) -> int:
        """How long it says and answers nothing."""


faults: Registry[type[Fault]] = Registry("soundstage.faults", "fault_injection.faults")
"""Names of faults to their settings."""
F = TypeVar("F", bound=Fault)


def fault(name: str) -> Callable[[type[F]], type[F]]:
    """Class decorator: make a fault known under its file's name."""
    return registered(faults, name)
