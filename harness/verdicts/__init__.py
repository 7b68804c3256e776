"""From what an episode left behind to a verdict and a reward."""
