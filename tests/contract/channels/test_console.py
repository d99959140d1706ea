"""Messages on standard output."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from datetime import timedelta

import pytest

from alerter.channels.console import ConsoleSender
from alerter.domain.notices.outcome import Delivered, Retry
from tests.messages import deadline, message

BLOCK = """\
--- Mon 3 Nov 2025, 06:01 CET · screen
[7 days] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST
  U.S.-China tariff truce expires is due in 7 days: Mon 10 Nov 2025, 00:01 EST.

  Due (New York): Mon 10 Nov 2025, 00:01 EST (in 7 days)
"""


async def test_block_is_readable() -> None:
    """A block has a rule with time and channel, the subject, and the text."""
    out = io.StringIO()
    sender = ConsoleSender("screen", out=out)
    await sender.send(message(), sender.render(message()))
    assert out.getvalue().startswith(BLOCK)
    assert out.getvalue().endswith("\n\n")


async def test_standard_output_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Without another output it is the process's own."""
    sender = ConsoleSender("screen")
    await sender.send(message(), sender.render(message()))
    assert "[7 days]" in capsys.readouterr().out


async def test_closed_output_is_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a closed output nor none at all is a crash."""
    out = io.StringIO()
    out.close()
    rendered = ConsoleSender("screen").render(message())
    assert isinstance(await ConsoleSender("screen", out=out).send(message(), rendered), Retry)
    monkeypatch.setattr(sys, "stdout", None)
    assert isinstance(await ConsoleSender("screen").send(message(), rendered), Retry)


async def test_reader_that_has_gone_is_a_retry() -> None:
    """A pipe without a reader is a failed attempt."""
    read, write = os.pipe()
    os.close(read)
    out = os.fdopen(write, "w", encoding="utf-8")
    sender = ConsoleSender("screen", out=out)
    assert isinstance(await sender.send(message(), sender.render(message())), Retry)
    with pytest.raises(BrokenPipeError):
        out.close()


async def test_reader_that_does_not_read_holds_nothing_up() -> None:
    """A full pipe fails the attempt after its limit; once somebody reads, messages go out again."""
    read, write = os.pipe()
    huge = message(deadline=deadline(note="x" * 1_000_000))
    with os.fdopen(write, "w", encoding="utf-8") as out:
        sender = ConsoleSender("screen", out=out, limit=timedelta(seconds=0.2))
        outcome = await sender.send(huge, sender.render(huge))
        assert outcome == Retry(detail="standard output is not being read", is_ambiguous=True)
        outcome = await sender.send(message(), sender.render(message()))
        assert outcome == Retry(detail="standard output is not being read")
        reader = asyncio.create_task(asyncio.to_thread(_read_all, read))
        patient = ConsoleSender("screen", out=out, limit=timedelta(seconds=20))
        assert isinstance(await patient.send(message(), sender.render(message())), Delivered)
    assert len(await reader) > 1_000_000


async def test_messages_at_once_do_not_mix() -> None:
    """Blocks written at the same time stay whole."""
    out = io.StringIO()
    sender = ConsoleSender("screen", out=out)
    outcomes = await asyncio.gather(*(sender.send(message(), sender.render(message())) for _ in range(20)))
    assert [type(outcome) for outcome in outcomes] == [Delivered] * 20
    assert out.getvalue().count(BLOCK) == 20


async def test_narrow_encoding_costs_no_message() -> None:
    """What the terminal cannot show is spelled out."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    sender = ConsoleSender("screen", out=out)
    told = message(deadline=deadline(title="Zölle"))
    assert isinstance(await sender.send(told, sender.render(told)), Delivered)
    assert b"Z\\xf6lle" in raw.getvalue()


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
