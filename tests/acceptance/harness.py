"""Runs the real `alerter` command in a folder of its own, with real receivers round it.

A case writes deadlines, starts the daemon, waits for arrivals and says what was wanted; the rest is the bench's.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import trustme

from tests.acceptance.inbox import Arrival, HttpInbox, Inbox, MailInbox, console_arrivals
from tests.acceptance.oracle import check_integrity, find_leaks, judge
from tests.acceptance.waiting import PATIENCE, until, until_answered
from tests.servers import http_receiver, mail_server

COMMAND = Path(sys.executable).with_name("alerter")
STORE = "alerter.db"
AUTHORITY = "ca.pem"
PIPE = asyncio.subprocess.PIPE
EXAMPLE = Path(__file__).parents[2] / "config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that has ended, and how long it took in seconds."""

    code: int
    out: str
    err: str
    took: float

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document that it is."""
        assert self.out, self.err
        return json.loads(self.out)


class Daemon:
    """A running `alerter run`: what it prints, its web side, and signals to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._started = time.monotonic()
        self.printed = ""
        self.said = ""
        self.log: list[dict[str, Any]] = []
        self._readers = [asyncio.create_task(self._read_out()), asyncio.create_task(self._read_log())]

    @property
    def port(self) -> int:
        """The port of its web side; 0 until it is up."""
        return next((one["port"] for one in self.log if one.get("event") == "web.started"), 0)

    @property
    def pid(self) -> int:
        """The process: where it was started through another command, the last one down."""
        pid = self._process.pid
        with suppress(OSError):  # it has ended
            while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                pid = int(children[0])
        return pid

    @property
    def peak_bytes(self) -> int:
        """The most memory it has held so far; 0 once it has ended."""
        found = None
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0

    @property
    def own_lags(self) -> list[float]:
        """How many seconds its loop was held up, each time that was by the process itself and by nobody else."""
        lags = self.events("loop.lagged")
        return [one["seconds"] for one in lags if one["busy_seconds"] >= 0.8 * one["seconds"]]

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.returncode is None

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of that event so far."""
        return [one for one in self.log if one.get("event") == name]

    async def says(self, name: str, *, count: int = 1, within: float = 20.0) -> dict[str, Any]:
        """Wait until that event has been logged so often; returns its last line."""
        await until(lambda: len(self.events(name)) >= count, f"{count} x {name}\n{self.said}", within=within)
        return self.events(name)[count - 1]

    async def ready(self, *, within: float = 20.0) -> float:
        """Wait until /readyz says 200; returns the seconds since the start of the process."""

        async def ask() -> bool | None:
            assert self.is_running, self.said
            return True if self.port and (await self.get("/readyz"))[0] == 200 else None

        await until_answered(ask, f"ready\n{self.said}", within=within)
        return time.monotonic() - self._started

    async def get(self, path: str, *, method: str = "GET") -> tuple[int, str]:
        """One request to its web side; status 0 where there was no answer."""
        return await asyncio.to_thread(_request, self.port, method, path)

    async def metric(self, name: str) -> float:
        """The value of a metric; the name with its labels as exposed."""
        _, text = await self.get("/metrics")
        return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name} "))

    async def until_metric(self, name: str, value: float, *, within: float = 20.0) -> None:
        """Wait until the metric has that value."""

        async def ask() -> bool | None:
            return True if await self.metric(name) == value else None

        await until_answered(ask, f"{name} {value}", within=within)

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    async def end(self, number: signal.Signals = signal.SIGTERM, *, within: float = 15.0) -> Ran:
        """Send a signal and wait for the end; at the bound it is killed, and the case fails."""
        began = time.monotonic()
        if self.is_running:
            with suppress(ProcessLookupError):  # it has ended by itself just now
                self.send(number)
        return await self.ended(within=within, began=began)

    async def ended(self, *, within: float = 15.0, began: float | None = None) -> Ran:
        """Wait until it ends by itself."""
        began = self._started if began is None else began
        try:
            async with asyncio.timeout(within * PATIENCE):
                code = await self._process.wait()
                took = time.monotonic() - began
                await asyncio.gather(*self._readers)
        except TimeoutError:
            await self.reap()
            raise AssertionError(f"it did not end within {within} s\n{self.said}") from None
        return Ran(code=code, out=self.printed, err=self.said, took=took)

    async def reap(self) -> None:
        """End it in any case."""
        if self.is_running:
            self._process.kill()
        await self._process.wait()
        await asyncio.gather(*self._readers)

    async def _read_out(self) -> None:
        if self._process.stdout is None:  # it went elsewhere
            return
        async for line in self._process.stdout:
            self.printed += line.decode()

    async def _read_log(self) -> None:
        if self._process.stderr is None:
            return
        async for line in self._process.stderr:
            self.said += line.decode()
            if line.startswith(b"{"):
                self.log.append(json.loads(line))


def _request(port: int, method: str, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


class Bench:
    """One case: a folder, receivers, daemons and what was wanted.

    `wants` names every notice that is to arrive; `may_repeat` those of which no answer could be learned;
    `unrecorded` what is told while the ledger cannot be written and never recorded; `faults` the error events that
    belong to the case; `memory_limit` (bytes) and `lag_limit` (seconds that a daemon itself holds up its loop) are for
    each daemon.
    """

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder = folder
        self.environ = {"ALERTER_LISTEN": "127.0.0.1:0", "PATH": os.environ.get("PATH", ""), "HOME": str(folder)}
        self.store = f"sqlite:///{folder / STORE}"
        self.wanted: list[str] = []
        self.may_repeat: set[str] = set()
        self.faults: set[str] = set()
        self.unrecorded: list[str] = []
        self.lag_limit = 1.0
        self.memory_limit = 150 * 1024 * 1024  # bytes that a daemon may ever have held
        self._stack = stack
        self._inboxes: list[Inbox] = []
        self._daemons: list[Daemon] = []
        self._ran: list[Ran] = []
        self._canaries: list[str] = []
        self._tables: list[str] = []

    # -- before ---------------------------------------------------------------------------------

    def secret(self, variable: str, *, form: str = "{}") -> str:
        """Put a secret into the environment; it may show up nowhere. `form` is what it is wrapped in."""
        canary = f"canary{variable.lower().replace('_', '')}{os.urandom(6).hex()}"
        self._canaries.append(canary)
        self.environ[variable] = form.format(canary)
        return self.environ[variable]

    def signing_secret(self, variable: str) -> str:
        """As `secret`, in the form of Standard Webhooks."""
        key = base64.b64encode(os.urandom(24)).decode()
        self._canaries.append(key)
        self.environ[variable] = f"whsec_{key}"
        return self.environ[variable]

    async def webhook(self, channel: str, *, more: str = "") -> HttpInbox:
        """A receiver of webhooks, with its channel: address and secret come from the environment."""
        inbox = await self._http(channel, "webhook", f'secret = {{ env = "{channel.upper()}_SECRET" }}\n{more}')
        inbox.secret = self.signing_secret(f"{channel.upper()}_SECRET")
        return inbox

    async def slack(self, channel: str, *, more: str = "") -> HttpInbox:
        """A receiver that answers as Slack does, with its channel."""
        inbox = await self._http(channel, "slack", more)
        inbox.is_slack = True
        return inbox

    async def receiver(self, channel: str) -> HttpInbox:
        """A receiver alone: the case itself writes the table of the channel that leads there."""
        inbox = HttpInbox(channel, await self._stack.enter_async_context(http_receiver()))
        self._inboxes.append(inbox)
        return inbox

    async def _http(self, channel: str, form: str, more: str) -> HttpInbox:
        inbox = await self.receiver(channel)
        variable = f"{channel.upper()}_URL"
        self.secret(variable, form=f"{inbox.receiver.url}/hook/{{}}")
        self._tables.append(f'[channels.{channel}]\ntype = "{form}"\nurl = {{ env = "{variable}" }}\n{more}')
        return inbox

    async def mail(self, channel: str) -> MailInbox:
        """A mail server, with its channel."""
        inbox = await self.mail_receiver(channel)
        inbox.server.password = self.secret("SMTP_PASSWORD")
        self._tables.append(
            f'[channels.{channel}]\ntype = "email"\nto = ["desk@example.com"]\nfrom = "Alerter <alerter@example.com>"\n'
            f'smtp = {{ host = "localhost", port = {inbox.server.port}, username = "alerter", '
            f'password = {{ env = "SMTP_PASSWORD" }}, ca = "{AUTHORITY}" }}\n'
        )
        return inbox

    async def mail_receiver(self, channel: str) -> MailInbox:
        """A mail server that wants STARTTLS and a login, under an authority of its own; as `receiver`."""
        context = self.certificate()
        server = await self._stack.enter_async_context(mail_server(context, auth_required=True, require_starttls=True))
        inbox = MailInbox(channel, server)
        self._inboxes.append(inbox)
        return inbox

    def certificate(self) -> ssl.SSLContext:
        """What a server on this machine shows; who vouches for it stands in the folder as `AUTHORITY`."""
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        authority.cert_pem.write_to_path(str(self.folder / AUTHORITY))
        return context

    def write(self, *deadlines: str, top: str = "", service: str = "", more: str = "") -> None:
        """Write the configuration, in one stroke: these deadlines, and the channels made so far."""
        text = self.text(*deadlines, top=top, service=service, more=more)
        folder = self.folder / "config"
        folder.mkdir(exist_ok=True)
        (self.folder / "new.toml").write_text(text, encoding="utf-8")
        (self.folder / "new.toml").replace(folder / "alerter.toml")

    def text(self, *deadlines: str, top: str = "", service: str = "", more: str = "") -> str:
        """What `write` writes."""
        return "\n".join([top, f"[service]\n{service}", *self._tables, more, *deadlines])

    # -- during ---------------------------------------------------------------------------------

    @property
    def database(self) -> Path | None:
        """The file of the ledger, which need not be there; None on PostgreSQL."""
        return Path(self.store.removeprefix("sqlite:///")) if self.store.startswith("sqlite") else None

    @property
    def printed(self) -> str:
        """What all daemons have printed so far."""
        return "".join(daemon.printed for daemon in self._daemons)

    async def start(self, *, under: Sequence[str] = (), out: int = PIPE, err: int = PIPE) -> Daemon:
        """Start `alerter run` in the folder, `under` another command, its outputs going to `out` and `err`."""
        daemon = Daemon(await self._spawn("run", under=under, out=out, err=err))
        self._daemons.append(daemon)
        return daemon

    async def command(self, *arguments: str, within: float = 30.0) -> Ran:
        """Run a command to its end."""
        began = time.monotonic()
        process = await self._spawn(*arguments)
        try:
            async with asyncio.timeout(within * PATIENCE):
                out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        ran = Ran(code=process.returncode or 0, out=out.decode(), err=err.decode(), took=time.monotonic() - began)
        self._ran.append(ran)
        return ran

    async def _spawn(
        self, *arguments: str, under: Sequence[str] = (), out: int = PIPE, err: int = PIPE
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *under,
            COMMAND,
            *arguments,
            cwd=self.folder,
            env=self.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            limit=2**24,  # bytes of one line: a document in JSON is a single one
        )

    def wants(self, *notices: str) -> None:
        """These are to arrive in this case, and nothing else."""
        self.wanted += notices

    # -- after ----------------------------------------------------------------------------------

    async def reap(self) -> None:
        """End whatever still runs, whatever became of the case."""
        for daemon in self._daemons:
            await daemon.reap()

    def show(self) -> None:
        """Print what the daemons said, for the report of a failed case."""
        for daemon in self._daemons:
            sys.stdout.write(f"--- a daemon printed\n{daemon.printed}\n--- and said\n{daemon.said}\n")

    async def check(self) -> None:
        """Stop the daemons in good order and judge the case."""
        for daemon in self._daemons:
            ended_before = not daemon.is_running
            assert daemon.peak_bytes < self.memory_limit, daemon.peak_bytes
            ran = await daemon.end()
            assert ended_before or ran.code == 0, ran.err
            assert [lag for lag in daemon.own_lags if lag >= self.lag_limit * PATIENCE] == []
        self._check_words()
        if self.database is not None and self.database.exists():
            assert check_integrity(self.database) == "ok"
        if self.database is None or self.database.exists():
            await self._check_arrivals()

    async def _check_arrivals(self) -> None:
        assert [name for inbox in self._inboxes if isinstance(inbox, HttpInbox) for name in inbox.unsigned()] == []
        verdict = await judge(self.store, self.arrivals())
        assert sorted(self.wanted) == list(verdict.arrived)
        assert sorted(self.unrecorded) == list(verdict.unknown)
        assert set(verdict.repeated) <= self.may_repeat
        assert verdict.faults == [], verdict.faults

    def arrivals(self) -> list[Arrival]:
        """What has come so far, at all receivers."""
        return [*console_arrivals(self.printed), *(one for inbox in self._inboxes for one in inbox.arrivals())]

    def _check_words(self) -> None:
        """No secret anywhere, and no error that does not belong to the case."""
        texts = [text for daemon in self._daemons for text in (daemon.printed, daemon.said)]
        texts += [text for ran in self._ran for text in (ran.out, ran.err)]
        folders = {self.folder, *([self.database.parent] if self.database is not None else [])}
        assert find_leaks(self._canaries, texts, folders) == []
        errors = [one for daemon in self._daemons for one in daemon.log if one.get("level") in ("error", "critical")]
        unknown = [one for one in errors if one["event"] not in self.faults]
        assert unknown == [], unknown
        lines = [line for text in texts for line in text.splitlines() if "Traceback" in line]
        assert [line for line in lines if not any(f'"event": "{fault}"' in line for fault in self.faults)] == []


def soon(*, seconds: float = 0, **length: float) -> datetime:
    """An instant so far from now, at a whole second; of `seconds` a busy machine is given more, as of every wait."""
    length["seconds"] = seconds * PATIENCE
    return (datetime.now(UTC) + timedelta(**length)).replace(microsecond=0)


def deadline(name: str, due: datetime, leads: Sequence[str], **keys: str) -> str:
    """A `[[deadline]]` table; `keys` are further keys with their TOML values."""
    rest = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return (
        f'[[deadline]]\nid = "{name}"\ntitle = "About {name}"\ndue = {due:%Y-%m-%dT%H:%M:%SZ}\n'
        f"leads = {json.dumps(list(leads))}\n{rest}"
    )
