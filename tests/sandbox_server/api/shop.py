"""A small service with the real engine behind it."""

from pathlib import Path

from sandbox_server.presentation import Presentation, present
from worlds.worldfile import read_world

HERE = Path(__file__).parent
WORLD = """\
soundstage: 1
world: shop
clock: 2026-03-02T09:00:00Z
servers:
  billing:
    kind: api
    spec: billing.yaml
    data:
      charges:
        - {id: ch_1, amount: 500, currency: eur, status: paid}
        - {id: ch_2, amount: 900, currency: usd, status: failed}
    keys: {sk_live_1: {name: agent}}
    convention: CONVENTION
    rules:
      idempotency: {}
"""


def shop(folder: Path, convention: str = "openapi", more: str = "") -> Presentation:
    """The service, in the manner of a convention; `more` are further lines of its rules."""
    (folder / "billing.yaml").write_text((HERE / "billing.yaml").read_text())
    (folder / "world.yaml").write_text(WORLD.replace("CONVENTION", convention) + more)
    return present(read_world(str(folder)))
