"""The bare limits, each in a process of its own: `python -m tests.benchmarks.limits NAME URL COUNT CONCURRENCY`.

`client` is httpx over the transport that the daemon uses, `own` the daemon's own HTTP room, `raw` bytes on sockets
(which shows what the receiver can take), `timer` the event loop's timer with no HTTP at all.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
from httpx_aiohttp import AiohttpTransport

from alerter.channels.http import Answer, Http
from tests.benchmarks.figures import percentile
from tests.benchmarks.rivals.wanted import body_of

One = Callable[[int], Awaitable[None]]
TIMER_SPAN = 5.0


async def client(url: str, count: int, concurrency: int) -> dict[str, float]:
    """Httpx over aiohttp's transport."""
    async with httpx.AsyncClient(transport=AiohttpTransport(), timeout=30) as http:

        async def one(number: int) -> None:
            headers = {"webhook-id": f"n{number}"}
            (await http.post(url, content=body_of(f"n{number}"), headers=headers)).raise_for_status()

        return await _fan(one, count, concurrency)


async def own(url: str, count: int, concurrency: int) -> dict[str, float]:
    """What the daemon sends through."""
    http = Http()
    await http.open()

    async def one(number: int) -> None:
        answer = await http.post(url, {"webhook-id": f"n{number}"}, body_of(f"n{number}"))
        assert isinstance(answer, Answer), answer

    try:
        return await _fan(one, count, concurrency)
    finally:
        await http.close()


async def raw(url: str, count: int, concurrency: int) -> dict[str, float]:
    """Bytes on sockets: how much the receiver can take."""
    address = httpx.URL(url)
    free = [await asyncio.open_connection(address.host, address.port or 80) for _ in range(concurrency)]
    body = body_of("n")
    head = f"POST {address.path} HTTP/1.1\r\nhost: {address.host}\r\ncontent-length: {len(body)}\r\nwebhook-id: "

    async def one(number: int) -> None:
        reader, writer = free.pop()
        writer.write(f"{head}n{number}\r\n\r\n".encode() + body)
        await reader.readuntil(b"ok")
        free.append((reader, writer))

    return await _fan(one, count, concurrency)


async def timer(_url: str, count: int, _concurrency: int) -> dict[str, float]:
    """How late the loop's own timer is, at random instants of five seconds."""
    loop, late = asyncio.get_running_loop(), list[float]()
    begins_at, chance = loop.time() + 0.1, random.Random(1)
    instants = [begins_at + chance.random() * TIMER_SPAN for _ in range(count)]

    def note(at: float) -> None:
        late.append((loop.time() - at) * 1000)

    for at in instants:
        loop.call_at(at, note, at)
    await asyncio.sleep(max(instants) - loop.time() + 0.1)
    return {"p50 ms": percentile(late, 50), "p99 ms": percentile(late, 99)}


async def _fan(one: One, count: int, concurrency: int) -> dict[str, float]:
    """So many, never more at once than there are connections."""
    await _run(one, 2 * concurrency, concurrency)  # connects
    wall, cpu = time.perf_counter(), time.process_time()
    await _run(one, count, concurrency)
    return {"rate /s": count / (time.perf_counter() - wall), "CPU s": time.process_time() - cpu}


async def _run(one: One, count: int, concurrency: int) -> None:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(work() for _ in range(concurrency)))


LIMITS = {"client": client, "own": own, "raw": raw, "timer": timer}

if __name__ == "__main__":
    done = asyncio.run(LIMITS[sys.argv[1]](sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
    print(json.dumps(done))  # noqa: T201 - its answer
