"""What can be told about the things behind an API from its description alone."""

from worlds.parts.api.inference.collection import Collection, IdStyle, Key, Listing, Paging, Relation, Role, Stamp
from worlds.parts.api.inference.infer import collections_of, unplaced

__all__ = [
    "Collection",
    "IdStyle",
    "Key",
    "Listing",
    "Paging",
    "Relation",
    "Role",
    "Stamp",
    "collections_of",
    "unplaced",
]
