"""Values of requests and answers held against the schemas of a description."""

from worlds.parts.api.checking.checker import Checker, Complaint
from worlds.parts.api.checking.coercion import coerced, nested, parameter_value, typed

__all__ = ["Checker", "Complaint", "coerced", "nested", "parameter_value", "typed"]
