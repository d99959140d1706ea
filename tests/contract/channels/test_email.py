"""E-mail: what arrives at a real mail server, and what each of its answers means."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses, quote
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from pydantic import ValidationError

from alerter.channels.email import EmailSender, EmailSettings
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused, Retry
from alerter.domain.planning.deadline import Certainty
from alerter.domain.planning.due import Due
from tests.messages import TIKTOK, deadline, instant, message, plain, tiktok, wall
from tests.servers import MailServer, mail_server, scripted_server

ANA, BEN, CAY = "ana@example.com", "ben@example.com", "cay@example.com"
PASSWORD = "CANARY-password"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    """A mail server without encryption."""
    async with mail_server() as running:
        yield running


def sender_to(port: int, *, to: list[str] | None = None, limit: float = 5.0, **changes: Any) -> EmailSender:
    """A sender to the server at that port; `smtp` changes go one level down."""
    smtp = {"host": "localhost", "port": port, "security": "none", **changes.pop("smtp", {})}
    sender = changes.pop("sender", "Deadline desk <deadlines@example.com>")
    values = {"type": "email", "to": to or [ANA], "from": sender, "smtp": smtp}
    settings = EmailSettings.model_validate({**values, **changes})
    return EmailSender(settings, limit=timedelta(seconds=limit), answer_limit=timedelta(seconds=limit))


async def send(port: int, told: Message | None = None, **options: Any) -> Outcome:
    """Send one message."""
    sender = sender_to(port, **options)
    told = told or message()
    return await sender.send(told, sender.render(told))


async def mail_of(server: MailServer, told: Message | None = None, **options: Any) -> EmailMessage:
    """The mail that arrives."""
    assert isinstance(await send(server.port, told, **options), Delivered)
    parsed = email.message_from_bytes(server.mails[-1].content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


async def test_d15_headers_are_as_promised(server: MailServer) -> None:
    """Subject, ids, thread, date of the attempt and the mark of an automatic mail are there."""
    mail = await mail_of(server)
    assert mail["Subject"] == "[7 days] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"
    assert mail["Message-ID"] == "<ntc_abcdefghijklmnopqrstuvwxyz@example.com>"
    assert mail["References"] == "<tariff-truce.thread@example.com>"
    assert mail["In-Reply-To"] == "<tariff-truce.thread@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == instant("2025-11-03T05:01")
    assert mail["From"] == "Deadline desk <deadlines@example.com>"


@pytest.mark.parametrize("length", [4, 21, 25, 37])
async def test_names_in_any_script_leave_the_list_of_addresses_whole(server: MailServer, length: int) -> None:
    """Whatever has to be encoded, and wherever a line ends, what parts two addresses is a comma."""
    names = ["Jürgen Müller", "", "Señor, José", 'Desk "x"; trade', "日本語の担当者", "Łukasz Żółć", ""]
    everybody = [(name, f"{'u' * length}{number}@example.com") for number, name in enumerate(names)]
    written = [f'"{quote(name)}" <{place}>' if name else place for name, place in everybody]
    await mail_of(server, to=written, cc=written)
    mail = email.message_from_bytes(server.mails[-1].content)
    for header in (str(mail["To"]), str(mail["Cc"])):
        assert header.isascii()
        found = [(str(make_header(decode_header(name))), place) for name, place in getaddresses([header])]
        assert found == everybody


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
async def test_long_id_names_the_thread_as_it_is(server: MailServer, header: str) -> None:
    """However long it makes the line, the id of the thread is never encoded: no mail program would know it again."""
    name = "a" * 64
    await mail_of(server, message(deadline=deadline(id=name)))
    written = re.search(rf"^{header}:\s+(\S+)\r?$", server.mails[-1].content.decode(), re.MULTILINE)
    assert written is not None
    assert written[1] == f"<{name}.thread@example.com>"


async def test_text_and_html_are_alternatives_with_a_calendar_beside(server: MailServer) -> None:
    """The parts are text, HTML and a calendar entry."""
    mail = await mail_of(server)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in (text, html):
        assert "Mon 10 Nov 2025, 00:01 EST (in 7 days)" in part.get_content()
        assert "Likely to be extended again - plan for both" in part.get_content()


async def test_calendar_entry_is_the_due_date(server: MailServer) -> None:
    """The attached event is at the due instant and keeps its id for as long as the date stays."""
    events = [_event(await mail_of(server, told)) for told in (message(), message(id="ntc_2", lead="1d"))]
    assert events[0]["DTSTART"].dt == instant("2025-11-10T05:01")
    assert events[0]["SUMMARY"] == "U.S.-China tariff truce expires"
    assert events[0]["UID"] == events[1]["UID"]


async def test_calendar_entry_follows_a_date_that_moves(server: MailServer) -> None:
    """The entry of the new date has the old one's id and a higher sequence, so that calendars change what they have."""
    moved = Due("2026-11-10T00:01:00[America/New_York]", wall("2026-11-10T00:01"), instant("2026-11-10T05:01"))
    before, after = [_event(await mail_of(server, told)) for told in (message(), message(due=moved, moves=1))]
    assert before["UID"] == after["UID"] == "tariff-truce@alerter"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTART"].dt == instant("2026-11-10T05:01")


async def test_occurrences_have_calendar_entries_of_their_own(server: MailServer) -> None:
    """Each occurrence of a series is an event of its own."""
    series = tiktok(repeat="FREQ=YEARLY")
    event = _event(await mail_of(server, message(deadline=series, due=TIKTOK)))
    assert event["UID"] == "tiktok.20250917@alerter"


async def test_calendar_entry_says_how_sure_the_date_is(server: MailServer) -> None:
    """Confirmed, tentative, or cancelled once it is void."""
    sure = message(deadline=deadline(certainty=Certainty.CONFIRMED))
    void = message(kind=Kind.CLOSED, closed_as="void")
    found = [_event(await mail_of(server, told))["STATUS"] for told in (sure, message(), void)]
    assert found == ["CONFIRMED", "TENTATIVE", "CANCELLED"]


async def test_mail_speaks_the_language_of_its_channel(server: MailServer) -> None:
    """Subject, text and HTML are in Spanish, and the HTML says so."""
    mail = await mail_of(server, message(language="es"))
    assert mail["Subject"] == "[7 días] U.S.-China tariff truce expires - lun 10 nov 2025, 00:01 EST"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Su hora (Madrid): lun 10 nov 2025, 06:01 CET" in text.get_content()
    assert '<html lang="es">' in html.get_content()
    assert ">Acusar recibo</a>" in html.get_content()


async def test_html_loads_nothing(server: MailServer) -> None:
    """No picture, script, font or style is asked for from anywhere."""
    html = (await mail_of(server)).get_body(("html",))
    assert html is not None
    assert not re.search(
        r"<(img|script|link|iframe|video|audio|object)\b|url\(|@import|@font-face|src=", html.get_content()
    )


async def test_calendar_entry_of_a_day_is_the_whole_day(server: MailServer) -> None:
    """A date-only deadline is a whole day in the calendar."""
    event = _event(await mail_of(server, message(deadline=tiktok(), due=TIKTOK)))
    assert str(event["DTSTART"].dt) == "2025-09-17"
    assert str(event["DTEND"].dt) == "2025-09-18"


async def test_d15_blind_copies_are_not_shown(server: MailServer) -> None:
    """Everybody gets it; the headers name to and cc only."""
    mail = await mail_of(server, cc=[BEN], bcc=[CAY], reply_to=["desk@example.com"])
    assert server.mails[0].recipients == (ANA, BEN, CAY)
    assert (mail["To"], mail["Cc"], mail["Reply-To"], mail["Bcc"]) == (ANA, BEN, "desk@example.com", None)
    assert CAY.encode() not in server.mails[0].content


async def test_a_note_keeps_its_lines(server: MailServer) -> None:
    """In the text, the HTML and the calendar entry."""
    mail = await mail_of(server, message(deadline=deadline(note="call <counsel>\nfile")))
    parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    assert "Note:\n  call <counsel>\n  file\n" in parts["text/plain"].replace("\r\n", "\n")
    assert "call &lt;counsel&gt;<br>file</p>" in parts["text/html"]
    assert "call <counsel>\\nfile" in parts["text/calendar"]


async def test_html_escapes_everything(server: MailServer) -> None:
    """No mark of the config becomes a mark of the page, and only web addresses become links."""
    hostile = '<script>alert(1)</script>"onx='
    told = message(deadline=deadline(title=hostile, note=hostile, link="javascript:alert(1)"))
    mail = await mail_of(server, told)
    body = mail.get_body(("html",))
    assert body is not None
    assert "<script>" not in body.get_content()
    assert 'href="javascript' not in body.get_content()
    assert "&lt;script&gt;" in body.get_content()
    assert "URL" not in _event(mail)


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x00", "\ud800"])
async def test_d12_title_adds_no_header_and_no_recipient(server: MailServer, break_: str) -> None:
    """No line break or half character in a title reaches the headers."""
    title = f"Truce{break_}Bcc: eve@example.com{break_}{break_}body"
    mail = await mail_of(server, message(deadline=deadline(title=title)))
    assert mail["Bcc"] is None
    assert "Truce" in mail["Subject"]
    assert server.mails[0].recipients == (ANA,)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\u2028",
        "<a@>",
        "a,b@c.de",
    ],
)
def test_d12_what_is_no_address_is_refused_unseen(address: str) -> None:
    """A malformed recipient or sender is an error."""
    with pytest.raises(ValidationError):
        sender_to(1, to=[address])
    with pytest.raises(ValidationError):
        sender_to(1, sender=address)


async def test_d2_one_refused_recipient_does_not_cost_the_others(server: MailServer) -> None:
    """Two get it, the third is named with the server's words."""
    server.rcpt[BEN] = "550 5.1.1 no such user"
    outcome = await send(server.port, to=[ANA, BEN, CAY])
    assert outcome == Delivered(
        detail="accepted: 2.0.0 queued; ben@example.com: 550 5.1.1 no such user",
        to=(ANA, CAY),
        refused={BEN: "550 5.1.1 no such user"},
    )


async def test_a_recipient_taken_with_reserve_is_taken(server: MailServer) -> None:
    """Any answer that begins with 2 is a yes."""
    server.rcpt[BEN] = "252 2.5.1 cannot verify, will try"
    outcome = await send(server.port, to=[ANA, BEN])
    assert isinstance(outcome, Delivered)
    assert outcome.to == (ANA, BEN)


async def test_d1_only_the_missing_are_tried_again(server: MailServer) -> None:
    """Who has had it is not sent it twice, and who was refused for good is not asked again."""
    server.rcpt[BEN] = "451 4.7.1 greylisted"
    server.rcpt[CAY] = "550 5.1.1 no such user"
    first = await send(server.port, to=[ANA, BEN, CAY])
    assert isinstance(first, Retry)
    assert (first.accepted, first.refused) == ((ANA,), {CAY: "550 5.1.1 no such user"})
    assert first.retry_after == timedelta(seconds=60)
    server.rcpt.clear()
    second = await send(server.port, message(accepted=first.accepted, refused=first.refused), to=[ANA, BEN, CAY])
    assert isinstance(second, Delivered)
    assert (second.to, second.refused) == ((ANA, BEN), {CAY: "550 5.1.1 no such user"})
    assert [mail.recipients for mail in server.mails] == [(ANA,), (BEN,)]


async def test_d3_all_refused_is_refused(server: MailServer) -> None:
    """Nobody left is the end."""
    server.rcpt = {ANA: "550 5.1.1 no such user", BEN: "553 5.1.3 bad address"}
    outcome = await send(server.port, to=[ANA, BEN])
    assert isinstance(outcome, Refused)
    assert set(outcome.refused) == {ANA, BEN}
    assert server.mails == []


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        ("450 4.2.1 busy", Cause.TEMPORARY),
        ("452 4.2.2 full", Cause.TEMPORARY),
        ("550 5.7.1 policy", Cause.NEEDS_PERSON),
        ("554 5.7.1 blocked", Cause.NEEDS_PERSON),
        ("521 does not accept mail", Cause.NEEDS_PERSON),
    ],
)
async def test_refusals_that_pass_are_tried_again(server: MailServer, answer: str, cause: Cause) -> None:
    """What time or a person can mend is no end."""
    server.rcpt[ANA] = answer
    outcome = await send(server.port)
    assert isinstance(outcome, Retry)
    assert (outcome.cause, outcome.is_ambiguous) == (cause, False)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("451 4.3.0 try later", Retry(detail="mail refused: 451 4.3.0 try later")),
        ("550 5.7.1 spam", Retry(detail="mail refused: 550 5.7.1 spam", cause=Cause.NEEDS_PERSON)),
        ("554 5.6.0 bad content", Refused(detail="mail refused: 554 5.6.0 bad content")),
    ],
)
async def test_refused_mail_has_its_outcome(server: MailServer, answer: str, expected: Outcome) -> None:
    """A definite no after the mail is by its code."""
    server.data.append(answer)
    assert await send(server.port) == expected


async def test_d11_too_big_mail_goes_as_plain_text(server: MailServer) -> None:
    """A mail that is too big is sent once more without HTML and calendar."""
    server.data.append("552 5.3.4 too big")
    mail = await mail_of(server)
    assert mail.get_content_type() == "text/plain"
    assert "Mon 10 Nov 2025" in mail.get_content()


async def test_d11_too_big_plain_text_is_the_end(server: MailServer) -> None:
    """Too big twice is refused."""
    server.data.extend(["552 5.3.4 too big"] * 2)
    assert isinstance(await send(server.port), Refused)


async def test_d8_drop_after_the_mail_is_ambiguous_with_the_same_id(server: MailServer) -> None:
    """Without the last answer the mail may be there; its repeat has the same Message-ID."""
    server.data.append("drop")
    outcome = await send(server.port)
    assert isinstance(outcome, Retry)
    assert outcome.is_ambiguous
    await send(server.port, message(attempt=2))
    ids = [email.message_from_bytes(mail.content)["Message-ID"] for mail in server.mails]
    assert ids == ["<ntc_abcdefghijklmnopqrstuvwxyz@example.com>"] * 2


async def test_d7_late_answer_is_waited_for() -> None:
    """Silence after the mail is borne for longer than anything before it."""
    async with scripted_server(_dialogue(pause_after_mail=0.6)) as port:
        sender = sender_to(port)
        sender = EmailSender(_settings(port), limit=timedelta(seconds=0.4), answer_limit=timedelta(seconds=5))
        assert isinstance(await sender.send(message(), sender.render(message())), Delivered)


async def test_d7_no_answer_to_the_mail_is_ambiguous() -> None:
    """After its limit the wait ends, and nobody knows."""
    async with scripted_server(_dialogue(pause_after_mail=60)) as port:
        outcome = await send(port, limit=0.3)
    assert isinstance(outcome, Retry)
    assert outcome.is_ambiguous


async def test_d9_hang_at_the_goodbye_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail is delivered once the server has said so."""
    monkeypatch.setattr("alerter.channels.smtp_dialogue.QUIT_SECONDS", 0.1)
    async with scripted_server(_dialogue(hangs_at_quit=True)) as port:
        assert isinstance(await send(port), Delivered)


@pytest.mark.parametrize(
    ("greeting", "cause"),
    [
        (b"421 4.3.2 busy\r\n", Cause.TEMPORARY),
        (b"554 5.7.1 go away\r\n", Cause.NEEDS_PERSON),
    ],
)
async def test_greeting_that_is_none_is_tried_again(greeting: bytes, cause: Cause) -> None:
    """A server that does not want to talk is asked again, by its code."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()

    async with scripted_server(serve) as port:
        outcome = await send(port)
    assert isinstance(outcome, Retry)
    assert (outcome.cause, outcome.is_ambiguous) == (cause, False)


async def test_d14_endless_greeting_ends_with_the_time_limit() -> None:
    """A reply that goes on for ever is bounded in time."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"220-and on\r\n" * 100)
            await writer.drain()
            await asyncio.sleep(0.01)

    async with scripted_server(serve) as port, asyncio.timeout(4):
        assert isinstance(await send(port, limit=0.3), Retry)


async def test_starttls_and_login_deliver(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    """With a verified certificate the login happens and the mail arrives."""
    async with mail_server(server_tls, require_starttls=True) as server:
        server.password = PASSWORD
        outcome = await send(server.port, smtp=_secure("starttls", ca_file))
        assert isinstance(outcome, Delivered)
        assert server.logins == [("alerter", PASSWORD)]


async def test_tls_from_the_start_delivers(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    """Implicit TLS works as well."""
    async with mail_server(server_tls, is_tls_from_start=True, auth_require_tls=False) as server:
        server.password = PASSWORD
        assert isinstance(await send(server.port, smtp=_secure("tls", ca_file)), Delivered)


async def test_d5_what_is_said_before_the_encryption_is_not_believed(ca_file: Path) -> None:
    """Answers slipped in behind the yes to STARTTLS end the attempt: no login and no mail is given to who did it."""
    heard = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        writer.write(b"220 mail.test\r\n")
        await reader.readline()
        writer.write(b"250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n")
        await reader.readline()
        writer.write(b"220 go ahead\r\n250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n235 welcome\r\n250 OK\r\n250 OK\r\n")
        heard = await reader.read()

    async with scripted_server(serve) as port, asyncio.timeout(4):
        login = {"security": "starttls", "ca": str(ca_file), "username": "alerter", "password": PASSWORD}
        outcome = await send(port, limit=2, smtp=login)
    assert isinstance(outcome, Retry)
    assert not outcome.is_ambiguous
    assert not any(word in heard for word in (b"AUTH", b"MAIL", b"RCPT", b"DATA"))


async def test_d4_stripped_starttls_sends_nothing(server: MailServer, ca_file: Path) -> None:
    """Where the server offers no encryption, neither login nor mail goes out."""
    outcome = await send(server.port, smtp=_secure("starttls", ca_file))
    assert isinstance(outcome, Retry)
    assert outcome.cause is Cause.NEEDS_PERSON
    assert (server.mails, server.logins, server.asked) == ([], [], [])


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_d6_unverified_certificate_sends_nothing(server_tls: ssl.SSLContext, security: str) -> None:
    """A certificate of an unknown authority ends the attempt before the login."""
    async with mail_server(server_tls, is_tls_from_start=security == "tls") as server:
        smtp = {"security": security, "username": "alerter", "password": PASSWORD}
        outcome = await send(server.port, smtp=smtp)
        assert isinstance(outcome, Retry)
        assert outcome.cause is Cause.NEEDS_PERSON
        assert (server.mails, server.logins) == ([], [])


async def test_d6_certificate_for_another_name_sends_nothing(other_tls: ssl.SSLContext, ca_file: Path) -> None:
    """The certificate has to be for the configured host."""
    async with mail_server(other_tls) as server:
        outcome = await send(server.port, smtp=_secure("starttls", ca_file))
        assert isinstance(outcome, Retry)
        assert outcome.cause is Cause.NEEDS_PERSON
        assert server.logins == []


async def test_d10_refused_login_needs_a_person_and_shows_no_password(
    server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    """A wrong password is for somebody to mend."""
    async with mail_server(server_tls) as server:
        outcome = await send(server.port, smtp=_secure("starttls", ca_file))
        assert isinstance(outcome, Retry)
        assert outcome.cause is Cause.NEEDS_PERSON
        assert "535" in outcome.detail
        assert PASSWORD not in repr(outcome)


async def test_international_recipient_goes_where_it_is_taken() -> None:
    """A non-ASCII mailbox is reached over SMTPUTF8."""
    async with mail_server(enable_SMTPUTF8=True) as server:
        outcome = await send(server.port, to=["jörg@example.com", "ana@exämple.com"])
        assert isinstance(outcome, Delivered)
        assert server.mails[0].recipients == ("jörg@example.com", "ana@xn--exmple-cua.com")


async def test_d13_international_recipient_does_not_cost_the_others(server: MailServer) -> None:
    """Where it is not taken it is refused alone."""
    outcome = await send(server.port, to=["jörg@example.com", ANA])
    assert isinstance(outcome, Delivered)
    assert outcome.to == (ANA,)
    assert set(outcome.refused) == {"jörg@example.com"}


def test_password_does_not_go_out_in_clear() -> None:
    """A login without encryption is refused but on this machine."""
    smtp = {"host": "smtp.example.com", "security": "none", "username": "alerter", "password": PASSWORD}
    with pytest.raises(ValidationError) as refused:
        sender_to(25, smtp=smtp)
    assert PASSWORD not in str(refused.value)


async def test_missing_authority_file_is_an_outcome(server: MailServer, tmp_path: Path) -> None:
    """A ca file that is not there fails the attempt, nothing else."""
    outcome = await send(server.port, smtp={"security": "starttls", "ca": str(tmp_path / "none.pem")})
    assert isinstance(outcome, Retry)


async def test_bundle_attaches_each_due_date(server: MailServer) -> None:
    """A bundle's calendar holds an event for each deadline."""
    told = plain(Kind.BUNDLE, items=(message(), message(id="ntc_2", deadline=tiktok(), due=TIKTOK)))
    mail = await mail_of(server, told)
    assert len(_calendar(mail).walk("VEVENT")) == 2
    assert mail["References"] is None


def _secure(security: str, ca_file: Path) -> dict[str, str]:
    return {"security": security, "username": "alerter", "password": PASSWORD, "ca": str(ca_file)}


def _settings(port: int) -> EmailSettings:
    smtp = {"host": "127.0.0.1", "port": port, "security": "none"}
    return EmailSettings.model_validate({"type": "email", "to": [ANA], "from": "desk@example.com", "smtp": smtp})


def _calendar(mail: EmailMessage) -> Calendar:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    parsed = Calendar.from_ical(content)
    assert isinstance(parsed, Calendar)
    return parsed


def _event(mail: EmailMessage) -> Any:
    return _calendar(mail).walk("VEVENT")[0]


def _dialogue(*, pause_after_mail: float = 0.0, hangs_at_quit: bool = False) -> Any:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            if line.startswith(b"DATA"):
                writer.write(b"354 go\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                await asyncio.sleep(pause_after_mail)
            if line.startswith(b"QUIT") and hangs_at_quit:
                await asyncio.Event().wait()
            writer.write(b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 fine\r\n")

    return serve
