"""What can go wrong, and how a reply travels, as data. Opens no socket."""
