"""Webhooks on the wire, and what every way of answering or not answering becomes."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import socket
import ssl
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerter.channels.classify import Failing
from alerter.channels.http import Failure, Http, _Exchange, _explain
from alerter.channels.webhook import WebhookSender, WebhookSettings, signed_headers
from alerter.domain.messages.message import ActionTaken, Message, Moved
from alerter.domain.notices.notice import Kind
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused, Retry
from tests.acceptance.faults.system import descriptor_count
from tests.acceptance.waiting import until
from tests.messages import TIKTOK, TIKTOK_MOVED, instant, message, plain, tiktok
from tests.servers import Receiver, Reply, http_receiver, scripted_server

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEWER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that says yes."""
    async with http_receiver() as running:
        yield running


def sender_to(
    url: str, *, limit: float = 5.0, body: float = 5.0, verify: ssl.SSLContext | None = None, **settings: Any
) -> WebhookSender:
    """A webhook sender to that address."""
    made = WebhookSettings.model_validate({"type": "webhook", "url": url, **settings})
    return WebhookSender(made, Http(limit=timedelta(seconds=limit), body_limit=timedelta(seconds=body), verify=verify))


async def send(url: str, told: Message | None = None, **options: Any) -> Outcome:
    """Send one message and close."""
    sender = sender_to(url, **options)
    told = told or message()
    try:
        return await sender.send(told, sender.render(told))
    finally:
        await sender.close()


async def body_of(receiver: Receiver, told: Message) -> dict[str, Any]:
    """The JSON that arrives for a message."""
    await send(receiver.url, told)
    body: dict[str, Any] = json.loads(receiver.requests[-1].body)
    return body


async def test_body_is_as_promised(receiver: Receiver) -> None:
    """The JSON body holds exactly the promised fields."""
    assert await body_of(receiver, message(moves=1, attempt=2, late_by=0)) == {
        "type": "deadline.upcoming",
        "timestamp": "2025-11-03T05:01:00Z",
        "data": {
            "notice": {
                "id": "ntc_abcdefghijklmnopqrstuvwxyz",
                "lead": "7d",
                "channel": "ops",
                "planned_at": "2025-11-03T05:01:00Z",
                "late_by": 0,
                "attempt": 2,
            },
            "deadline": {
                "id": "tariff-truce",
                "title": "U.S.-China tariff truce expires",
                "due": "2025-11-10T05:01:00Z",
                "due_local": "Mon 10 Nov 2025, 00:01 EST",
                "date_only": False,
                "timezone": "America/New_York",
                "severity": "critical",
                "tags": ["us-china", "tariffs"],
                "certainty": "likely-extended",
                "status": "open",
                "note": "Both sides must decide whether to renew the pause.",
                "link": "https://example.org/source",
                "owner": "trade desk",
                "moves": 1,
            },
            "moved": None,
            "text": "U.S.-China tariff truce expires is due in 7 days: Mon 10 Nov 2025, 00:01 EST. "
            "Likely to be extended again.",
            "links": {
                "ack": "https://deadlines.example.com/a/1",
                "page": "https://deadlines.example.com/deadlines/x",
            },
        },
    }


async def test_the_text_says_who_acknowledged(receiver: Receiver) -> None:
    """As other channels do; the fields have no place for it."""
    acted = ActionTaken(at=instant("2025-11-03T09:00"), action="ack", by="Ana")
    for told in (message(actions=(acted,)), plain(Kind.DIGEST, items=(message(actions=(acted,)),))):
        data = (await body_of(receiver, told))["data"]
        assert "Acknowledged by Ana." in data.get("items", [data])[0]["text"]


async def test_moved_holds_both_dates(receiver: Receiver) -> None:
    """A move of a date-only deadline names both days."""
    moved = Moved(before=TIKTOK, after=TIKTOK_MOVED)
    told = message(kind=Kind.MOVED, deadline=tiktok(note="ordered on 16 Sep"), due=TIKTOK, moved=moved, moves=4)
    body = await body_of(receiver, told)
    assert body["data"]["moved"] == {"from": "2025-09-17", "to": "2025-12-16", "note": "ordered on 16 Sep"}


async def test_bundle_carries_its_items(receiver: Receiver) -> None:
    """A bundle holds the data of each of its notices."""
    body = await body_of(receiver, plain(Kind.BUNDLE, items=(message(), message(id="ntc_2"))))
    assert [item["notice"]["id"] for item in body["data"]["items"]] == ["ntc_abcdefghijklmnopqrstuvwxyz", "ntc_2"]
    assert body["data"]["deadline"] is None


async def test_a_digest_says_of_what_passed_that_nobody_said_it_was_met(receiver: Receiver) -> None:
    """Its items have no headings over them, so the line of each has the words; what is to come has them not."""
    items = (message(kind=Kind.OVERDUE, now=instant("2025-11-12T05:01")), message())
    body = await body_of(receiver, plain(Kind.DIGEST, items=items))
    said = [item["text"] for item in body["data"]["items"]]
    assert [text.endswith("Passed, nobody said it was met.") for text in said] == [True, False]


async def test_empty_digest_carries_an_empty_list(receiver: Receiver) -> None:
    """A digest has items even if there are none."""
    assert (await body_of(receiver, plain(Kind.DIGEST, title="monday")))["data"]["items"] == []


async def test_headers_are_those_of_the_standard(receiver: Receiver) -> None:
    """The id is the notice's, the timestamp the attempt's, the type JSON."""
    await send(receiver.url, secret=SECRET, headers={"X-Team": "trade"})
    headers = receiver.requests[0].headers
    assert headers["webhook-id"] == "ntc_abcdefghijklmnopqrstuvwxyz"
    assert headers["webhook-timestamp"] == str(int(instant("2025-11-03T05:01").timestamp()))
    assert headers["content-type"] == "application/json"
    assert headers["x-team"] == "trade"


async def test_configured_header_stands_in_place_of_ours_but_for_those_of_the_standard(receiver: Receiver) -> None:
    """However its name is written it is sent once: two types of content are none to most receivers."""
    headers = {"Content-Type": "text/json", "User-Agent": "desk", "Webhook-Id": "mine"}
    await send(receiver.url, headers=headers)
    sent = receiver.requests[0].headers
    assert (sent["content-type"], sent["user-agent"]) == ("application/json", "desk")
    assert sent["webhook-id"] == "ntc_abcdefghijklmnopqrstuvwxyz"


async def test_header_beyond_ascii_is_sent_in_utf_8(receiver: Receiver) -> None:
    """What the configuration takes can be sent."""
    assert isinstance(await send(receiver.url, headers={"X-Team": "Händel"}), Delivered)
    assert receiver.requests[0].headers["x-team"].encode("latin-1").decode() == "Händel"


@pytest.mark.parametrize("echo", ["no such token CANARY-token", "Bearer CANARY-token", SECRET.removeprefix("whsec_")])
async def test_answer_that_repeats_a_secret_shows_none_of_it(receiver: Receiver, echo: str) -> None:
    """Neither a header's credentials without their scheme nor the key without its prefix are kept."""
    receiver.answer(Reply(status=401, body=echo.encode()))
    outcome = await send(receiver.url, secret=SECRET, headers={"Authorization": "Bearer CANARY-token"})
    assert "[hidden]" in outcome.detail
    assert not any(secret in outcome.detail for secret in ("CANARY", SECRET.removeprefix("whsec_")))


@pytest.mark.parametrize("secret", [SECRET, NEWER])
def test_reference_library_verifies_the_signature(secret: str) -> None:
    """Both signatures of a rotation are good in the eyes of the official library."""
    settings = WebhookSettings.model_validate({"type": "webhook", "url": "https://x.test/", "secret": [NEWER, SECRET]})
    sender = WebhookSender(settings, Http())
    told = message(now=_now())
    body = sender.render(told).body
    headers = signed_headers(told.id, told.now, body, [_key(SECRET), _key(NEWER)])
    assert Webhook(secret).verify(body, headers) == json.loads(body)


def test_reference_library_refuses_other_bytes() -> None:
    """The signature covers exactly the bytes sent."""
    headers = signed_headers("ntc_1", _now(), b'{"a":1}', [_key(SECRET)])
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b'{"a":2}', headers)


async def test_signature_on_the_wire_verifies(receiver: Receiver) -> None:
    """What arrives is what was signed."""
    await send(receiver.url, message(now=_now()), secret=SECRET)
    request = receiver.requests[0]
    assert Webhook(SECRET).verify(request.body, dict(request.headers))["type"] == "deadline.upcoming"


async def test_no_secret_gives_no_signature(receiver: Receiver) -> None:
    """Without a secret there is no signature header."""
    await send(receiver.url)
    assert "webhook-signature" not in receiver.requests[0].headers


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_", [SECRET, "whsec_*"]])
def test_secret_that_is_none_is_refused_unseen(secret: object) -> None:
    """A malformed secret is an error that does not show it."""
    with pytest.raises(ValidationError) as refused:
        WebhookSettings.model_validate({"type": "webhook", "url": "https://x.test/", "secret": secret})
    assert "base64!" not in str(refused.value)


async def test_b14_every_status_is_answered_with_an_outcome(receiver: Receiver) -> None:
    """All statuses from 100 to 999 on the wire become the class of the table; the sender survives them all."""
    sender = sender_to(receiver.url, limit=2)
    rendered = sender.render(message())
    wrong = []
    for status in range(100, 1000):
        receiver.script = [Reply(status=status, ending="close", headers=(("connection", "close"),))]
        outcome = await sender.send(message(), rendered)
        if not _is_as_expected(status, outcome):
            wrong.append((status, outcome))
    await sender.close()
    assert wrong == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_b13_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    """A redirect needs a person, and nothing goes where it points."""
    async with http_receiver() as elsewhere:
        receiver.answer(Reply(status=status, headers=(("location", f"{elsewhere.url}/stolen"),)))
        outcome = await send(receiver.url)
        assert isinstance(outcome, Retry)
        assert outcome.cause is Cause.NEEDS_PERSON
        assert elsewhere.connection_count == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/9.9 OK\r\n\r\n",
        b"garbage\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\nok",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_b15_malformed_answers_are_retried_as_ambiguous(receiver: Receiver, raw: bytes) -> None:
    """What is no answer leaves open whether the message was taken."""
    receiver.answer(Reply(raw=raw, ending="close"))
    outcome = await send(receiver.url)
    assert isinstance(outcome, Retry)
    assert outcome.is_ambiguous


async def test_b7_reset_after_the_request_is_ambiguous(receiver: Receiver) -> None:
    """A connection that breaks after the request leaves it open."""
    receiver.answer(Reply(ending="reset"))
    outcome = await send(receiver.url)
    assert isinstance(outcome, Retry)
    assert outcome.is_ambiguous


async def test_b9_silence_ends_with_the_time_limit(receiver: Receiver) -> None:
    """No answer is ambiguous after the limit."""
    receiver.answer(Reply(ending="hang"))
    assert await send(receiver.url, limit=0.5) == Retry(detail="no answer within 0.5 s", is_ambiguous=True)


async def test_b3_dawdling_headers_end_with_the_time_limit() -> None:
    """Headers that come a line at a time do not stretch the limit."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x-slow: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with scripted_server(serve) as port:
        outcome = await send(f"http://127.0.0.1:{port}/", limit=0.3)
    assert outcome == Retry(detail="no answer within 0.3 s", is_ambiguous=True)


async def test_b1_slow_answer_within_the_limit_is_one_delivery(receiver: Receiver) -> None:
    """A receiver that thinks for most of the limit has one request and says yes to it."""
    receiver.answer(Reply(delay=0.8))
    assert isinstance(await send(receiver.url, limit=2), Delivered)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("first", [b"HTTP/1.1 100 Continue\r\n\r\n", b""])
async def test_b23_yes_before_the_request_has_been_read_counts(first: bytes) -> None:
    """An interim answer, or a yes given before a byte of the body was read, is one delivery."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n")
        writer.write(first + b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        await reader.read()

    async with scripted_server(serve) as port:
        assert isinstance(await send(f"http://127.0.0.1:{port}/"), Delivered)


@pytest.mark.parametrize(("limit", "body"), [(30, 0.1), (0.5, 30)])
async def test_b2_endless_body_is_delivered(receiver: Receiver, limit: float, body: float) -> None:
    """The status stands once the headers are there, whichever of its two limits the body comes to."""
    receiver.answer(Reply(ending="trickle"))
    async with asyncio.timeout(5):
        assert isinstance(await send(receiver.url, limit=limit, body=body), Delivered)


async def test_b5_huge_body_is_not_read() -> None:
    """Of an endless answer little more than 16 KiB is taken."""
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2000000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async with scripted_server(serve) as port:
        assert isinstance(await send(f"http://127.0.0.1:{port}/"), Delivered)
    assert sent < 50_000_000


async def test_b6_compressed_answer_stays_compressed(receiver: Receiver) -> None:
    """Nothing is decompressed, so nothing can blow up."""
    receiver.answer(Reply(body=b"\x1f\x8b\x08not gzip at all", headers=(("content-encoding", "gzip"),)))
    assert isinstance(await send(receiver.url), Delivered)


async def test_b4_three_hundred_timeouts_leak_nothing(receiver: Receiver) -> None:
    """After a storm of timeouts the next message goes out at once, and no connection is left."""
    receiver.default = Reply(ending="hang")
    sender = sender_to(receiver.url, limit=0.15)
    rendered = sender.render(message())
    for _ in range(6):
        outcomes = await asyncio.gather(*(sender.send(message(), rendered) for _ in range(50)))
        assert all(isinstance(outcome, Retry) for outcome in outcomes)
    receiver.default = Reply()
    async with asyncio.timeout(1):
        assert isinstance(await sender.send(message(), rendered), Delivered)
    await sender.close()


async def test_i11_thousands_of_failures_leave_nothing_behind(receiver: Receiver) -> None:
    """After two thousand resets, refusals, cut answers and timeouts as many descriptors are open as after a hundred."""
    sender = sender_to(receiver.url, limit=0.1)
    rendered = sender.render(message())
    failures = [
        Reply(ending="reset"),
        Reply(status=500, ending="close"),
        Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-le", ending="close"),
        Reply(delay=0.3, ending="close"),
    ]
    receiver.default = failures[0]  # a request given up on may be read a turn late, and take the answer of another
    counts = []
    for turn in range(20):
        receiver.script = failures * 25
        outcomes = await asyncio.gather(*(sender.send(message(), rendered) for _ in range(100)))
        assert all(isinstance(outcome, Retry) for outcome in outcomes)
        if turn in (0, 19):
            await until(lambda: receiver.open_count == 0, "connections are gone")
            counts.append(descriptor_count(os.getpid()))
    await sender.close()
    assert counts[1] <= counts[0] + 20


async def test_cancelled_attempt_leaks_nothing(receiver: Receiver) -> None:
    """Cancelling an attempt leaves the sender in working order."""
    receiver.answer(Reply(ending="hang"))
    sender = sender_to(receiver.url)
    rendered = sender.render(message())
    attempt = asyncio.create_task(sender.send(message(), rendered))
    await receiver.arrived.wait()
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert isinstance(await sender.send(message(), rendered), Delivered)
    await sender.close()


async def test_connections_are_kept_between_messages(receiver: Receiver) -> None:
    """Messages in a row share a connection."""
    sender = sender_to(receiver.url)
    rendered = sender.render(message())
    for _ in range(5):
        await sender.send(message(), rendered)
    await sender.close()
    assert receiver.connection_count == 1


async def test_b22_connection_closed_between_messages_costs_nothing(receiver: Receiver) -> None:
    """A server that drops the idle connection causes neither failure nor repeat."""
    sender = sender_to(receiver.url)
    rendered = sender.render(message())
    outcomes = []
    for _ in range(3):
        receiver.script = [Reply(ending="close")]
        outcomes.append(await sender.send(message(), rendered))
        await asyncio.sleep(0.05)
    await sender.close()
    assert [type(outcome) for outcome in outcomes] == [Delivered] * 3
    assert len(receiver.requests) == 3


async def test_cookies_are_not_kept(receiver: Receiver) -> None:
    """A cookie of one answer is not in the next request."""
    receiver.answer(Reply(headers=(("set-cookie", "a=b"),)))
    sender = sender_to(receiver.url)
    for _ in range(2):
        await sender.send(message(), sender.render(message()))
    await sender.close()
    assert "cookie" not in receiver.requests[1].headers


async def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret address goes through no proxy that happens to be set."""
    async with http_receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert isinstance(await send(receiver.url), Delivered)
        assert proxy.connection_count == 0


async def test_nothing_is_logged(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """At the finest level no library writes the address down."""
    caplog.set_level(0)
    await send(f"{receiver.url}/CANARY_URL", secret=SECRET)
    assert "CANARY" not in caplog.text
    assert "CANARY" not in repr(caplog.records)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "169.254.1", "0xA9FEA9FE"])
def test_link_local_addresses_are_refused_in_the_config(host: str) -> None:
    """However it is spelled, a link-local address is no address for a webhook."""
    with pytest.raises(ValidationError):
        WebhookSettings.model_validate({"type": "webhook", "url": f"http://{host}/"})


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"])
async def test_connected_address_is_judged(host: str) -> None:
    """The client itself connects to no such address, whatever led there."""
    http = Http()
    answer = await http.post(f"http://{host}/", {}, b"")
    await http.close()
    assert answer == Failure(failing=Failing.FORBIDDEN, detail="link-local and metadata addresses are not connected to")


@pytest.mark.parametrize(
    ("code", "failing"),
    [(socket.EAI_NONAME, Failing.UNKNOWN_HOST), (socket.EAI_AGAIN, Failing.UNREACHED)],
)
def test_b12_failed_look_ups_are_told_apart(code: int, failing: Failing) -> None:
    """An unknown name needs a person, a resolver that does not answer only time."""
    assert _explain(socket.gaierror(code, "x"), _Exchange()).failing is failing


async def test_b8_refused_connection_is_not_ambiguous() -> None:
    """Nothing was sent where nobody listened."""
    outcome = await send("http://127.0.0.1:1/")
    assert outcome == Retry(detail="not reached (ClientConnectorError)")


async def test_verified_certificate_is_good(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    """Over TLS with a known authority the message arrives."""
    trust = ssl.create_default_context(cafile=ca_file)
    async with http_receiver(server_tls) as secure:
        assert isinstance(await send(secure.url, verify=trust), Delivered)


async def test_b19_unknown_authority_needs_a_person(server_tls: ssl.SSLContext) -> None:
    """A certificate of an unknown authority stops the message before a byte of it."""
    async with http_receiver(server_tls) as secure:
        outcome = await send(secure.url)
        assert secure.requests == []
    assert outcome == Retry(detail="the certificate could not be verified", cause=Cause.NEEDS_PERSON)


async def test_b19_certificate_for_another_name_needs_a_person(other_tls: ssl.SSLContext, ca_file: Path) -> None:
    """A certificate has to be for the host."""
    trust = ssl.create_default_context(cafile=ca_file)
    async with http_receiver(other_tls) as secure:
        outcome = await send(secure.url, verify=trust)
    assert outcome == Retry(detail="the certificate could not be verified", cause=Cause.NEEDS_PERSON)


async def test_an_authority_of_the_system_is_trusted(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    """A process that was told of none trusts those of the system, which a variable can name."""
    program = (
        "import asyncio, sys; from alerter.channels.http import Http;"
        "print(asyncio.run(Http().post(sys.argv[1], {}, b'')))"
    )
    async with http_receiver(server_tls) as secure:
        words = (sys.executable, "-c", program, secure.url)
        posting = await asyncio.create_subprocess_exec(*words, env={"SSL_CERT_FILE": str(ca_file)}, stdout=PIPE)
        said, _ = await posting.communicate()
    assert said.startswith(b"Answer(status=200")


async def test_channels_share_whom_they_trust() -> None:
    """However many there are the system's certificates are read once: each time takes 20 ms of the loop and 1 MB."""

    def contexts() -> int:
        return sum(type(found) is ssl.SSLContext for found in gc.get_objects())

    before = contexts()
    senders = [sender_to("https://receiver.example/") for _ in range(3)]
    for sender in senders:
        await sender.open()
    assert contexts() == before
    for sender in senders:
        await sender.close()


async def test_b20_renewed_certificate_is_found_by_the_next_attempt(authority: trustme.CA, ca_file: Path) -> None:
    """A sender that has met an expired certificate delivers as soon as the server has a good one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    expired = datetime.now(UTC) - timedelta(days=1)
    authority.issue_cert("localhost", not_before=expired - timedelta(days=9), not_after=expired).configure_cert(context)
    async with http_receiver(context) as secure:
        sender = sender_to(secure.url, verify=ssl.create_default_context(cafile=ca_file))
        rendered = sender.render(message())
        first = await sender.send(message(), rendered)
        assert secure.requests == []
        authority.issue_cert("localhost").configure_cert(context)
        second = await sender.send(message(), rendered)
        await sender.close()
    assert first == Retry(detail="the certificate could not be verified", cause=Cause.NEEDS_PERSON)
    assert isinstance(second, Delivered)


def _is_as_expected(status: int, outcome: Outcome) -> bool:
    if 200 <= status < 300:
        return isinstance(outcome, Delivered)
    if status == 410:
        return isinstance(outcome, Refused) and outcome.closes_channel
    if status < 200:
        return isinstance(outcome, Retry) and outcome.is_ambiguous
    return isinstance(outcome, Retry) and outcome.detail.startswith(f"status {status}")


def _now() -> datetime:
    return datetime.now(UTC)


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))
