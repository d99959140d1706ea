"""The judge itself: what may differ between two arrivals of one message, and what may not."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.acceptance.inbox import Arrival, HttpInbox
from tests.acceptance.oracle import find_changed
from tests.servers import Receiver, Request

SECRET = f"whsec_{base64.b64encode(bytes(24)).decode()}"
NOTICE = {"id": "ntc_a", "lead": "1h", "attempt": 1, "late_by": 0}
DATA: dict[str, Any] = {"notice": NOTICE, "deadline": {"title": "A"}, "text": "in 1 hour"}
MAIL = "From: a@example.com\r\nTo: b@example.com\r\nMessage-ID: <ntc_a@x>\r\nSubject: [1 hour] A - Monday\r\n\r\n"


def webhook(**changes: Any) -> bytes:
    """A body with these keys of its data changed."""
    return json.dumps({"type": "deadline.upcoming", "timestamp": "t", "data": DATA | changes}).encode()


@pytest.mark.parametrize(
    ("again", "is_changed"),
    [
        (webhook(), False),
        (webhook(notice={**NOTICE, "attempt": 2, "late_by": 60}, text="in 59 minutes"), False),
        (webhook(notice={**NOTICE, "lead": "2h"}), True),
        (webhook(deadline={"title": "B"}), True),
        (webhook(links={"page": "x"}), True),
    ],
)
def test_a_webhook_that_comes_again_says_the_same(again: bytes, is_changed: bool) -> None:
    """But for its attempt and how long there still is."""
    first, second = (Arrival(channel="ops", id="ntc_a", content=content) for content in (webhook(), again))
    assert bool(find_changed([first, second])) is is_changed


@pytest.mark.parametrize(
    ("words", "others", "is_changed"),
    [("[1 hour]", "[30 minutes]", False), ("A - Monday", "A - Friday", True), ("b@example.com", "c@example.com", True)],
)
def test_a_mail_that_comes_again_is_about_the_same(words: str, others: str, is_changed: bool) -> None:
    """To the same people, under the same subject but for how long there still is."""
    mails = (MAIL, MAIL.replace(words, others))
    both = [Arrival(channel="legal", id="ntc_a", content=content.encode()) for content in mails]
    assert bool(find_changed(both)) is is_changed


def test_a_repeat_looks_sent_later_unless_the_clock_was_set_back() -> None:
    """By the sender's own clock, which the case may have set."""
    now = datetime.now(UTC)
    first = Arrival(channel="ops", id="ntc_a", content=webhook(), at=now, sent_at=10)
    assert find_changed([first, replace(first, sent_at=9)]) != []
    assert find_changed([first, replace(first, sent_at=9, at=now - timedelta(seconds=1))]) == []


def test_a_signature_is_over_what_came() -> None:
    """A body that was changed on the way, or signed by another key, is found."""
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("ntc_a", now, webhook().decode())
    headers = {"webhook-id": "ntc_a", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    received = [Request("POST", "/", headers, body) for body in (webhook(), webhook(links={}))]
    inbox = HttpInbox("ops", Receiver(requests=received), secret=SECRET)
    assert inbox.unsigned() == ["ntc_a"]
