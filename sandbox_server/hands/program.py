"""Run commands on trees of files for whoever listens at a socket, one after the other.

    python3 -I -S - SOCKET < this file

It is process 1 of a container without a network and uses nothing but the standard library. A request is a length (8
bytes, big-endian), as many bytes of JSON, and the bytes of the files that it lists. The tree is laid out at its root,
the command runs there, everything that it started is killed, and the answer tells what it wrote to its outputs and what
lies in the tree now. Nothing is left for the command that comes next.
"""

import ctypes
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

FILE_BYTES_MAX = 64 * 1024**2
ALL_BYTES_MAX = 256 * 1024**2
ENTRIES_MAX = 100_000
LINGER_SECONDS = 0.2
SCRATCH = (b"/tmp", b"/dev/shm")
_CHUNK = 65_536
_START_SECONDS_MAX = 30
_SET_DUMPABLE = 4
_ENTERED = 0o700


def main() -> None:
    """Serve one listener for as long as it lives."""
    if os.getpid() != 1:
        sys.exit("this ends every process that it can see, and so has to be the first of its own container")
    ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    with _reached(sys.argv[1]) as door:
        while True:
            job, blobs = _received(door)
            answer, data = _done(job, blobs)
            body = json.dumps(answer).encode()
            door.sendall(struct.pack(">Q", len(body)) + body)
            for blob in data:
                door.sendall(blob)


def _reached(path: str) -> socket.socket:
    """A connection to the socket, which may not be there yet."""
    deadline = time.monotonic() + _START_SECONDS_MAX
    while True:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            door.connect(path)
            return door
        except OSError:
            door.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _received(door: socket.socket) -> tuple[dict[str, Any], list[bytes]]:
    job = json.loads(_exactly(door, struct.unpack(">Q", _exactly(door, 8))[0]))
    return job, [_exactly(door, entry["size"]) for entry in job["entries"] if entry["kind"] == "file"]


def _exactly(door: socket.socket, count: int) -> bytes:
    heard = bytearray()
    while len(heard) < count:
        more = door.recv(min(count - len(heard), 1024 * 1024))
        if not more:
            sys.exit(0)
        heard += more
    return bytes(heard)


def _done(job: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Do one job, and leave nothing of it."""
    root = job["root"].encode()
    try:
        _kill_all()
        _cleared(root)
        laid = _laid_out(root, job["entries"], blobs)
        ended = _run(job, root)
        found, data, outside = _found(root, laid)
    except OSError as error:
        return {"fault": f"{error.strerror or error}: {os.fsdecode(error.filename or b'')}"}, []
    finally:
        with suppress(OSError):
            _cleared(root)
    out, err = ended.pop("out"), ended.pop("err")
    answer = {**ended, "out": len(out), "err": len(err), "entries": found, "outside": outside}
    return answer, [out, err, *data]


def _cleared(root: bytes) -> None:
    """Empty every place that a command can write."""
    for folder in (root, *SCRATCH):
        with suppress(FileNotFoundError):
            for name in os.listdir(folder):
                _remove(os.path.join(folder, name))


def _remove(path: bytes) -> None:
    """Remove whatever lies at a path, without regard to modes."""
    if not os.path.isdir(path) or os.path.islink(path):
        os.unlink(path)
        return
    with suppress(OSError):
        os.chmod(path, _ENTERED)
    for place, folders, _ in os.walk(path):
        for name in folders:
            inner = os.path.join(place, name)
            if not os.path.islink(inner):
                with suppress(OSError):
                    os.chmod(inner, _ENTERED)
    shutil.rmtree(path)


def _laid_out(root: bytes, entries: list[dict[str, Any]], blobs: list[bytes]) -> dict[bytes, tuple[int, ...]]:
    """Lay a tree out (folders come before what they hold); what tells whether an entry is touched, by path."""
    data = iter(blobs)
    for entry in entries:
        path = _at(root, entry["path"])
        if entry["kind"] == "dir":
            if entry["path"]:
                os.mkdir(path, _ENTERED)
        elif entry["kind"] == "link":
            os.symlink(entry["target"].encode(), path)
        else:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(next(data))
    for entry in reversed(entries):
        path = _at(root, entry["path"])
        if entry["kind"] != "link":
            os.chmod(path, entry["mode"])
        with suppress(OSError):
            os.utime(path, ns=(entry["mtime_ns"], entry["mtime_ns"]), follow_symlinks=False)
    return {entry["path"].encode(): _stamp(os.lstat(_at(root, entry["path"]))) for entry in entries}


def _at(root: bytes, path: str) -> bytes:
    return os.path.join(root, path.encode()) if path else root


def _stamp(about: os.stat_result) -> tuple[int, ...]:
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns


def _run(job: dict[str, Any], root: bytes) -> dict[str, Any]:
    """Run the command; it and all that it started are dead afterwards."""
    environment = {
        "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"), "HOME": "/tmp", "USER": "user",
        "LOGNAME": "user", "SHELL": "/bin/sh", "LANG": "C.UTF-8", "TERM": "dumb",
    }  # fmt: skip
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", job["command"]], cwd=job["cwd"].encode(), env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=_made_light,
        )  # fmt: skip
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        nothing = {"late": False, "cut": [False, False], "out": b"", "err": b""}
        return {"exit": None, "refused": f"{error.strerror}: {job['cwd']}", **nothing}
    with process:
        kept_max = job["output_max"]
        outputs, late = _heard(process, job["seconds"], kept_max + 1)  # one byte more tells that there was more
        _kill_all(process)
    out, err = (bytes(each[:kept_max]) for each in outputs)
    cut = [len(each) > kept_max for each in outputs]
    return {"exit": process.returncode, "late": late, "cut": cut, "out": out, "err": err}


def _made_light() -> None:
    """When memory runs out, this goes before anybody else."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _heard(process: "subprocess.Popen[bytes]", seconds: float, kept_max: int) -> tuple[list[bytearray], bool]:
    """The beginnings of both outputs, and whether the command had to be stopped."""
    deadline, kept = time.monotonic() + seconds, [bytearray(), bytearray()]
    with selectors.DefaultSelector() as selector:
        for number, stream in enumerate((process.stdout, process.stderr)):
            selector.register(stream, selectors.EVENT_READ, number)  # type: ignore[arg-type]
        while selector.get_map():
            for key, _ in selector.select(0.02):
                data = os.read(key.fd, _CHUNK)
                if not data:
                    selector.unregister(key.fileobj)
                kept[key.data] += data[: max(0, kept_max - len(kept[key.data]))]
            now = time.monotonic()
            if now > deadline:
                return kept, process.poll() is None
            if process.poll() is not None:  # what holds the outputs open now is in the background
                deadline = min(deadline, now + LINGER_SECONDS)
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, deadline - time.monotonic()))
    return kept, process.poll() is None


def _kill_all(process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Kill every process but this one, until nobody is left."""
    while True:
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        if process is not None:
            process.wait()
            process = None
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _found(root: bytes, laid: dict[bytes, tuple[int, ...]]) -> tuple[list[dict[str, Any]], list[bytes], dict[str, str]]:
    """What lies in the tree, the bytes of files that may be new, and what no tree can hold."""
    entries: list[dict[str, Any]] = []
    data: list[bytes] = []
    outside: dict[str, str] = {}
    total = 0
    for path, about in _walked(root, outside):
        entry = _entry(path, about, os.path.join(root, path))
        if entry is None:
            outside[_shown(path)] = "neither a file nor a folder nor a link, or not Unicode"
            continue
        if entry["kind"] == "file":
            entry["untouched"] = laid.get(path) == _stamp(about)
            if not entry["untouched"]:
                total += about.st_size
                if about.st_size > FILE_BYTES_MAX or total > ALL_BYTES_MAX:
                    total -= about.st_size
                    outside[_shown(path)] = f"too large ({about.st_size} bytes)"
                    continue
                data.append(_content(os.path.join(root, path)))
                entry["size"] = len(data[-1])
        entries.append(entry)
    return entries, data, outside


def _walked(root: bytes, outside: dict[str, str]) -> Iterator[tuple[bytes, os.stat_result]]:
    waiting, count = [b""], 0
    while waiting:
        path = waiting.pop()
        about = os.lstat(os.path.join(root, path) if path else root)
        yield path, about
        if not stat.S_ISDIR(about.st_mode):
            continue
        whole = os.path.join(root, path) if path else root
        if about.st_mode & _ENTERED != _ENTERED:
            os.chmod(whole, _ENTERED)
        names = sorted(os.listdir(whole))
        count += len(names)
        if count > ENTRIES_MAX:
            outside[""] = f"more than {ENTRIES_MAX} entries"
            return
        waiting += [os.path.join(path, name) for name in names]


def _entry(path: bytes, about: os.stat_result, whole: bytes) -> "dict[str, Any] | None":
    try:
        entry: dict[str, Any] = {"path": path.decode(), "mode": stat.S_IMODE(about.st_mode) & 0o777}
        if stat.S_ISLNK(about.st_mode):
            return {**entry, "kind": "link", "target": os.readlink(whole).decode()}
    except UnicodeDecodeError:
        return None
    kinds = {stat.S_IFDIR: "dir", stat.S_IFREG: "file"}
    kind = kinds.get(stat.S_IFMT(about.st_mode))
    return {**entry, "kind": kind, "size": 0} if kind else None


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _content(path: bytes) -> bytes:
    """The bytes of a file, whatever its mode says."""
    if not os.access(path, os.R_OK):
        os.chmod(path, 0o600)
    with open(path, "rb") as file:
        return file.read(FILE_BYTES_MAX)


if __name__ == "__main__":
    main()
