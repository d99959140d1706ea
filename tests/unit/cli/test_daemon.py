"""Asking the running daemon from outside."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alerter.cli import run_command
from alerter.cli.daemon import ask_health, ask_reload, find_daemon
from alerter.cli.failure import Failure
from tests.servers import free_port

Answer = tuple[int, str]


class Receiver(ThreadingHTTPServer):
    """Answers every request the same way and remembers what was asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.asked: list[tuple[str, str, str | None]] = []

    @property
    def listen(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Notes what was asked, and answers as told."""

    server: Receiver

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("authorization")))
        status, body = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815 - the standard library's name

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver((200, '{"status": "ok", "reasons": []}'))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[str]:
    """A ledger whose lock this very process holds."""
    lock = tmp_path / "x.db.lock"
    lock.write_text(f"pid {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield f"sqlite:///{tmp_path / 'x.db'}"


def test_the_holder_of_the_lock_is_the_daemon(store: str) -> None:
    """Its process id stands in the lock file."""
    assert find_daemon(store) == os.getpid()


def test_a_lock_that_nobody_holds_names_nobody(tmp_path: Path) -> None:
    """After a crash the text stays, but the process id may belong to anyone by now."""
    (tmp_path / "x.db.lock").write_text(f"pid {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
    assert find_daemon(f"sqlite:///{tmp_path / 'x.db'}") is None


def test_a_daemon_on_another_machine_is_not_ours_to_signal(store: str, tmp_path: Path) -> None:
    """Its process id means nothing here."""
    (tmp_path / "x.db.lock").write_text("pid 1 on elsewhere\n", encoding="utf-8")
    assert find_daemon(store) is None


def test_a_live_daemon_is_healthy(receiver: Receiver) -> None:
    """200 from /livez."""
    assert ask_health(receiver.listen, lambda: "") == (True, "200 ok")
    assert receiver.asked == [("GET", "/livez", None)]


def test_all_addresses_are_asked_on_loopback(receiver: Receiver) -> None:
    """`0.0.0.0` is where to listen, not whom to ask."""
    assert ask_health(f"0.0.0.0:{receiver.server_port}", lambda: "")[0]


def test_a_failing_daemon_is_not_healthy(receiver: Receiver) -> None:
    """Its reasons are shown."""
    receiver.answer = (503, '{"status": "failing", "reasons": ["the loop stands still"]}')
    assert ask_health(receiver.listen, lambda: "") == (False, "503 the loop stands still")


def test_silence_is_not_healthy() -> None:
    """Nobody listens."""
    listen = f"127.0.0.1:{free_port()}"
    assert ask_health(listen, lambda: "") == (False, f"no answer from {listen}: ConnectionRefusedError")


def test_without_a_web_side_the_lock_tells(store: str) -> None:
    """`listen = ""` leaves the lock."""
    assert ask_health("", lambda: store) == (True, f"process {os.getpid()} holds the ledger")
    assert ask_health("", lambda: store + "x") == (False, "no daemon on this machine holds the ledger")


@pytest.mark.parametrize("said", ['store = { env = "LEDGER" }', ""])
def test_the_lock_is_looked_for_where_the_store_says_in_whatever_way(
    said: str, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.toml").write_text(f'[service]\nlisten = ""\n{said}\n')
    (tmp_path / "place").write_text(f"{store}\n")
    monkeypatch.setenv("LEDGER", store)
    if not said:
        monkeypatch.setenv("ALERTER_STORE_FILE", str(tmp_path / "place"))
    code = run_command(["healthcheck", "-c", str(tmp_path / "a.toml")])
    assert (code, capsys.readouterr().out) == (0, f"process {os.getpid()} holds the ledger\n")


def test_a_ledger_on_a_server_tells_of_no_process() -> None:
    """There is no lock beside it, so that nothing is said of who holds it."""
    assert ask_health("", lambda: "postgresql://db/alerter") == (
        False,
        "no process can be found by a ledger on a server",
    )


def test_a_reload_is_asked_over_http_with_the_token(receiver: Receiver) -> None:
    """With the wish to accept removals, where there is one."""
    receiver.answer = (202, '{"status": "accepted"}')
    said = ask_reload(receiver.listen, "t0ken", "sqlite:///none.db", accept_removals=True)
    assert receiver.asked == [("POST", "/api/v1/reload?accept_removals=true", "Bearer t0ken")]
    assert said == f"asked the daemon at {receiver.listen} to read its files again"


@pytest.mark.parametrize(("accept_removals", "expected"), [(False, signal.SIGHUP), (True, signal.SIGUSR1)])
def test_where_http_does_not_work_a_signal_is_sent(store: str, accept_removals: bool, expected: signal.Signals) -> None:
    """SIGHUP, or SIGUSR1 to accept removals."""
    seen: list[int] = []
    before = signal.signal(expected, lambda number, _: seen.append(number))
    try:
        said = ask_reload(f"127.0.0.1:{free_port()}", None, store, accept_removals=accept_removals)
    finally:
        signal.signal(expected, before)
    assert (seen, said) == ([expected], f"signalled process {os.getpid()} to read its files again")


@pytest.mark.parametrize("token", ["t0ken\nbelow", "t0ken €"])
def test_a_token_that_no_header_can_hold_is_not_repeated(receiver: Receiver, token: str) -> None:
    """A file of two lines, for instance."""
    with pytest.raises(Failure, match=r"service\.token holds what cannot be sent") as failed:
        ask_reload(receiver.listen, token, "sqlite:///none.db", accept_removals=False)
    assert "t0ken" not in str(failed.value)


def test_a_reload_that_reaches_nobody_says_what_was_tried(receiver: Receiver) -> None:
    """The refusal over HTTP and the missing lock; no token in the sentence."""
    receiver.answer = (401, '{"detail": "This needs the bearer token."}')
    with pytest.raises(
        Failure, match=r"answered 401 This needs the bearer token\.; no daemon on this machine"
    ) as failed:
        ask_reload(receiver.listen, "t0ken", "sqlite:///none.db", accept_removals=False)
    assert "t0ken" not in str(failed.value)
