"""The manners of MCP SDKs: one file per SDK."""
