"""Apprise: a real notification to a real receiver, and the extra that may not be there."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from alerter.channels.apprise import AppriseSettings, escape
from alerter.channels.registry import ChannelUnavailableError, build
from alerter.domain.notices.notice import Kind
from alerter.domain.notices.outcome import Cause, Delivered, Retry
from tests.messages import deadline, message, plain
from tests.servers import Reply, http_receiver


def settings(url: str) -> AppriseSettings:
    """Settings with that address."""
    return AppriseSettings.model_validate({"type": "apprise", "url": url})


async def test_title_and_text_arrive() -> None:
    """The receiver gets subject and facts."""
    async with http_receiver() as receiver:
        sender = build(settings(f"json://127.0.0.1:{receiver.port}/"), "phone")
        assert isinstance(await sender.send(message(), sender.render(message())), Delivered)
        body: dict[str, Any] = json.loads(receiver.requests[0].body)
    assert body["title"] == "[7 days] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"
    assert "trade desk" in body["message"]


@pytest.mark.parametrize(
    ("wanted", "note"), [("text", "Call (212) 555-0100!"), ("markdown", r"Call \(212\) 555\-0100\!")]
)
async def test_a_service_gets_the_form_that_it_shows(wanted: str, note: str) -> None:
    """One that shows plain text gets no marks."""
    async with http_receiver() as receiver:
        sender = build(settings(f"json://127.0.0.1:{receiver.port}/?format={wanted}"), "phone")
        told = message(deadline=deadline(note="Call (212) 555-0100!"))
        assert isinstance(await sender.send(told, sender.render(told)), Delivered)
        body: dict[str, Any] = json.loads(receiver.requests[0].body)
    assert note in body["message"]


async def test_no_is_a_retry() -> None:
    """Apprise says only that it failed."""
    async with http_receiver() as receiver:
        receiver.default = Reply(status=500)
        sender = build(settings(f"json://127.0.0.1:{receiver.port}/"), "phone")
        outcome = await sender.send(message(), sender.render(message()))
    assert outcome == Retry(detail="Apprise could not send it")


def test_missing_extra_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are known without Apprise; building says what to install, and not where to."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ChannelUnavailableError, match=r"install alerter\[apprise\]") as missing:
        build(settings("json://CANARY"), "phone")
    assert "CANARY" not in str(missing.value)


async def test_unknown_service_needs_a_person() -> None:
    """An address that Apprise does not know is told unseen."""
    sender = build(settings("nosuch://CANARY"), "phone")
    outcome = await sender.send(message(), sender.render(message()))
    assert outcome == Retry(detail="Apprise knows no service by this url", cause=Cause.NEEDS_PERSON)


async def test_addresses_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Apprise's own log, which holds addresses, is silent."""
    caplog.set_level(0)
    for url in ("nosuch://CANARY", "json://user:CANARY@127.0.0.1:1/CANARY"):
        sender = build(settings(url), "phone")
        assert isinstance(await sender.send(message(), sender.render(message())), Retry)
        await sender.close()
    assert "CANARY" not in caplog.text


def test_digest_is_a_list_under_its_days() -> None:
    """Each day is a heading and each deadline one line, in Markdown; what is in a title is escaped."""
    items = (message(deadline=deadline(title="Truce *now*")),)
    rendered = build(settings("json://127.0.0.1:1/"), "phone").render(plain(Kind.DIGEST, title="monday", items=items))
    assert rendered.body.splitlines() == [
        "**Mon 10 Nov 2025**",
        "",
        r"- \[7 days\] Truce \*now\* \- Mon 10 Nov 2025, 00:01 EST Acknowledge: <https://deadlines.example.com/a/1>",
    ]


def test_a_note_keeps_its_lines_in_its_entry() -> None:
    """Two blanks end a line in Markdown; what follows is set in, and an empty line would end the list."""
    told = message(deadline=deadline(note="call counsel\n\nfile"))
    assert (
        "- **Note**: call counsel  \n  file\n- **Owner**"
        in build(settings("json://127.0.0.1:1/"), "phone").render(told).body
    )


def test_marks_of_markdown_are_plain() -> None:
    """No text of the config formats, links or mentions."""
    assert escape("*b* [x](y) @all <z>") == r"\*b\* \[x\]\(y\) \@all \<z\>"
