"""Who may use what is not for everybody: the holder of the token, or without a token loopback only."""

from __future__ import annotations

import hmac
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

_FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def find_refusal(request: Request, token: str | None) -> tuple[int, str] | None:
    """Why the request is refused, as status and sentence; None where it may pass."""
    if token is not None:
        return None if is_same(find_bearer(request), token) else (401, "This needs the bearer token of service.token.")
    if not _is_loopback(request):
        return 403, "Without service.token this is served to loopback only."
    if not _is_same_site(request):
        return 403, "The request comes from another site."
    return None


def find_bearer(request: Request) -> str:
    """The bearer token that the request brings; "" without one."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return _as_utf8(given.strip()) if scheme.lower() == "bearer" else ""


def _as_utf8(text: str) -> str:
    """What a header says: its bytes come as Latin-1, and most clients send UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def is_same(given: str, token: str) -> bool:
    """Whether that is the token; how long it takes tells nothing of it."""
    return hmac.compare_digest(given.encode(), token.encode())


def _is_loopback(request: Request) -> bool:
    """A request with forwarding headers comes from elsewhere, whoever delivers it."""
    if request.client is None or any(name in request.headers for name in _FORWARDING):
        return False
    return _is_loopback_name(request.client.host)


def _is_loopback_name(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _is_same_site(request: Request) -> bool:
    """A browser on this machine may be driven by any page it shows: its Host and Origin tell."""
    origin = request.headers.get("origin")
    return _is_loopback_name(request.url.hostname or "") and (
        origin is None or host_of(origin) == request.headers.get("host")
    )


def host_of(address: str) -> str:
    """Host and port of an address; "" where it has none, or is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""
