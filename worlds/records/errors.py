"""What a store of records refuses."""

from worlds.errors import WorldError


class UnknownTable(WorldError):
    """A table that the store does not have."""

    code = "unknown_table"
