"""One self-contained page: templates, our own style and script, a policy that lets nothing else in."""

import base64
import hashlib
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.printing.inert import inert

STYLES: Final = ("colours.css", "page.css", "tables.css", "timeline.css", "print.css")
SCRIPTS: Final = ("blocks.js", "elements.js", "address.js", "table.js", "step.js", "ending.js", "episode.js", "keys.js",
                  "start.js")  # fmt: skip


def script() -> str:
    """All of the page's script, as one."""
    body = "\n".join(_static(name) for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{body}\n}})();\n'


def style() -> str:
    """All of the page's style."""
    return "\n".join(map(_static, STYLES))


def policy() -> str:
    """What the page may do: run our script and wear our style, by their hashes, and nothing else."""
    return (
        f"default-src 'none'; script-src {_hash(script())}; style-src {_hash(style())}; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def rendered(name: str, **values: Any) -> str:
    """A template filled in. Texts are escaped, and what would turn or hide writing is made visible."""
    environment = Environment(
        loader=PackageLoader("harness.reporting"), autoescape=True, undefined=StrictUndefined, finalize=_harmless,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"percent": _percent, "address": address, "grouped": "{:,}".format}
    environment.globals |= {"style": Markup(style()), "policy": policy()}
    return environment.get_template(name).render(**values)


def address(values: dict[str, Any]) -> str:
    """The part of an address that makes the page show something: `#scenario=...&arm=...`."""
    return "#" + "&".join(f"{name}={quote(inert(str(value)), safe='')}" for name, value in values.items())


def _harmless(value: Any) -> Any:
    return inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _static(name: str) -> str:
    return files("harness.reporting").joinpath("static", name).read_text(encoding="utf-8")
