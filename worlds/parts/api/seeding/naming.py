"""Texts for fields whose names, or the things that they belong to, tell what they hold."""

import re
from typing import Final

from worlds.parts.api.document.operation import Schema
from worlds.parts.api.inference.naming import plain
from worlds.parts.api.seeding.draws import Luck
from worlds.parts.api.seeding.filling import Filling, Make
from worlds.parts.sql.believable import text_maker, word_lists

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


def field_maker(name: str, title: str, schema: Schema) -> Make | None:
    """What makes texts for a field that the name (or the thing that it belongs to) tells something about."""
    for pattern, make in _TEXTS:
        if re.search(pattern, name):
            return make
    for pattern, words in _TITLED:
        if re.search(pattern, plain(title)) and re.fullmatch(r"(.*_)?(name|title|summary|subject)", name):
            return _of(words)
    maker = text_maker(name)
    if maker is None:
        return None
    short = schema.get("maxLength") == 2 or "two-letter" in str(schema.get("description", "")).lower()
    if "country" in name and short:
        return _of("country_code")
    if "lowercase" in str(schema.get("description", "")).lower():
        return lambda filling: str(maker(filling.draw())).lower()
    return lambda filling: maker(filling.draw())


def _of(words: str) -> Make:
    return lambda filling: filling.draw().of(words)


def _id_text(filling: Filling) -> str:
    return filling.luck.letters(14, _LETTERS, f"id.{filling.attempt}")


def _number_text(filling: Filling) -> str:
    return str(1_000 + filling.luck.below(900_000, "number"))


def _file_name(filling: Filling) -> str:
    return f"{label(filling).lower().replace(' ', '-')}.{('pdf', 'png', 'csv', 'txt')[filling.luck.below(4, 'ending')]}"


def _one_of(*choices: str) -> Make:
    return lambda filling: choices[filling.luck.below(len(choices), "one")]


def label(filling: Filling) -> str:
    """Two words that could name anything."""
    lists = word_lists()
    first, second = lists["adjective"], lists["noun"]
    return f"{first[filling.luck.below(len(first), 'adjective')]} {second[filling.luck.below(len(second), 'noun')]}"


def uuid_text(luck: Luck, name: str = "uuid") -> str:
    """A UUID of version 4."""
    text = luck.letters(32, "0123456789abcdef", name)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) % 4]}{text[17:20]}-{text[20:]}"


def host_name(filling: Filling) -> str:
    """The name of a machine."""
    return f"{label(filling).split()[1].lower()}.{filling.draw().of('domain')}"


_TITLED: Final[tuple[tuple[str, str], ...]] = (
    (r"task|issue|ticket|story|card|goal|bug|request|incident", "task"),
    (r"project|epic|milestone|sprint|campaign|board|portfolio", "project"),
    (r"channel|conversation|room|group", "channel"),
    (r"repo", "repository"),
    (r"team|department|squad", "department"),
    (r"label|tag|categor", "category"),
)
_TEXTS: Final[tuple[tuple[str, Make], ...]] = (
    (r"(^|_)last_?4$", lambda filling: filling.draw().digits(4)),
    (r"statement_descriptor", lambda filling: filling.draw().of("company").upper()[:22]),
    (r"^uid$|_uid$|_uuid$", lambda filling: uuid_text(filling.luck)),
    (r"(^|_)(sha|commit_id|digest|checksum)(_|$)", lambda filling: filling.luck.letters(40, "0123456789abcdef", "sha")),
    (r"resource_?version|etag|revision", _number_text),
    (r"api_?version", _one_of("v1")),
    (
        r"version$",
        lambda filling: f"{1 + filling.luck.below(4, 'a')}.{filling.luck.below(10, 'b')}.{filling.luck.below(9, 'c')}",
    ),
    (r"file_?name$|^file$|^attachment$", _file_name),
    (r"mime|content_type|media_type", _one_of("application/pdf", "image/png", "text/plain")),
    (r"locale|language|^lang$", _one_of("en", "en", "de", "fr", "es")),
    (r"time_?zone|^tz$", _one_of("Europe/Berlin", "Europe/London", "America/New_York")),
    (r"(^|_)(ref|branch)$|default_branch", _one_of("main", "main", "develop")),
    (r"host_?name$|^host$|fqdn|^domain$", host_name),
    (r"(^|_)(type|kind|level|class|mode|tier|plan)$", _one_of("standard", "standard", "basic", "premium")),
    (r"(_id|_sid|_gid|_ids|^ids?|_ref|cursor|continue)$", _id_text),
)
