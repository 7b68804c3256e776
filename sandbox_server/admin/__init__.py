"""What the owner of a stage controls: an HTTP API on a listener of its own, which no agent's credential opens."""
