"""Two runs beside each other: the same scenarios, trials and seeds, and what became of them."""
