"""Where copies of what lies elsewhere are kept."""

from pathlib import Path

import platformdirs

from worlds import host


def cache_folder() -> Path:
    """This user's caches (`SOUNDSTAGE_CACHE` overrides)."""
    chosen = host.environment().get("SOUNDSTAGE_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("soundstage", appauthor=False))
