"""The address to listen on, `host:port`, and how to reach whoever listens there."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address


@dataclass(frozen=True, slots=True)
class Listen:
    """Host (a name or an IP address, without brackets) and port (0: any free one)."""

    host: str
    port: int

    @property
    def reachable_host(self) -> str:
        """The host under which this machine reaches the listener: loopback where it listens on all addresses."""
        try:
            address = ip_address(self.host)
        except ValueError:
            return self.host
        if not address.is_unspecified:
            return self.host
        return "127.0.0.1" if address.version == 4 else "::1"


def parse_listen(text: str) -> Listen | None:
    """Read `127.0.0.1:8080`, `[::1]:8080` or `:8080` (all addresses); None where it is empty.

    Raises ValueError with a sentence that says what an address looks like.
    """
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535 or (":" in bare and bare == host):
        raise ValueError("an address to listen on looks like 127.0.0.1:8080 or [::1]:8080")
    return Listen(bare or "0.0.0.0", int(port))  # noqa: S104 - what `:8080` asks for
