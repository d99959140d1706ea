"""Messages on standard output, one readable block each.

A reader that has gone or has stopped reading is a failed attempt, never a crash and never a wait of the whole daemon:
writing happens on a thread of its own.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from datetime import timedelta
from typing import Literal, TextIO

from pydantic import Field

from alerter.channels.port import Rendered
from alerter.channels.registry import ChannelType, Context
from alerter.config.channel import ChannelSettings
from alerter.domain.messages.message import Message, unbundled
from alerter.domain.messages.wording import subject, text
from alerter.domain.notices.outcome import Delivered, Outcome, Retry
from alerter.domain.words.spoken_time import moment

LIMIT = timedelta(seconds=5)


class ConsoleSettings(ChannelSettings):
    """Standard output."""

    type: Literal["console"] = Field(description="Writes messages to standard output.")


class ConsoleSender:
    """Writes blocks to `out`, or to whatever standard output is at the time."""

    def __init__(self, name: str, *, out: TextIO | None = None, limit: timedelta = LIMIT) -> None:
        self._name = name
        self._out = out
        self._limit = limit
        self._turn = asyncio.Lock()
        self._writing: asyncio.Future[None] | None = None

    async def open(self) -> None:
        """Nothing to make ready."""

    def render(self, message: Message) -> Rendered:
        """The block: a rule with time and channel, the subject, the text indented."""
        spoken = unbundled(message)
        return Rendered(subject=subject(spoken), text=text(spoken), body=_block(self._name, spoken))

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """Write the block and flush it, after those before it."""
        block = rendered.body or f"{rendered.subject}\n{rendered.text}\n"
        before = self._writing
        try:
            async with asyncio.timeout(self._limit.total_seconds()), self._turn:
                await self._write(block)
        except TimeoutError:
            return Retry(detail="standard output is not being read", is_ambiguous=self._writing is not before)
        except (OSError, ValueError, AttributeError) as error:
            return Retry(detail=f"standard output cannot be written ({type(error).__name__})")
        return Delivered(detail="written to standard output")

    async def _write(self, block: str) -> None:
        if self._writing is not None:
            await asyncio.wait({self._writing})
        self._writing = _on_thread(self._out or sys.stdout, block)
        await asyncio.shield(self._writing)

    async def close(self) -> None:
        """Nothing to let go of."""


def _block(name: str, message: Message) -> str:
    body = "\n".join(f"  {line}".rstrip() for line in text(message).split("\n"))
    return f"--- {moment(message.now, message.zone)} · {name}\n{subject(message)}\n{body}\n\n"


def _write(out: TextIO, block: str) -> None:
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(block.encode(encoding, "backslashreplace").decode(encoding))
    out.flush()


def _on_thread(out: TextIO, block: str) -> asyncio.Future[None]:
    # A daemon thread, not an executor: one stuck on a full pipe must not keep the process from ending.
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    done.add_done_callback(lambda future: future.cancelled() or future.exception())

    def settle(error: Exception | None) -> None:
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def work() -> None:
        error = None
        try:
            _write(out, block)
        except Exception as caught:  # noqa: BLE001 - carried over to the waiting attempt
            error = caught
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=work, name="console", daemon=True).start()
    return done


def _build(settings: ConsoleSettings, name: str, context: Context) -> ConsoleSender:
    return ConsoleSender(name, out=context.out, limit=context.limit or LIMIT)


CHANNEL = ChannelType(name="console", settings=ConsoleSettings, build=_build, longest_for=timedelta(seconds=6))
