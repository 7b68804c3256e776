"""What exists: state, time, chance and snapshots. No protocol, no network listener."""
