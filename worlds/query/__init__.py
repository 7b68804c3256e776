"""Read-only SQL over everything that a world holds, beside what it held before: for checks, and for its owner."""

from worlds.query.errors import QueryFailed, QueryLimit, SchemaGone
from worlds.query.relation import Column, Relation
from worlds.query.views import Answer, Views, views

__all__ = ["Answer", "Column", "QueryFailed", "QueryLimit", "Relation", "SchemaGone", "Views", "views"]
