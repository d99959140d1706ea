"""The types of keys take what they should, refuse the rest, and read secrets from where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from alerter.config.addresses import is_loopback_host, is_refused_address, is_refused_host
from alerter.config.fields import Duration, Headers, Host, Period, Rate, Secret, Secrets, SecretUrl, Sourced

ENVIRON = {"URL": "https://example.com/x", "EMPTY": ""}


def _read(kind: Any, value: Any, *, secrets: bool = True) -> Any:
    return TypeAdapter(kind).validate_python(value, context={"environ": ENVIRON, "secrets": secrets})


def _refused(kind: Any, value: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        _read(kind, value)
    return [each["type"] for each in caught.value.errors()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0s", timedelta()),
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1.5h", timedelta(minutes=90)),
        ("2 d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    """One number and a unit."""
    assert _read(Duration, text) == expected


@pytest.mark.parametrize(
    "value", ["", "5", "m", "5 minutes", "-5m", "1h30m", "101y", "99999999w", 5, True, ["5m"], "٣m"]
)
def test_what_is_no_duration(value: Any) -> None:
    """Anything else is refused, also what is longer than a century."""
    assert _refused(Duration, value) == ["bad-value"]


def test_a_period_is_longer_than_nothing() -> None:
    """What repeats cannot repeat at once."""
    assert _refused(Period, "0s") == ["bad-value"]
    assert _read(Period, "1s") == timedelta(seconds=1)


@pytest.mark.parametrize(("text", "expected"), [("1/s", 1.0), ("30/m", 0.5), ("7200 / h", 2.0), ("0.5/s", 0.5)])
def test_rates_are_messages_per_second(text: str, expected: float) -> None:
    """A number per unit of time."""
    assert _read(Rate, text) == expected


@pytest.mark.parametrize("value", ["0/s", "1", "1/y", "/s", "-1/s", 1])
def test_what_is_no_rate(value: Any) -> None:
    """Nothing per second would be silence, and the rest is no rate."""
    assert _refused(Rate, value) == ["bad-value"]


def test_a_secret_comes_from_where_it_says(tmp_path: Path) -> None:
    """Written out, from a variable, or from a file less its last newline."""
    (tmp_path / "token").write_bytes(b"abc\r\n")
    (tmp_path / "two").write_text("abc\n\n")
    assert _read(Secret, "abc").get_secret_value() == "abc"
    assert _read(SecretUrl, {"env": "URL"}).get_secret_value() == "https://example.com/x"
    assert _read(Secret, {"file": str(tmp_path / "token")}).get_secret_value() == "abc"
    assert _read(Secret, {"file": str(tmp_path / "two")}).get_secret_value() == "abc\n"
    assert _read(Sourced, {"env": "URL"}) == "https://example.com/x"
    assert [each.get_secret_value() for each in _read(Secrets, ["a", {"env": "URL"}])] == ["a", "https://example.com/x"]
    assert [each.get_secret_value() for each in _read(Secrets, "a")] == ["a"]


def test_without_secrets_nothing_is_read() -> None:
    """A harmless word stands in, and even a file that is not there is not looked for."""
    nowhere = {"file": "/nonexistent/secret"}
    assert _read(Secret, nowhere, secrets=False).get_secret_value() == "placeholder"
    assert _read(SecretUrl, nowhere, secrets=False).get_secret_value() == "https://placeholder.invalid/"
    assert _read(Host, {"env": "NOT_SET"}, secrets=False) == "placeholder.invalid"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"env": "NOT_SET"}, "missing-secret"),
        ({"file": "/nonexistent/secret"}, "missing-secret"),
        ({"file": "/"}, "missing-secret"),
        ({"file": "a\0b"}, "missing-secret"),
        ({"env": "EMPTY"}, "bad-value"),
        ({"file": "/dev/null"}, "missing-secret"),
        ({"env": ""}, "bad-value"),
        ({"env": "URL", "file": "x"}, "bad-value"),
        ({"url": "x"}, "bad-value"),
        ({}, "bad-value"),
        ("", "bad-value"),
        (5, "bad-value"),
    ],
)
def test_a_secret_that_cannot_be_had(value: Any, code: str) -> None:
    """What is missing is told from what is malformed."""
    assert _refused(Secret, value) == [code]


def test_an_unreadable_secret_names_its_path(tmp_path: Path) -> None:
    """The sentence holds the path, and bytes that are no text are refused."""
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    (tmp_path / "empty").write_bytes(b"\n")
    assert _refused(Secret, {"file": str(tmp_path / "latin")}) == ["bad-value"]
    with pytest.raises(ValidationError, match=str(tmp_path / "empty")):
        _read(Secret, {"file": str(tmp_path / "empty")})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://10.0.0.1:8080/x?y#z",
        "http://[::1]/",
        "HTTPS://Example.COM/Ä",
        "https://user:pw@example.com/",
    ],
)
def test_urls_that_may_be_called(url: str) -> None:
    """Private and loopback addresses are the operator's own."""
    assert _read(SecretUrl, url).get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    [
        "example.com", "ftp://example.com", "file:///etc/passwd", "https:/example.com", "https://", "https:///x", "//x",
        "http://a b/", "http://a\n/", "http://x:99999/", "http://good\\@evil/", " https://x.example", "https://x.example/\t",
        "http://169.254.169.254/", "http://2852039166/", "http://0xa9fea9fe/", "http://[fe80::1]/", "http://[::ffff:a9fe:a9fe]/",
        "http://metadata.google.internal/", "http://METADATA.google.internal./", "http://100.100.100.200/",
    ],
)  # fmt: skip
def test_urls_that_may_not(url: str) -> None:
    """Other schemes, malformed ones, link-local and metadata addresses in any spelling."""
    assert _refused(SecretUrl, url) == ["bad-value"]


@pytest.mark.parametrize(
    "headers", [{"X\n": "a"}, {"": "a"}, {"X Y": "a"}, {"X": "a\r\nB: c"}, {"X": "a\0"}, {"X": "€"}, {"X": " a"}]
)
def test_headers_that_no_request_may_have(headers: Mapping[str, str]) -> None:
    """Line breaks, null characters, and what Latin-1 does not have."""
    assert _refused(Headers, headers) == ["bad-value"]


def test_headers_may_hold_secrets() -> None:
    """A value can come from the environment."""
    assert _read(Headers, {"X-Team": "é", "X-Key": {"env": "URL"}})["X-Key"].get_secret_value() == ENVIRON["URL"]


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.1", "0x7f.1", "::1", "[::1]"])
def test_loopback_hosts(host: str) -> None:
    """By name, by address, in any spelling."""
    assert is_loopback_host(host)
    assert not is_refused_host(host)


@pytest.mark.parametrize("address", ["169.254.0.1", "fe80::1", "::ffff:169.254.1.1", "fd00:ec2::254"])
def test_addresses_never_connected_to(address: str) -> None:
    """Link-local and metadata addresses, also mapped into IPv6."""
    assert is_refused_address(ip_address(address))
    assert is_refused_host(address)
    assert not is_refused_address(ip_address("192.168.1.1"))
