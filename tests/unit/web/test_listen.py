"""Addresses to listen on."""

from __future__ import annotations

import pytest

from alerter.web.listen import Listen, parse_listen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8080", Listen("127.0.0.1", 8080)),
        ("[::1]:0", Listen("::1", 0)),
        ("localhost:80", Listen("localhost", 80)),
        (":9000", Listen("0.0.0.0", 9000)),
        ("", None),
    ],
)
def test_an_address_is_host_and_port(text: str, expected: Listen | None) -> None:
    """Names, IPv4 and bracketed IPv6 are read; the empty string means not to listen."""
    assert expected == parse_listen(text)


@pytest.mark.parametrize("text", ["8080", "host", "host:", "host:http", "host:65536", "::1:80", "host:-1", "host:²"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """The error says what an address looks like."""
    with pytest.raises(ValueError, match=r"looks like 127\.0\.0\.1:8080"):
        parse_listen(text)


@pytest.mark.parametrize(
    ("host", "expected"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.7", "10.0.0.7"), ("box", "box")]
)
def test_a_listener_on_all_addresses_is_reached_on_loopback(host: str, expected: str) -> None:
    """The unspecified address cannot be connected to everywhere, so loopback of its family stands in."""
    assert expected == Listen(host, 80).reachable_host
