"""Fault profiles as requests give them: by name, by path, or written out."""

from collections.abc import Sequence

from fault_injection.profile import Profile, find_profiles, profile_in
from sandbox_server.admin.model import JsonObject


def read_profiles(written: Sequence[str | JsonObject]) -> list[Profile]:
    """The profiles that were named or written out. Raises WorldError."""
    profiles: list[Profile] = []
    for each in written:
        profiles += find_profiles(each) if isinstance(each, str) else [profile_in(each)]
    return profiles
