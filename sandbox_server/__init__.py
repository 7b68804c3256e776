"""What an agent sees over MCP, and what the owner of a stage controls."""
