"""Training data made of recorded runs."""
