"""What proves that a button was pressed in Slack."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from alerter.web.slack_actions import is_signed

BODY = b"payload=%7B%7D"
AT = 1_700_000_000


def sign(secret: str, timestamp: str, body: bytes = BODY) -> str:
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def test_what_slack_signed_is_taken() -> None:
    """With any of the secrets, within five minutes either way."""
    for late in (-299, 0, 299):
        assert is_signed(["old", "new"], str(AT), sign("new", str(AT)), BODY, AT + late)


@pytest.mark.parametrize(
    ("timestamp", "signature", "now"),
    [
        (str(AT), sign("new", str(AT)), AT + 301),
        (str(AT), sign("new", str(AT)), AT - 301),
        (str(AT), sign("other", str(AT)), AT),
        (str(AT), sign("new", str(AT), b"payload=%7B"), AT),
        (str(AT), sign("new", str(AT + 1)), AT),
        (str(AT), sign("new", str(AT)).removeprefix("v0="), AT),
        (str(AT), "", AT),
        ("", sign("new", ""), AT),
        ("²", sign("new", "²"), AT),
        ("1" * 5000, sign("new", "1" * 5000), AT),
        (str(AT), "v0=ü", AT),
    ],
)
def test_anything_else_is_refused(timestamp: str, signature: str, now: int) -> None:
    """Too old, too new, signed by another, or for other bytes."""
    assert not is_signed(["old", "new"], timestamp, signature, BODY, now)


def test_without_a_secret_nothing_is_taken() -> None:
    """Where no channel has a signing secret nobody can press anything."""
    assert not is_signed([], str(AT), sign("", str(AT)), BODY, AT)
