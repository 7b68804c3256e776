"""From what episodes came to, to figures that say how sure they are."""
