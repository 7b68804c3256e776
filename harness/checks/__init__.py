"""The kinds of checks: one file each, named like the key that says where the check looks."""
