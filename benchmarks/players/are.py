"""ARE in process, without a protocol: an environment whose app logs every call as an event, and no model.

Its own server speaks MCP over stdio and shares one world per process, so an episode over MCP would be a process.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from are.simulation.apps.app import App
from are.simulation.environment import Environment, EnvironmentConfig
from are.simulation.tool_utils import OperationType, app_tool
from are.simulation.types import event_registered

from benchmarks.players.desk import Desk
from benchmarks.players.player import Player, obey


class DeskApp(App):
    """Files and orders."""

    def __init__(self, name: str = "desk") -> None:
        super().__init__(name)
        self.desk = Desk()

    def reset(self) -> None:
        self.desk.close()
        super().reset()  # which initialises it anew

    def get_state(self) -> dict[str, Any]:
        return {"files": self.desk.files}

    @app_tool()
    @event_registered(operation_type=OperationType.READ)
    def read(self, path: str) -> str:
        """
        Read a file.
        :param path: its path
        :returns: its text
        """
        return self.desk.read(path)

    @app_tool()
    @event_registered(operation_type=OperationType.WRITE)
    def write(self, path: str, text: str) -> str:
        """
        Write a file.
        :param path: its path
        :param text: its text
        :returns: that it was written
        """
        return self.desk.write(path, text)

    @app_tool()
    @event_registered(operation_type=OperationType.READ)
    def query(self, sql: str) -> str:
        """
        Run a statement.
        :param sql: the statement
        :returns: rows
        """
        return self.desk.query(sql)


class Session:
    """An environment with one app, whose tools are called as its agents call them."""

    async def connect(self) -> None:
        self._app = DeskApp()
        self._environment = Environment(EnvironmentConfig(verbose=False))
        self._environment.register_apps([self._app])
        self._tools = {tool.name.rpartition("__")[2]: tool for tool in self._environment.get_tools()}

    async def reset(self) -> None:
        self._environment.reset_app_states()

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        return str(self._tools[tool](**arguments))

    async def close(self) -> None:
        self._app.desk.close()


@asynccontextmanager
async def opened() -> AsyncIterator[Player]:
    """All happens in this process."""
    yield Player(os.getpid(), lambda tag: Session())


if __name__ == "__main__":
    asyncio.run(obey(opened()))
