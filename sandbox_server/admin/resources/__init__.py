"""The resources of the admin API: one file per group, whose operations are found by being there."""
