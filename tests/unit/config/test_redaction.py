"""Secrets taken out of text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel, SecretStr

from alerter.config import redaction
from alerter.config.redaction import find_secrets, redact, redacted


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Secrets registered by one test are unknown to the next."""
    kept = set(redaction._known.values)
    yield
    redaction._known.values.clear()
    redaction._known.add(kept)


@pytest.mark.parametrize(
    ("secret", "text", "expected"),
    [
        ("hunter22", "password hunter22!", "password ***!"),
        ("a b/c", "quoted a%20b%2Fc", "quoted ***"),
        ("https://hooks.example/services/T0/B0/X", "POST /services/T0/B0/X", "POST ***"),
        ("https://hooks.example/x?key=s3cret", "query key=s3cret", "query ***"),
        ("postgresql://u:p%40ss@db/x", "for p%40ss", "for ***"),
        ("spaced \n", "as spaced here", "as *** here"),
    ],
)
def test_a_secret_is_masked_in_the_forms_it_shows_in(secret: str, text: str, expected: str) -> None:
    """Whole, URL-quoted, and the telling parts of a URL."""
    redact([secret])
    assert expected == redacted(text)


def test_of_two_secrets_the_longer_is_masked_whole() -> None:
    """One that starts like another leaves no tail behind."""
    redact(["token", "token-extended"])
    assert redacted("token-extended token") == "*** ***"


def test_very_short_secrets_are_left() -> None:
    """Masking every `abc` would make logs unreadable and give the secret away."""
    redact(["abc", ""])
    assert redacted("abcdef") == "abcdef"


def test_secrets_are_found_however_deep_settings_hold_them() -> None:
    """Models in mappings in lists; plain strings are not secrets."""

    class Smtp(BaseModel):
        host: str = "mail"
        password: SecretStr = SecretStr("deep-one")

    class Channel(BaseModel):
        smtp: Smtp = Smtp()
        secrets: tuple[SecretStr, ...] = (SecretStr("rotated-1"), SecretStr("rotated-2"))

    assert set(find_secrets({"legal": Channel()}, None)) == {"deep-one", "rotated-1", "rotated-2"}


@pytest.mark.parametrize("write", [repr, json.dumps, lambda text: repr(text.encode())])
def test_a_secret_is_masked_however_python_and_json_write_it(write: Callable[[str], str]) -> None:
    """As errors of libraries do: `Invalid header value b'Bearer ...'`."""
    secret = 'line-7f3a\nbelow \\ "quoted" \u00e9-7f3a'
    redact([secret])
    assert "7f3a" not in redacted(f"Invalid value {write('Bearer ' + secret)}")
