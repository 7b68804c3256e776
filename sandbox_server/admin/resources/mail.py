"""What lies in the mailboxes of a world, as messages and as files that mail programs read."""

from typing import Any

from anyio.to_thread import run_sync
from pydantic import Field
from starlette.responses import Response

from sandbox_server.admin.control import kept_world
from sandbox_server.admin.model import Model
from sandbox_server.admin.operation import Asked, operation
from sandbox_server.admin.resources.state import MomentQuery
from sandbox_server.errors import NotFound
from worlds.parts.mail import MailPart
from worlds.parts.mail.addresses import named_address
from worlds.parts.mail.exchange import to_eml, to_mbox
from worlds.parts.mail.message import MESSAGES
from worlds.records import Record
from worlds.world import World

MBOX = "application/mbox"
EML = "message/rfc822"


class MailQuery(MomentQuery):
    """Which messages to show."""

    mailbox: str | None = Field(None, description="Whose; default: the account's. `*` for everybody's.")
    folder: str | None = Field(None, description="Only those of one folder.")


class Message(Model):
    """One message."""

    id: str = Field(description="Its id in the mailbox.")
    message: dict[str, Any] = Field(description="Its fields as they are kept; attachments hold base64.")


class Messages(Model):
    """Messages in the order in which they came."""

    messages: list[Message] = Field(description="Each with its id.")


@operation(
    "GET", "/episodes/{id}/state/mail/{server}", answer=Messages, query=MailQuery, refusals=(404,),
    media={MBOX: "The messages as one mbox file, when this type is asked for."},
)  # fmt: skip
async def get_mail(asked: Asked) -> Messages | Response:
    """Show the messages of a mailbox, or export them as mbox."""
    part = _mail(kept_world(asked.episode, asked.query.at), asked.path["server"])
    found = await run_sync(_chosen, part, asked.query.mailbox, asked.query.folder)
    if asked.accepts(MBOX):
        return Response(await run_sync(to_mbox, [record for _, record in found]), media_type=MBOX)
    return Messages(messages=[Message(id=key, message=dict(record)) for key, record in found])


@operation(
    "GET", "/episodes/{id}/state/mail/{server}/{message}", answer=Message, query=MomentQuery, refusals=(404,),
    media={EML: "The message as an .eml file, when this type is asked for."},
)  # fmt: skip
async def get_mail_message(asked: Asked) -> Message | Response:
    """Show one message, or export it as .eml."""
    part, key = _mail(kept_world(asked.episode, asked.query.at), asked.path["server"]), asked.path["message"]
    record = part.records.get(MESSAGES, key)
    if record is None:
        raise NotFound(f"there is no message {key!r}")
    return Response(to_eml(record), media_type=EML) if asked.accepts(EML) else Message(id=key, message=dict(record))


def _mail(world: World, server: str) -> MailPart:
    part = world.parts.get(server)
    if not isinstance(part, MailPart):
        known = ", ".join(name for name, other in world.parts.items() if isinstance(other, MailPart))
        raise NotFound(f"there is no mail in {server!r}", hint=f"known: {known or 'none'}")
    return part.fork()


def _chosen(part: MailPart, mailbox: str | None, folder: str | None) -> list[tuple[str, Record]]:
    wanted = mailbox or named_address(part.account)[1]
    everything = ((key, part.records.get(MESSAGES, key) or {}) for key in part.records.keys(MESSAGES))
    return [
        (key, record)
        for key, record in everything
        if wanted in ("*", record["mailbox"]) and folder in (None, record["folder"])
    ]
