"""Whose requests may pass."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from alerter.web.request.access import find_refusal


def bearing(authorization: bytes) -> Request:
    """A request with this header."""
    headers = [(b"host", b"alerter.example.com"), (b"authorization", authorization)]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("203.0.113.9", 1)})


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_token_beyond_ascii_is_known_in_either_encoding(encoding: str) -> None:
    """Some clients send UTF-8, some Latin-1."""
    assert find_refusal(bearing("Bearer clé".encode(encoding)), "clé") is None
    assert find_refusal(bearing("Bearer cle".encode(encoding)), "clé") is not None
