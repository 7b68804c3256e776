"""From what a person wrote to a prepared world: scenarios, their variants, their first states."""
