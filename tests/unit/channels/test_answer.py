"""What is kept of an answer."""

from __future__ import annotations

from alerter.channels.answer import excerpt, secrets_of_url


def test_excerpt_is_short_and_on_one_line() -> None:
    """200 characters at most, control characters gone."""
    assert excerpt(b"no\r\n\x1b[31m" + b"x" * 5000) == "no [31m" + "x" * 192 + "…"


def test_excerpt_hides_all_parts_of_our_address() -> None:
    """An address that is echoed in parts gives nothing away."""
    secrets = secrets_of_url("https://bob:pass%20word@hooks.example.com/services/T0000/SECRETPATH?key=SECRETKEY")
    for said in ("/services/T0000/SECRETPATH?key=SECRETKEY", "SECRETPATH", "key=SECRETKEY", "pass word", "pass%20word"):
        assert "SECRET" not in excerpt(said, secrets)
        assert "pass" not in excerpt(said, secrets)


def test_secret_at_the_cut_is_hidden_first() -> None:
    """A secret is taken out before the text is cut, so that no half of it stays."""
    assert "TOPSE" not in excerpt("x" * 195 + "TOPSECRET", ["TOPSECRET"])


def test_bytes_that_are_no_text_are_readable() -> None:
    """Any bytes give a text."""
    assert excerpt(b"\xff\xfe") == "\ufffd\ufffd"
