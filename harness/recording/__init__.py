"""What is kept of an episode, and how it is looked at and played again."""
