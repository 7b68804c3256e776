"""API descriptions: OpenAPI 3.0 and 3.1 documents read into operations and schemas."""

from worlds.parts.api.document.document import Concern, Document, name_of, reference_to
from worlds.parts.api.document.operation import Answered, Body, Media, Operation, Parameter, Schema
from worlds.parts.api.document.reading import parse_document, read_document

__all__ = [
    "Answered",
    "Body",
    "Concern",
    "Document",
    "Media",
    "Operation",
    "Parameter",
    "Schema",
    "name_of",
    "parse_document",
    "read_document",
    "reference_to",
]
