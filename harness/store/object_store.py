"""An object store, or any other place that fsspec knows, by URL: files in, files out, each tried a few times."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from harness.errors import HarnessError

T = TypeVar("T")
_WAITS_S: Final = (0.2, 1.0)
"""Pauses before what failed is tried again; then it has failed."""
_FINAL: Final = (FileNotFoundError, PermissionError, NotImplementedError)
"""What is no better a moment later."""
_PATIENCE: Final[dict[str, dict[str, Any]]] = {
    "s3": {"config_kwargs": {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 1}}}
}
"""By protocol: what keeps its library from waiting for minutes by itself."""


class StoreError(HarnessError):
    """An object store that cannot be had, or that does not do what it is asked for."""

    code = "store"


class Entry(NamedTuple):
    """A file in the store."""

    size: int
    mark: str
    """Another one for other content, as far as the store tells."""


def is_url(name: str) -> bool:
    """Whether a name is meant as the URL of a store, as `s3://bucket/run`."""
    return "://" in name


class ObjectStore:
    """Files below one URL. Credentials come from where the store's own tools take them, never from the URL."""

    def __init__(self, url: str) -> None:
        """Raises StoreError where the URL or the library for it is not to be had."""
        self.url = url.rstrip("/")
        if urlsplit(url).password is not None:
            raise StoreError("a store's URL must not hold a password", hint="let the environment hold it")
        self._fs, self._root = _opened(self.url)
        self._is_local = "file" in _protocols(self._fs)

    def listing(self) -> dict[str, Entry]:
        """All files by name. Raises StoreError."""
        self._fs.invalidate_cache()
        found: dict[str, dict[str, Any]] = self._tried(
            "list", lambda: self._fs.find(self._root, detail=True), missing={}
        )
        start = len(self._root.rstrip("/")) + 1
        return {path[start:]: Entry(int(told.get("size") or 0), _mark(told)) for path, told in found.items()}

    def read(self, name: str) -> bytes | None:
        """The content of a file; None where there is none. Raises StoreError."""
        content: bytes | None = self._tried("read", lambda: self._fs.cat_file(self._path(name)), missing=None)
        return content

    def put(self, file: Path, name: str) -> None:
        """Send a file, whole or not at all. Raises StoreError."""
        self._tried(f"take {name}", lambda: self._put(str(file), self._path(name)))

    def get(self, name: str, file: Path) -> None:
        """Fetch a file, whole or not at all. Raises StoreError and OSError."""
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{file.name}.partial")
        self._tried(f"give {name}", lambda: self._fs.get_file(self._path(name), str(partial)))
        partial.replace(file)

    def remove(self, name: str) -> None:
        """Remove a file. Raises StoreError."""
        self._tried(f"remove {name}", lambda: self._fs.rm_file(self._path(name)), missing=None)

    def _put(self, file: str, path: str) -> None:
        if not self._is_local:  # a store shows an object when all of it is there
            self._fs.put_file(file, path)
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._fs.put_file(file, f"{path}.partial")
        Path(f"{path}.partial").replace(path)

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _tried(self, what: str, action: Callable[[], T], **missing: T) -> T:
        """Do something, again after a pause where it failed; `missing` is the answer where a file is not there."""
        for wait_s in (*_WAITS_S, None):
            try:
                return action()
            except FileNotFoundError as error:
                if "missing" in missing:
                    return missing["missing"]
                raise self._failed(what, error) from None
            except Exception as error:  # every store's library has errors of its own
                if wait_s is None or isinstance(error, _FINAL):
                    raise self._failed(what, error) from None
                threading.Event().wait(wait_s)
        raise AssertionError("the last try returns or raises")

    def _failed(self, what: str, error: Exception) -> StoreError:
        words = " ".join(str(error).split()) or type(error).__name__
        return StoreError(f"{self.url} does not {what}: {words[:300]}")


def _opened(url: str) -> tuple[Any, str]:
    protocol = urlsplit(url).scheme
    try:
        import fsspec  # an extra
        from fsspec.core import url_to_fs
    except ImportError:
        raise StoreError(f"{url} needs fsspec", hint="pip install 'soundstage[store]'") from None
    try:
        fs, root = url_to_fs(url, **_PATIENCE.get(protocol, {}))
    except ImportError as error:
        extra = "s3" if protocol == "s3" else "store"
        hint = f"pip install 'soundstage[{extra}]', or the library that is named"
        raise StoreError(f"{url} cannot be opened: {error}", hint=hint) from None
    except Exception as error:  # every store's library has errors of its own
        known = ", ".join(sorted({"file", "memory", "s3", "gs", "az"} & set(fsspec.available_protocols())))
        raise StoreError(f"{url} cannot be opened: {error}", hint=f"such URLs begin with {known}, ...") from None
    return fs, str(root)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


def _mark(told: dict[str, Any]) -> str:
    """What a store tells of a file that another content would change."""
    return next((str(told[name]) for name in ("ETag", "etag", "md5Hash", "mtime", "created") if told.get(name)), "")
