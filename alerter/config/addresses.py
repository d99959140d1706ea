"""Which hosts a URL may name: everywhere but link-local and cloud metadata addresses.

Private networks and loopback are the operator's own and fine.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from pydantic import ValidationError
from pydantic_core import Url

_REFUSED = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",
            "fe80::/10",
            "100.100.100.200/32",  # Alibaba
            "192.0.0.192/32",  # Oracle
            "fd00:ec2::254/128",  # Amazon
            "fd20:ce::254/128",  # Google
        ),
    )
)
_REFUSED_NAMES = frozenset({"metadata.google.internal", "metadata.goog"})
_ENDING_IN_IPV4 = tuple(
    map(ip_network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"))
)


def is_refused_address(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is link-local or a metadata service, also when it is carried inside an IPv6 one."""
    inner = _carried(address) if isinstance(address, IPv6Address) else None
    return any(each in network for each in (address, inner) if each is not None for network in _REFUSED)


def is_refused_peer(host: str) -> bool:
    """As `is_refused_address`, of a numeric address as sockets spell it (`fe80::1%eth0`)."""
    return is_refused_address(ip_address(host.partition("%")[0]))


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one end at: mapped, translated (NAT64), 6to4 or Teredo."""
    if any(address in network for network in _ENDING_IN_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.teredo[1] if address.teredo else address.sixtofour


def is_refused_host(host: str) -> bool:
    """Whether the host is a literal address or a name that must not be connected to."""
    address = literal_address(host)
    if address is None:
        return host.rstrip(".").lower() in _REFUSED_NAMES
    return is_refused_address(address)


def is_loopback_host(host: str) -> bool:
    """Whether the host is this machine by its own name or literal address."""
    address = literal_address(host)
    name = host.rstrip(".").lower()
    return (name == "localhost" or name.endswith(".localhost")) if address is None else address.is_loopback


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host spells out (`127.1` and `0x7f.1` too), or None for a name."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        spelled = Url(f"http://{host}/").host or ""
    except ValidationError:
        spelled = bare
    for text in (spelled.removeprefix("[").removesuffix("]"), bare):
        try:
            return ip_address(text)
        except ValueError:
            continue
    return None
