"""Which version of Soundstage this is."""

from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """The installed version; `0` where the source is run without being installed."""
    try:
        return version("soundstage")
    except PackageNotFoundError:
        return "0"
