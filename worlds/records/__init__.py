"""A store of records: named tables of JSON-like values that fork, digest, diff and dump like any part."""

from worlds.records.errors import UnknownTable
from worlds.records.part import RecordsPart
from worlds.records.records import Records
from worlds.records.table import Record, Table

__all__ = ["Record", "Records", "RecordsPart", "Table", "UnknownTable"]
