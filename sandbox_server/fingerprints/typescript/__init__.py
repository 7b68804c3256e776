"""The manner of the TypeScript SDK: how `McpServer` 1.32 words and shapes what every server on it answers."""

from sandbox_server.fingerprints.typescript.manner import TypeScript

__all__ = ["TypeScript"]
