"""A call of which nobody knows whether it was carried out."""

from harness.errors import HarnessError


class FateUnknown(HarnessError):
    """A call whose answer was lost: it may have been carried out, or not."""

    code = "fate_unknown"
