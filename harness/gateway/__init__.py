"""A gateway between an agent and its model, which records what passes and holds the agent to its budget."""
