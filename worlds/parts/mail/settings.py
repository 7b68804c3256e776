"""What a person writes about a mail server in a world file."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, field_validator

from worlds.clock import parse_time
from worlds.part import Settings
from worlds.parts.mail.addresses import plain_address

DELAY_S: Final = 2.0


def _address(value: Any) -> Any:
    return plain_address(value) if isinstance(value, str) else value


Address = Annotated[str, BeforeValidator(_address)]
"""A mail address, without a name."""


class Written(Settings):
    """A message as a person writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from", description="Who sent it: `ida@example.test` or `Ida Moreau <ida@example.test>`.")
    to: list[str] | str | None = Field(default=None, description="Addresses; default: the mailbox it lies in.")
    cc: list[str] | str = Field(default_factory=list, description="Addresses.")
    subject: str = Field(default="", description="Its subject.")
    body: str = Field(default="", description="Its text.")
    date: str | None = Field(default=None, description="When it was sent, ISO 8601; default: the world's first time.")
    folder: str = Field(default="inbox", description="The folder that it lies in.", min_length=1, max_length=100)
    mailbox: Address | None = Field(default=None, description="Whose; default: the account's.")
    id: str | None = Field(default=None, description="Its Message-ID, so that others can answer it.")
    in_reply_to: str | None = Field(default=None, description="The Message-ID that it answers.")
    read: bool = Field(default=False, description="Whether it was read.")
    flagged: bool = Field(default=False, description="Whether it is flagged.")
    attachments: Mapping[str, str | Mapping[str, str]] = Field(
        default_factory=dict, description="By name: a text, or `{base64: ..., type: ...}`."
    )

    @field_validator("date")
    @classmethod
    def _is_a_time(cls, text: str | None) -> str | None:
        if text is not None:
            parse_time(text)
        return text


class OutOfOffice(Settings):
    """An answer that goes out by itself, once to each sender."""

    text: str = Field(description="What it says.")
    subject: str = Field(default="Out of office", description="Its subject; `Re: ...` follows it.")
    until: str | None = Field(default=None, description="Until when, ISO 8601; default: for ever.")


class Person(Settings):
    """Somebody whose mailbox lies on the same server."""

    name: str = Field(default="", description="Their name.")
    out_of_office: OutOfOffice | str | None = Field(
        default=None, description="Whether they are away, and what they say."
    )
    full: bool = Field(default=False, description="Whether their mailbox is full, so that mail to them comes back.")
    delay_s: float = Field(default=DELAY_S, ge=0, le=86_400, description="Seconds until mail arrives.")


class Contact(Settings):
    """An entry of the address book."""

    address: Address = Field(description="Mail address.")
    name: str = Field(default="", description="Name.")
    company: str = Field(default="", description="Company.")
    phone: str = Field(default="", description="Telephone number.")
    notes: str = Field(default="", description="Whatever else is known.")


class MailSettings(Settings):
    """A mail server with the account that an agent uses."""

    account: str = Field(
        default="me@example.test",
        description="Whose mail it is: `billing@larkspur.test` or `Billing <billing@larkspur.test>`.",
    )
    data: str | None = Field(
        default=None,
        description="A folder beside the world file: folders of .eml files, .mbox files (a folder each), "
        "and contacts.csv or contacts.json.",
    )
    messages: list[Written] = Field(default_factory=list, description="Messages that are there at first.")
    folders: list[str] = Field(default_factory=list, description="Folders beside the usual ones.")
    contacts: list[Contact] = Field(default_factory=list, description="The address book.")
    people: Mapping[Address, Person] = Field(
        default_factory=dict, description="Other mailboxes on this server, by address."
    )
    bounces: list[str] = Field(
        default_factory=list, description="Patterns of addresses from which mail comes back: `*@closed.example`."
    )
    generate: int = Field(default=0, ge=0, le=200_000, description="How many believable seeded messages to add.")

    @field_validator("account")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        plain_address(text)
        return text
