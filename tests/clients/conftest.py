"""Clients are tried against the same stage as everything else of the server."""

from tests.sandbox_server.conftest import anyio_backend, serve

__all__ = ["anyio_backend", "serve"]
