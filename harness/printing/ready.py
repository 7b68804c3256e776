"""What `soundstage serve` says once everything is open."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox_server.serving.serving import Ready
from sandbox_server.web import Service


def ready_line(ready: Ready, task: str | None) -> dict[str, Any]:
    """Everything for programs, in one object."""
    line: dict[str, Any] = {
        "episode": ready.episode,
        "servers": dict(ready.servers),
        "admin": ready.admin,
        "token": ready.admin_token,
        "digest": ready.digest,
    }
    if ready.services:
        line["services"] = {name: each.to_json() for name, each in ready.services.items()}
    if ready.actors:
        line["actors"] = {name: dict(urls) for name, urls in ready.actors.items()}
    return {**line, "task": task} if task is not None else line


def ready_text(ready: Ready, title: str, task: str | None) -> str:
    """Everything for people: what to paste where, and what to try."""
    parts = [f"{title} is on stage. Point your agent at it:", ""]
    parts += [f"  {name:<12} {url}" for name, url in ready.servers.items()]
    if ready.services:
        parts += ["", "By plain HTTP:", "", *(_service(name, each) for name, each in ready.services.items())]
    for actor, urls in ready.actors.items():
        parts += ["", f"As {actor}:", *(f"  {name:<12} {url}" for name, url in urls.items())]
    parts += ["", "Or paste this into its configuration:", "", json.dumps(client_block(ready.servers), indent=2)]
    if task is not None:
        parts += ["", "The task:", "", *(f"  {line}" for line in task.strip().splitlines())]
    parts += [
        "",
        f"Admin API    {ready.admin}/admin/v1",
        f"Admin token  {ready.admin_token}",
        "Reset it with `soundstage reset`, or with:",
        "",
        f'  curl -X POST -H "Authorization: Bearer {ready.admin_token}" {ready.admin}/admin/v1/reset',
        "",
        "Calls appear below. Ctrl-C stops.",
        "",
    ]
    return "\n".join(parts)


def _service(name: str, service: Service) -> str:
    key = f"   (key: {service.key})" if service.key else ""
    return f"  {name:<12} {service.url}{key}"


def client_block(servers: Mapping[str, str]) -> dict[str, Any]:
    """The `mcpServers` block that most clients understand."""
    return {"mcpServers": {name: {"type": "http", "url": url} for name, url in servers.items()}}
