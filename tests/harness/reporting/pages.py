"""Reports as tests look at them: the data inside of a file, and a page in a browser that may not complain."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Dialog, Page

PATIENCE_MS: Final = 120_000
"""Only what hangs takes so long."""
_BLOCK = re.compile(r'<script type="application/octet-stream" id="([a-z]+-?)(\d*)">([^<]*)</script>')


@dataclass(frozen=True)
class Contents:
    """The data inside of a report."""

    index: Any
    timelines: list[Any]
    texts: list[str]

    def timeline(self, key: str) -> Any:
        """The timeline of an episode, its texts put in."""
        row = next(row for row in self.index["rows"] if row[0] == key)
        return None if row[12] is None else self._whole(self.timelines[row[12]])

    def _whole(self, value: Any) -> Any:
        if isinstance(value, dict):
            if list(value) == ["t"]:
                return self.texts[value["t"]]
            return {key: self._whole(item) for key, item in value.items()}
        return [self._whole(item) for item in value] if isinstance(value, list) else value


def contents(path: Path) -> Contents:
    """What a report holds."""
    found: dict[str, list[Any]] = {"index": [], "episodes-": [], "texts-": []}
    for name, _, body in _BLOCK.findall(path.read_text(encoding="utf-8")):
        value = json.loads(gzip.decompress(base64.b64decode(body)))
        found[name].extend([value] if name == "index" else value)
    return Contents(found["index"][0], found["episodes-"], found["texts-"])


@dataclass
class Watched:
    """A report in a browser, and all that a quiet page does not do."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str = "") -> Page:
        """Show an address of the report, and wait until it is there."""
        self.page.goto("about:blank")
        self.page.goto(self.url + address)
        self.page.wait_for_selector("html[data-ready]")
        return self.page

    @property
    def keys(self) -> list[str]:
        """The episodes in the table, in its order."""
        rows = self.page.locator(".episodes tbody tr").evaluate_all("rows => rows.map(row => row.dataset.key || '')")
        return [str(key) for key in rows if key]


@contextmanager
def watched(browser: Browser, path: Path, **settings: Any) -> Iterator[Watched]:
    """A report in a page of its own. Fails where it asked for anything, or logged or broke anything."""
    context = browser.new_context(**settings)
    context.add_init_script(
        "addEventListener('securitypolicyviolation', event => console.error(`policy: ${event.violatedDirective}`))"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    found = Watched(page, path.resolve().as_uri())
    page.on("console", lambda message: found.complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: found.complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: _refuse(found, dialog))
    page.on("request", lambda request: _note(found, request.url))
    try:
        yield found
        assert found.complaints == []
    finally:
        context.close()


def _refuse(found: Watched, dialog: Dialog) -> None:
    found.complaints.append(f"dialog: {dialog.message}")
    dialog.dismiss()


def _note(found: Watched, url: str) -> None:
    """Anything but the file itself and pictures inside of it is a request too many."""
    if not url.startswith(("about:", "data:")) and url.partition("#")[0] != found.url:
        found.complaints.append(f"request: {url[:200]}")
