"""What an owner's query can answer instead of rows."""

from worlds.errors import WorldError


class QueryFailed(WorldError):
    """A query that is wrong, or that failed on the values it met; `kind` is DuckDB's class of the failure.

    `Parser`, `Binder`, `Catalog`: the query does not fit the world's schema, and did not fit it before either.
    `Conversion`, `Invalid Input`, `Out of Range`, ...: it failed on a value.
    `Refused`: it is not one read-only statement.
    """

    code = "query"

    def __init__(self, message: str, *, kind: str = "Query", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind


class SchemaGone(QueryFailed):
    """A query that fits the state before, but names a table or column that the world no longer has."""

    code = "schema_gone"


class QueryLimit(QueryFailed):
    """A query that was ended because it took more time, memory or room than it may; `kind` says which."""

    code = "query_limit"
