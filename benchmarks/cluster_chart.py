"""Draw what `python -m benchmarks scale --json` found of a run's driver, beside what nodes could play.

    python -m benchmarks.cluster_chart < FOUND > docs/explanation/scale.svg

Both axes are logarithmic: nodes of eight actors to the right, episodes of a minute that end in a second upwards.
"""

import json
import math
import sys
from typing import Any, Final, NamedTuple

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 330, 80, 720, 40, 270
ACTORS_A_NODE, EPISODE_SECONDS, AT_ONCE_MAX, NODES_MAX = 8, 60, 1_000, 1_000
LOW, HIGH = 0.1, 1_000
STYLE: Final = """
    text { fill: #1f2328 }
    .loose { fill: #6e7781 }
    .grid { stroke: #d0d7de }
    .nodes { fill: none; stroke: #0969da; stroke-width: 2; stroke-dasharray: 5 4 }
    .run { fill: none; stroke: #1a7f37; stroke-width: 3 }
    .limit { stroke: #bc4c00; stroke-width: 1.5 }
    .panel { fill: #ffffff }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .loose { fill: #9198a1 }
      .grid { stroke: #30363d }
      .nodes { stroke: #58a6ff }
      .run { stroke: #3fb950 }
      .limit { stroke: #db6d28 }
      .panel { fill: #0d1117 }
    }
"""


class Driver(NamedTuple):
    """How many episodes one driver takes in a second."""

    of_cpu: float
    of_wall: float


def driver(rows: list[dict[str, Any]]) -> Driver:
    """The row that was measured of it."""
    details = next(row["details"] for row in rows if row["name"].startswith("driver: CPU"))
    return Driver(details["a_second_of_cpu"], details["a_second_of_wall"])


def drawn(found: Driver) -> str:
    """The picture as SVG, readable on light and on dark paper."""
    return "\n".join([_head(found), *_grid(), *_limits(found), *_lines(), "</svg>", ""])


def rate(nodes: float) -> float:
    """Episodes a second that so many nodes could play."""
    return nodes * ACTORS_A_NODE / EPISODE_SECONDS


def _x(nodes: float) -> float:
    return LEFT + (RIGHT - LEFT) * math.log10(nodes) / math.log10(NODES_MAX)


def _y(a_second: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * math.log(a_second / LOW) / math.log(HIGH / LOW)


def _head(found: Driver) -> str:
    family = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
    most = AT_ONCE_MAX / EPISODE_SECONDS
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" \
aria-labelledby="title description" font-family="{family}" font-size="12">
  <title id="title">Episodes a second by the number of nodes</title>
  <desc id="description">Eight actors a node, episodes of a minute: what nodes could play grows from {rate(1):.2f} a \
second at one node to {rate(NODES_MAX):.0f} at a thousand. One run stops at {most:.0f} a second, with \
{AT_ONCE_MAX // ACTORS_A_NODE} nodes; eight shards reach {rate(NODES_MAX):.0f}. One driver takes {found.of_cpu:.0f} a \
second of CPU and took {found.of_wall:.0f} by the clock.</desc>
  <style>{STYLE}  </style>
  <rect class="panel" width="{WIDTH}" height="{HEIGHT}" rx="12"/>
  <text x="72" y="22">episodes a second</text>"""


def _grid() -> list[str]:
    levels = [
        f'  <line class="grid" x1="{LEFT}" y1="{_y(value):.1f}" x2="{RIGHT}" y2="{_y(value):.1f}"/>'
        f'<text class="loose" x="{LEFT - 8}" y="{_y(value) + 4:.1f}" text-anchor="end">{value:,}</text>'
        for value in (0.1, 1, 10, 100, 1000)
    ]
    nodes = [
        f'  <text class="loose" x="{_x(value):.1f}" y="{BOTTOM + 20}" text-anchor="middle">{value:,}</text>'
        for value in (1, 10, 100, 1000)
    ]
    legend = f"nodes of {ACTORS_A_NODE} actors, episodes of a minute"
    middle = (LEFT + RIGHT) / 2
    return [
        *levels,
        *nodes,
        f'  <text class="loose" x="{middle}" y="{HEIGHT - 18}" text-anchor="middle">{legend}</text>',
    ]


def _limits(found: Driver) -> list[str]:
    """A line for what the driver takes; names stand above the higher and below the lower one."""
    told = (("by CPU time", found.of_cpu, -5), ("by the clock", found.of_wall, 15))
    return [
        f'  <line class="limit" x1="{LEFT}" y1="{_y(value):.1f}" x2="{RIGHT}" y2="{_y(value):.1f}"/>'
        f'<text x="{LEFT + 8}" y="{_y(value) + shift:.1f}">one driver {name}: {value:.0f}</text>'
        for name, value, shift in told
    ]


def _lines() -> list[str]:
    full, most = AT_ONCE_MAX / ACTORS_A_NODE, AT_ONCE_MAX / EPISODE_SECONDS
    begin, end = f"M{_x(1):.1f} {_y(rate(1)):.1f}", f"L{_x(NODES_MAX):.1f} {_y(rate(NODES_MAX)):.1f}"
    level, said = f"{_y(most):.1f}", f"one run, {AT_ONCE_MAX:,} in flight: {most:.0f}"
    return [
        f'  <path class="nodes" d="{begin} {end}"/>',
        f'  <path class="run" d="{begin} L{_x(full):.1f} {level} L{RIGHT} {level}"/>',
        f'  <text x="{RIGHT}" y="{_y(most) + 18:.1f}" text-anchor="end">{said}</text>',
        f'  <text x="{_x(full) - 68:.1f}" y="{_y(most) + 4:.1f}" text-anchor="end">'
        f"what nodes could play, eight shards: up to {rate(NODES_MAX):.0f}</text>",
    ]


if __name__ == "__main__":
    print(drawn(driver(json.load(sys.stdin))), end="")
