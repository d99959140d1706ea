"""Kills a running daemon at a chosen system call, counted from the moment at which strace joins it.

strace delivers SIGKILL on entering the n-th call of a kind, so that the call itself is not made. It counts
for each thread; calls of the loop's thread are counted in that thread alone.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.waiting import until

OF_THE_LOOP = frozenset({"connect", "sendto", "sendmsg", "recvfrom", "recvmsg"})
LEAVES_WITHIN = 5.0  # seconds for strace to let go of a process
OPEN_STATES = ("01", "08")  # established, and closed by the other side alone; see proc_net_tcp


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The `number`-th call of that kind, from 1."""

    call: str
    number: int

    @property
    def options(self) -> tuple[str, ...]:
        """What strace is told, to kill there and to stay silent."""
        threads = () if self.call in OF_THE_LOOP else ("-f",)
        inject = f"inject={self.call}:signal=SIGKILL:when={self.number}"
        return (*threads, "-qq", "-o", os.devnull, "-e", f"trace={self.call}", "-e", inject)

    @property
    def under(self) -> tuple[str, ...]:
        """What a daemon is started under, to be killed there; it is no child of strace, so its exit code is its own."""
        return ("strace", "-D", *self.options)


@asynccontextmanager
async def armed(pid: int, point: Point) -> AsyncIterator[None]:
    """Within this context the process dies at that point."""
    async with _joined(pid, point.options):
        yield


@asynccontextmanager
async def failing(pid: int, calls: str, error: str, *, when: str, output: Path) -> AsyncIterator[None]:
    """Within this context such calls fail with that error: the `when`-th of each thread, `3+` from the third on.

    All of them go to that file; see `failed_in`.
    """
    inject = f"inject={calls}:error={error}:when={when}"
    async with _joined(pid, ("-f", "-qq", "-o", str(output), "-e", f"trace={calls}", "-e", inject)):
        yield


def failed_in(output: Path) -> int:
    """How many of the calls in such a file were made to fail."""
    return output.read_text().count("(INJECTED)")


@asynccontextmanager
async def traced(pid: int, call: str, output: Path) -> AsyncIterator[None]:
    """Within this context such calls of the loop's thread go to that file."""
    async with _joined(pid, ("-qq", "-o", str(output), "-e", f"trace={call}")):
        yield


def calls_in(output: Path, call: str) -> list[str]:
    """The calls of that kind in such a file, one a line."""
    return [line for line in output.read_text().splitlines() if line.startswith(f"{call}(")]


def traced_start(*calls: str, output: Path) -> tuple[str, ...]:
    """What a daemon is started under for all its calls of these kinds to go to that file."""
    return ("strace", "-D", "-f", "-qq", "-o", str(output), "-e", f"trace={','.join(calls)}")


@asynccontextmanager
async def _joined(pid: int, options: tuple[str, ...]) -> AsyncIterator[None]:
    command = ("strace", *options, "-p", str(pid))
    tracer = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    try:
        await until(lambda: tracer.returncode is not None or _is_traced(pid), "strace to join")
        assert tracer.returncode is None, "strace cannot join the process"
        yield
    finally:
        if tracer.returncode is None:
            tracer.terminate()
        try:
            async with asyncio.timeout(LEAVES_WITHIN):
                await tracer.wait()
        except TimeoutError:  # it waits for ever to leave a process that dies in that moment
            tracer.kill()
            await tracer.wait()


def _is_traced(pid: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()


async def until_unconnected(port: int) -> None:
    """Wait until the server on that port of 127.0.0.1 has read all that a dead process had sent to it."""
    await until(lambda: not _has_connections(port), f"no connection to {port}")


def _has_connections(port: int) -> bool:
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(fields[1].endswith(f":{port:04X}") and fields[3] in OPEN_STATES for fields in map(str.split, lines))
