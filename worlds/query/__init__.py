"""Read-only SQL over everything that a world holds, beside what it held before: for checks, and for its owner."""

from worlds.query.errors import QueryFailed, QueryLimit, SchemaGone
from worlds.query.views import Answer, Views, servers_named, views
from worlds.relation import Column, Relation

__all__ = ["Answer", "Column", "QueryFailed", "QueryLimit", "Relation", "SchemaGone", "Views", "servers_named", "views"]
