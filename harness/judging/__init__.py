"""Judging the quality of an episode by a model: what it is asked, what it said, and what follows."""
