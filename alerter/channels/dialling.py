"""Connecting to the other side, wherever its name leads but to link-local and metadata addresses.

The address connected to is what counts: a name may resolve to another one each time it is asked for.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from functools import cache
from typing import Any

from aiohappyeyeballs import start_connection

from alerter.config.addresses import is_refused_peer

NEXT_AFTER = 0.25
"""Seconds after which the next of several addresses is tried beside one that does not answer."""


class ForbiddenAddressError(OSError):
    """A link-local or metadata address, which is never connected to."""

    def __init__(self) -> None:
        super().__init__("link-local and metadata addresses are not connected to")


async def dial(host: str, port: int) -> socket.socket:
    """A connection to the first address of the host that answers.

    Raises OSError, and ForbiddenAddressError where the host has only such addresses.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    allowed = [each for each in found if not is_refused_peer(str(each[4][0]))]
    if not allowed:
        raise ForbiddenAddressError
    return await start_connection(allowed, happy_eyeballs_delay=NEXT_AFTER)


def make_socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket for an address that `getaddrinfo` gave. Raises ForbiddenAddressError."""
    family, kind, protocol, _, where = address
    if is_refused_peer(str(where[0])):
        raise ForbiddenAddressError
    return socket.socket(family, kind, protocol)


@cache
def guard_all_sockets() -> None:
    """Hold every socket of this process to the rule, for libraries that connect by themselves; there is no way back."""
    sys.addaudithook(_judge)


def _judge(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDING_EVENTS and _is_refused(arguments[1]):
        raise ForbiddenAddressError


def _is_refused(where: Any) -> bool:
    if not isinstance(where, tuple):  # the path of a Unix socket
        return False
    try:
        return is_refused_peer(str(where[0]))
    except ValueError:  # a name: its addresses come here one by one
        return False


_SENDING_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
