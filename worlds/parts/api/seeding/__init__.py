"""Believable resources from schemas, field names and examples."""

from worlds.parts.api.seeding.seeder import COUNT_USUAL, Seeder, seeded, usual_counts

__all__ = ["COUNT_USUAL", "Seeder", "seeded", "usual_counts"]
