"""What receivers answer: any bytes on the wire and any status become an outcome, in bounds and without our secrets."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from alerter.channels.classify import LONGEST_HOLD, answered, parse_retry_after
from alerter.channels.registry import Context, build, channel_types
from alerter.channels.slack_answers import judge
from alerter.channels.smtp_answers import Stage, Verdict, judge_answer, judge_recipient
from alerter.domain.notices.outcome import Delivered, Outcome, Refused, Retry
from tests.fuzz.target import Target
from tests.messages import message
from tests.servers import scripted_server

NOW = datetime(2025, 9, 15, tzinfo=UTC)
CANARY = "CANARY-7f3a"
LIMIT = timedelta(seconds=0.5)
PATIENCE = 0.02
"""Seconds that a server waits to be spoken to before it goes on."""

UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202e\ud800-\udfff]")
Codes = tuple[int, str, list[str], int]


def check_codes(case: Codes) -> None:
    """Each code, word and Retry-After has one outcome; only 2xx is a yes, only an unlearned answer ambiguous."""
    status, said, waits, attempt = case
    hold = parse_retry_after(waits, NOW)
    assert hold is None or timedelta(0) <= hold <= LONGEST_HOLD
    outcome = answered(status, said, hold_for=hold, attempt=attempt)
    assert isinstance(outcome, Delivered) is (200 <= status <= 299)
    _assert_bounded(outcome)
    by_word = judge(status, said.strip()[:100], said, hold_for=hold, attempt=attempt)
    assert not isinstance(by_word, Delivered) or (status, said.strip()) == (200, "ok")
    for stage in Stage:
        verdict = judge_answer(stage, status, said)
        assert status >= 500 or verdict is Verdict.LATER
    assert isinstance(judge_recipient(status, said), Verdict)


def _assert_bounded(outcome: Outcome) -> None:
    if isinstance(outcome, Retry) and outcome.retry_after is not None:
        assert timedelta(0) <= outcome.retry_after <= LONGEST_HOLD
    if isinstance(outcome, Refused):
        assert outcome.detail


def check_http(pieces: list[bytes]) -> None:
    """Whatever a server writes, posting ends with an outcome, in time."""
    settings = {"url": f"/{CANARY}?key={CANARY}"}
    for kind in ("webhook", "slack"):
        asyncio.run(_send(kind, settings, b"", pieces))


def check_smtp(pieces: list[bytes]) -> None:
    """Whatever a mail server says, sending ends with an outcome, in time."""
    asyncio.run(_send("email", {"password": CANARY}, b"220 mail.test\r\n", pieces))


async def _send(kind: str, given: dict[str, str], greeting: bytes, pieces: list[bytes]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        for piece in pieces:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await reader.read(65_536)
            writer.write(piece)
            await writer.drain()

    async with scripted_server(serve) as port:
        sender = build(channel_types()[kind].model_validate(_settings(kind, given, port)), "ops", Context(limit=LIMIT))
        try:
            async with asyncio.timeout(10):
                outcome = await sender.send(message(), sender.render(message()))
        finally:
            await sender.close()
    _assert_bounded(outcome)
    assert CANARY not in repr(outcome), outcome
    assert len(outcome.detail) <= 600, outcome
    assert not UNFIT.search(outcome.detail), outcome


def _settings(kind: str, given: dict[str, str], port: int) -> dict[str, object]:
    if kind != "email":
        return {"type": kind, "url": f"http://127.0.0.1:{port}{given['url']}"}
    smtp = {"host": "127.0.0.1", "port": port, "security": "none", "username": "alerter", **given}
    return {"type": "email", "to": ["ana@example.com", "bo@example.com"], "from": "desk@example.com", "smtp": smtp}


_words = st.one_of(
    st.text(max_size=40), st.sampled_from(["ok", "ok\n", "no_service", "invalid_payload", "5.7.1 no", "4.2.2 full"])
)
_waits = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.integers(-(10**30), 10**30).map(str),
        st.sampled_from(["Wed, 21 Oct 2099 07:28:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200", "1e9"]),
    ),
    max_size=3,
)  # fmt: skip
_http_lines = [
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 204 No\r\n", b"HTTP/1.1 103 Early\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/9.9 200 OK\r\n",
    b"HTTP/1.1 302 Found\r\nlocation: /CANARY-7f3a\r\n", b"HTTP/1.1 500 No\r\n",
    b"HTTP/1.1 429 Slow\r\nretry-after: -1\r\n",
    b"content-length: 5\r\n", b"content-length: -1\r\n", b"content-length: 99999999999999999999\r\n",
    b"transfer-encoding: chunked\r\n",
    b"content-encoding: gzip\r\n", b"connection: close\r\n", b"set-cookie: a=b\r\n", b"x: " + b"y" * 9000 + b"\r\n",
    b"\r\n", b"\r\n", b"ok", b"5\r\n",
    b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"key=CANARY-7f3a", b"/CANARY-7f3a", b"\x1b[2J\xff\x00",
    "\u202e\u2028".encode(),
]  # fmt: skip
_smtp_lines = [
    b"250 OK\r\n", b"250-SIZE\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN\r\n", b"250 AUTH LOGIN\r\n",
    b"250 STARTTLS\r\n", b"235 2.7.0 in\r\n", b"334 \r\n",
    b"334 !!!\r\n", b"354 go\r\n", b"421 bye\r\n", b"450 4.2.1 later CANARY-7f3a\r\n", b"535 5.7.8 CANARY-7f3a\r\n",
    b"550 5.1.1 none\r\n",
    b"552 5.3.4 big\r\n", b"250-", b"250", b"999 ?\r\n", b"25x\r\n", b"-1 no\r\n", b"\r\n",
    b"250 " + b"y" * 9000 + b"\r\n", b"550 \x1b[2J\xff\x00\r\n",
]  # fmt: skip


def _scripts(lines: list[bytes]) -> st.SearchStrategy[list[bytes]]:
    piece = st.lists(st.one_of(st.sampled_from(lines), st.binary(max_size=8)), max_size=5).map(b"".join)
    return st.lists(piece, max_size=8)


TARGETS = (
    Target(
        name="codes and words",
        values=st.tuples(
            st.one_of(st.integers(100, 599), st.integers(-1, 1000)), _words, _waits, st.integers(1, 10**6)
        ),
        check=check_codes,
    ),
    Target(name="HTTP on the wire", values=_scripts(_http_lines), check=check_http, cost=10),
    Target(name="SMTP on the wire", values=_scripts(_smtp_lines), check=check_smtp, cost=10),
)
