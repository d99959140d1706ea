"""The running daemon, from outside: over HTTP where it listens, else by the process that holds the ledger's lock."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from alerter.cli.failure import Failure
from alerter.cli.stored import store_path
from alerter.web.listen import Listen, parse_listen

ANSWER_WITHIN = 5.0  # seconds
_HOLDER = re.compile(r"pid (\d+) on (.+)")


def find_daemon(store: str) -> int | None:
    """The process id of the daemon that holds this SQLite ledger on this machine; None where there is none."""
    path = store_path(store)
    holder = _read_holder(path.with_name(f"{path.name}.lock")) if path else None
    found = _HOLDER.fullmatch(holder or "")
    return int(found[1]) if found and found[2] == socket.gethostname() else None


def ask_health(listen: str, find_store: Callable[[], str]) -> tuple[bool, str]:
    """Whether the daemon is alive, and its answer in a line; by the lock of the store where it does not listen."""
    address = _parse(listen)
    if address is None:
        store = find_store()
        process = find_daemon(store)
        return process is not None, f"process {process} holds the ledger" if process else _nobody(store)
    try:
        status, body = _ask(address, "GET", "/livez")
    except (OSError, http.client.HTTPException) as error:
        return False, f"no answer from {_show(address)}: {type(error).__name__}"
    return status == 200, _first_words(body, status)


def ask_reload(listen: str, token: str | None, store: str, *, accept_removals: bool) -> str:
    """Ask for a reload; returns what was done. Raises Failure where no daemon could be asked."""
    tried = []
    if (address := _parse(listen)) is not None:
        answer = _post_reload(address, token, accept_removals)
        if answer is None:
            return f"asked the daemon at {_show(address)} to read its files again"
        tried.append(answer)
    process = find_daemon(store)
    if process is not None:
        return _signal_reload(process, accept_removals)
    raise Failure("; ".join([*tried, _nobody(store)]))


def _nobody(store: str) -> str:
    """Why no process is known."""
    if store_path(store) is None:
        return "no process can be found by a ledger on a server"
    return "no daemon on this machine holds the ledger"


def _post_reload(address: Listen, token: str | None, accept_removals: bool) -> str | None:
    """None where the daemon has accepted, else why not."""
    path = f"/api/v1/reload?accept_removals={str(accept_removals).lower()}"
    try:
        status, body = _ask(address, "POST", path, {"Authorization": f"Bearer {token}"} if token else {})
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {_show(address)} ({type(error).__name__})"
    except ValueError:  # which repeats the token
        return "service.token holds what cannot be sent in a header, such as a line break"
    return None if status == 202 else f"{_show(address)} answered {_first_words(body, status)}"


def _signal_reload(process: int, accept_removals: bool) -> str:
    try:
        os.kill(process, signal.SIGUSR1 if accept_removals else signal.SIGHUP)
    except OSError as error:
        raise Failure(f"cannot signal process {process}: {error.strerror}") from None
    return f"signalled process {process} to read its files again"


def _ask(address: Listen, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address.reachable_host, address.port, timeout=ANSWER_WITHIN)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read(4096)
    finally:
        connection.close()


def _parse(listen: str) -> Listen | None:
    """Where to ask; None where the daemon does not listen, or on a port that nobody can know."""
    try:
        address = parse_listen(listen)
    except ValueError as error:
        raise Failure(f"service.listen: {error}") from None
    return address if address is not None and address.port else None


def _show(address: Listen) -> str:
    host = address.reachable_host
    return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"


def _first_words(body: bytes, status: int) -> str:
    """What the answer says, briefly: the reasons of a probe, the detail of a problem."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return str(status)
    words = document.get("detail") or "; ".join(map(str, document.get("reasons", ()))) or document.get("status", "")
    return f"{status} {words}"


def _read_holder(lock: Path) -> str | None:
    """Who holds the lock; None where it is free. The file's text alone proves nothing: its writer may be long gone."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 200, 0).decode(errors="replace").strip()
    finally:
        os.close(descriptor)
    return None
