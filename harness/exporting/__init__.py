"""From recorded runs to files that trainers read."""
