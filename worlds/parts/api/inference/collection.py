"""What a description tells about the things behind an API: collections of resources, and what operations do to them.

Fields of resources are written as paths: names joined with dots (`metadata.name`), `[]` after a name for every element
of a list (`lines[].product_id`). `worlds.parts.api.places` reads and writes values by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from worlds.parts.api.document.operation import Schema

Does = Literal["list", "create", "read", "replace", "patch", "delete", "action"]


@dataclass(frozen=True, slots=True)
class IdStyle:
    """How the ids of a collection look."""

    kind: Literal["prefixed", "integer", "uuid", "letters", "digits", "hex", "name"]
    """`prefixed`: prefix and letters (`ch_3Nf8...`); `letters`, `digits`, `hex`: texts of those; `name`: chosen by who
    creates the resource (or made from its other fields)."""
    prefix: str = ""
    length: int = 0
    """How many characters follow the prefix; 0 where it does not matter."""
    text: bool = True
    """Whether the value is a text; integers may be written as texts."""
    start: int = 1
    """Integers: the first."""
    alphabet: str = ""
    """The characters to draw from, where the kind does not say it."""
    pattern: str = ""
    """The document's own pattern, if it gave one."""


@dataclass(frozen=True, slots=True)
class Key:
    """One parameter in the paths of a collection, and what it means for a resource."""

    parameter: str
    """The name between braces."""
    field: str
    """The field of the resource that it has to equal."""
    collection: str = ""
    """The collection of which it names a resource; empty for the own id, or where there is none."""
    hidden: bool = False
    """Whether the resource's schema does not show that field: it is kept with the resource and left out of answers."""
    given: bool = False
    """Whether it is no parameter of the path, but said in the query or the body."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is read in pieces. Names are query parameters; empty ones are not there."""

    style: Literal["none", "page", "offset", "cursor", "after", "link"] = "none"
    """`page`: number of a page; `offset`: how many to skip; `cursor`: an opaque text; `after`: the id of a resource
    (`starting_after`); `link`: page numbers, with the neighbours in a Link header."""
    limit: str = ""
    position: str = ""
    """The parameter with the page, the offset, the cursor or the id."""
    before: str = ""
    """`after` style: the parameter that reads backwards (`ending_before`)."""
    limit_default: int = 20
    limit_max: int = 100
    first_page: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list is answered. Fields are paths in the answer's body; empty ones are not there."""

    paging: Paging = field(default_factory=Paging)
    total: str = ""
    """How many there are in all."""
    count: str = ""
    """How many are in this piece."""
    more: str = ""
    """Whether more follow: true or false."""
    next: str = ""
    """The next cursor, page or offset; null or absent at the end."""
    next_url: str = ""
    """The next piece as a URL; null or absent at the end."""
    previous_url: str = ""
    page: str = ""
    """The page or offset that was asked for."""
    limit: str = ""
    """The limit that was asked for."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Query parameter to the field that it must equal."""
    sort: str = ""
    """The parameter that names the field to sort by (`-created`, `created:desc`, `created`)."""
    direction: str = ""
    """The parameter that says `asc` or `desc`."""
    fields: str = ""
    """The parameter that selects the fields to answer."""
    search: str = ""
    """The parameter with words to look for in any text."""


@dataclass(frozen=True, slots=True)
class Role:
    """What one operation does to a collection."""

    operation: str
    """The operation's id."""
    does: Does
    on: Literal["collection", "item"]
    """Whether it means one resource, told by the path (or the only one), or the collection as a whole."""
    keys: tuple[Key, ...] = ()
    """What its path's parameters mean, in their order."""
    name: str = ""
    """Actions: what is done, e.g. `capture`."""
    answer: str = ""
    """Where in the answer's body the resource, or the list of them, stands; empty for the body itself."""
    answers: Literal["resource", "list", "nothing", "other"] = "resource"
    """What a successful answer carries: `other` is anything that is not this collection's resource."""
    body: str = ""
    """Where in the request's body the resource stands; empty for the body itself."""
    listing: Listing | None = None
    """Only for lists."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A field that names a resource of a collection."""

    field: str
    to: str
    """The collection."""
    target: str = "id"
    """The field of the other resource that is named."""
    embedded: bool = False
    """Whether the other resource itself (or a part of it) stands there, not its id."""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Stamp:
    """A field that says when something happened to the resource."""

    field: str
    on: Literal["create", "update", "delete", "other"]
    form: Literal["date-time", "date", "seconds", "milliseconds", "rfc-2822"]


@dataclass(frozen=True, slots=True)
class Collection:
    """Resources of one sort, and what can be done to them. What is wrong here is overridden in a service's rules."""

    name: str
    """Unique: letters, digits and underscores, as a table's name."""
    path: str
    """Where the resources are listed or created; for a single resource, where it stands."""
    item_path: str
    """Where one of them is; equal to `path` for a single resource, empty where none can be had alone."""
    id_parameter: str
    """The last parameter of `item_path`; empty for a single resource."""
    id_field: str
    """The field that the parameter names: `id`, `metadata.name`, `number`."""
    id: IdStyle
    schema: Schema
    """What a resource looks like when it is read; an empty mapping where the document does not say."""
    single: bool = False
    """Whether there is just one (of each parent): `/account`, `/orders/{id}/address`."""
    parent: str = ""
    """The collection whose resources these belong to, by nested paths."""
    keys: tuple[Key, ...] = ()
    """What the parameters of `item_path` mean, the own id last."""
    roles: tuple[Role, ...] = ()
    """In the document's order."""
    relations: tuple[Relation, ...] = ()
    stamps: tuple[Stamp, ...] = ()
    read_only: tuple[str, ...] = ()
    """Fields that callers cannot set (ids and stamps that the service keeps included)."""
    write_only: tuple[str, ...] = ()
    """Fields that are accepted and never answered."""
    unique: tuple[str, ...] = ()
    """Fields of which no two resources (of one parent) have the same value, the id not repeated."""
    state: str = ""
    """The field that tells the state, if one of a few is named there (`status`)."""
    title: str = ""
    """What one of them is called: `charge`."""
    id_hidden: bool = False
    """Whether the schema does not show the id: it is kept with the resource and left out of answers."""

    def role(self, does: Does) -> Role | None:
        """The first operation that does something to the collection."""
        return next((each for each in self.roles if each.does == does), None)
