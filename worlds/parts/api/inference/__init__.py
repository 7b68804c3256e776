"""What can be told about the things behind an API from its description alone."""

from worlds.parts.api.inference.collection import Collection, IdStyle, Key, Listing, Paging, Relation, Role, Stamp

__all__ = ["Collection", "IdStyle", "Key", "Listing", "Paging", "Relation", "Role", "Stamp"]
