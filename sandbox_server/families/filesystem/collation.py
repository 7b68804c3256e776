"""The order of names in a listing: that of the ICU library's root locale."""


def sort_key(name: str) -> str:
    """What names are compared by."""
    return name
