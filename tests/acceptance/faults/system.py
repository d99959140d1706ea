"""What Linux lets a case do to a process: pipes that are full, signals that are awaited, rooms of their own."""

from __future__ import annotations

import os
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AS_PROCESS_ONE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def in_own_mounts(script: str) -> tuple[str, ...]:
    """Run what follows after this shell script, in a room where its mounts are seen by nobody else. Needs root."""
    return ("unshare", "--mount", "--fork", "--kill-child", "sh", "-ec", f'{script}\nexec "$@"', "sh")


def heeds(pid: int, number: int) -> bool:
    """Whether the process has a handler of its own for the signal."""
    return bool(int(read_status(pid, "SigCgt"), 16) >> (number - 1) & 1)


def umask_of(pid: int) -> int:
    """The umask of a process."""
    return int(read_status(pid, "Umask"), 8)


def resident_bytes(pid: int) -> int:
    """How much memory it holds."""
    return int(read_status(pid, "VmRSS").split()[0]) * 1024


def descriptor_count(pid: int) -> int:
    """How many files, pipes and sockets it has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def mode_of(path: Path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def read_status(pid: int, field: str) -> str:
    """A field of what the system says of a process."""
    found = re.search(rf"(?m)^{field}:\s+(.*)$", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return found[1]


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of a pipe in which not one more byte has room."""
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        while _put(writing, b"." * 4096) or _put(writing, b"."):
            pass
        os.set_blocking(writing, True)
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


@contextmanager
def full_disk() -> Iterator[int]:
    """A file on a disk that has no room left, open for writing."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _put(descriptor: int, piece: bytes) -> int:
    try:
        return os.write(descriptor, piece)
    except BlockingIOError:
        return 0


@contextmanager
def silent_name_server() -> Iterator[str]:
    """A name server that takes every question and never answers; its address. Needs root."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.99", 53))
        yield "127.0.0.99"
