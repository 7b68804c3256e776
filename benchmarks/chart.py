"""Draw what `python -m benchmarks peers --json` found.

    python -m benchmarks.chart < FOUND > docs/explanation/peers.svg

A bar per framework, longest last: CPU time of an episode of ten calls, the server's part first; a line from the
lowest to the highest round.
"""

import json
import sys
from dataclasses import dataclass
from html import escape
from typing import Any, Final

WIDTH, LEFT, RIGHT, TOP, STEP, BAR = 880, 250, 120, 96, 34, 18
PREFIX: Final = "ten calls: "
STYLE: Final = """
    text { fill: #1f2328 }
    .title { font-weight: 600; font-size: 16px }
    .small { font-size: 12px; fill: #59636e }
    .name { text-anchor: end }
    .panel { fill: #ffffff }
    .server { fill: #0969da }
    .client { fill: #80ccff }
    .reach { stroke: #1f2328; stroke-width: 1.4 }
    .grid { stroke: #d1d9e0 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .small { fill: #9198a1 }
      .panel { fill: #0d1117 }
      .server { fill: #388bfd }
      .client { fill: #1f4b80 }
      .reach { stroke: #e6edf3 }
      .grid { stroke: #30363d }
    }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One framework's CPU time per episode, in milliseconds."""

    name: str
    whole: float
    server: float
    low: float
    high: float
    beside_floor: float


def bars(rows: list[dict[str, Any]]) -> list[Bar]:
    """The bars of the rows that were measured, shortest first."""
    found = [
        Bar(
            row["name"].removeprefix(PREFIX), row["details"]["cpu_ms"], row["details"]["server_ms"],
            row["details"]["low"], row["details"]["high"], row["ratio"],
        )
        for row in rows
        if row["name"].startswith(PREFIX) and row["details"]
    ]  # fmt: skip
    return sorted(found, key=lambda bar: bar.whole)


def drawn(found: list[Bar]) -> str:
    """The picture as SVG, readable on light and on dark paper."""
    longest = max(bar.high for bar in found)
    scale = (WIDTH - LEFT - RIGHT) / longest
    height = TOP + STEP * len(found) + 40
    lines = [line for at, bar in enumerate(found) for line in _bar(bar, TOP + at * STEP, scale)]
    return "\n".join([_head(height, found), *_grid(longest, scale, height), *lines, "</svg>", ""])


def _head(height: int, found: list[Bar]) -> str:
    said = "; ".join(f"{bar.name} {bar.whole:.1f}" for bar in found)
    family = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" \
aria-labelledby="title description" font-family="{family}" font-size="14">
  <title id="title">CPU time of one episode of ten calls</title>
  <desc id="description">Milliseconds of CPU, server and client: {escape(said)}.</desc>
  <style>{STYLE}  </style>
  <rect class="panel" width="{WIDTH}" height="{height}" rx="12"/>
  <text class="title" x="24" y="34">CPU time of one episode of ten calls, in milliseconds (shorter is better)</text>
  <rect class="server" x="24" y="52" width="12" height="12"/><text class="small" x="42" y="63">server</text>
  <rect class="client" x="96" y="52" width="12" height="12"/><text class="small" x="114" y="63">client, or all \
where it is one process</text>
  <text class="small" x="{WIDTH - 24}" y="63" text-anchor="end">line: lowest to highest round; x: times the bare \
SDK</text>"""


def _grid(longest: float, scale: float, height: int) -> list[str]:
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if longest / size <= 8)
    places = [(value, LEFT + value * scale) for value in range(0, int(longest) + 1, step)]
    return [
        f'  <line class="grid" x1="{x:.1f}" y1="{TOP - 10}" x2="{x:.1f}" y2="{height - 30}"/>'
        f'<text class="small" x="{x:.1f}" y="{height - 12}" text-anchor="middle">{value}</text>'
        for value, x in places
    ]


def _bar(bar: Bar, y: int, scale: float) -> list[str]:
    middle = y + BAR / 2
    server, client = bar.server * scale, max(bar.whole - bar.server, 0) * scale
    low, high = LEFT + bar.low * scale, LEFT + bar.high * scale
    return [
        f'  <text class="name" x="{LEFT - 12}" y="{middle + 5}">{escape(bar.name)}</text>',
        f'  <rect class="server" x="{LEFT}" y="{y}" width="{server:.1f}" height="{BAR}"/>'
        f'<rect class="client" x="{LEFT + server:.1f}" y="{y}" width="{client:.1f}" height="{BAR}"/>',
        f'  <line class="reach" x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}"/>',
        f'  <text x="{max(high, LEFT + server + client) + 10:.1f}" y="{middle + 5}">{bar.whole:.1f}'
        f'<tspan class="small" dx="6">{bar.beside_floor:.2f}x</tspan></text>',
    ]


if __name__ == "__main__":
    print(drawn(bars(json.load(sys.stdin))), end="")
