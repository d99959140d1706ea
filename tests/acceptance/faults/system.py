"""What Linux lets a case do to a process: pipes that are full, signals that are awaited, rooms of their own."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import threading
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


def what_is_behind(pid: int, descriptor: int) -> str:
    """What a process has open under that number: `pipe`, `socket`, or a path."""
    return str(Path(f"/proc/{pid}/fd/{descriptor}").readlink()).partition(":")[0]


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
def lossy(port: int, share: float) -> Iterator[None]:
    """Of the packets from and to this port on loopback that share is lost. Needs root."""
    rules = [
        ["INPUT", "-p", "tcp", side, str(port), "-m", "statistic", "--mode", "random", "--probability", str(share)]
        for side in ("--dport", "--sport")
    ]
    for rule in rules:
        subprocess.run(["iptables", "-I", *rule, "-j", "DROP"], check=True)
    try:
        yield
    finally:
        for rule in rules:
            subprocess.run(["iptables", "-D", *rule, "-j", "DROP"], check=True)


@contextmanager
def name_server() -> Iterator[str]:
    """A name server that knows `known.example.com`, and is silent about every other name; its address. Needs root."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.99", 53))
        server.settimeout(0.2)
        ended = threading.Event()
        answering = threading.Thread(target=_answer_names, args=(server, ended), daemon=True)
        answering.start()
        yield "127.0.0.99"
        ended.set()
        answering.join()


def _answer_names(server: socket.socket, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            question, asker = server.recvfrom(512)
        except TimeoutError:
            continue
        if question[12:].startswith(b"\x05known\x07example\x03com\x00"):
            server.sendto(_dns_answer(question), asker)


def _dns_answer(question: bytes) -> bytes:
    """127.0.0.1 for A, nothing for whatever else is asked of the name; see RFC 1035, 4.1."""
    end = question.index(b"\x00", 12) + 5
    is_address = question[end - 4 : end - 2] == b"\x00\x01"
    header = question[:2] + b"\x81\x80\x00\x01" + (b"\x00\x01" if is_address else b"\x00\x00") + bytes(4)
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x01" if is_address else b""
    return header + question[12:end] + record
