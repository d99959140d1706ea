"""What one daemon with secrets of every sort leaves behind when everything it sends fails in another way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.acceptance.faults.system import heeds
from tests.acceptance.harness import STORE, Bench, Daemon, deadline, soon
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until_answered
from tests.servers import Receiver, Reply, http_receiver, mail_server

TITLE = "x\\nERROR fake\\u001b[2J {{7*7}}"
PATHS = (
    "/livez", "/readyz", "/metrics", "/", "/deadlines/report", "/calendar.ics", "/api/v1/deadlines", "/api/v1/notices",
    "/api/v1/openapi.json", "/nowhere",
)  # fmt: skip
COMMANDS = (
    ("history", "--format", "json"),
    ("history",),
    ("status",),
    ("check", "--format", "json"),
    ("plan", "--format", "json"),
    ("preview", "report"),
    ("test", "--all"),
)


@dataclass(slots=True)
class Evidence:
    """All that was said and kept, by where it was found; `canaries` are the secrets, by what they are."""

    canaries: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, list[str]] = field(default_factory=dict)
    labels: str = ""
    core_limit: str = ""
    catches_term: bool = False

    def leaks(self) -> list[str]:
        """Which secret stands where."""
        return sorted(
            f"{name} in {where}"
            for name, canary in self.canaries.items()
            for where, text in self.texts.items()
            if canary in text
        )


def gather(folder: Path) -> Evidence:
    """Run the daemon, and every command beside it, on channels none of which works."""
    return asyncio.run(_gather(folder))


async def _gather(folder: Path) -> Evidence:
    async with AsyncExitStack() as stack:
        bench = Bench(folder, stack)
        stack.push_async_callback(bench.reap)
        evidence = Evidence()
        more = await _failing_channels(bench, stack, evidence)
        for name in ("TOKEN", "LINK_KEY", "CALENDAR_KEY"):
            _plant(bench, evidence, name)
        beat = f'heartbeat = {{ url = "{_plant(bench, evidence, "BEAT", "http://127.0.0.1:1/{}")}", every = "1s" }}'
        service = (
            'log_level = "debug"\nlog_format = "json"\nops = ["refused"]\ntoken = { env = "TOKEN" }\n'
            f'link_key = {{ env = "LINK_KEY" }}\ncalendar_key = {{ env = "CALENDAR_KEY" }}\n{beat}'
        )
        told = deadline("report", soon(minutes=30), ["1h"], note=f'"{TITLE}"').replace("About report", TITLE)
        bench.write(told, service=service, more=more)
        daemon = await bench.start()
        await daemon.ready()
        await until_answered(lambda: _have_all_failed(bench), "a failure of each channel", within=30.0)
        await daemon.says("heartbeat.failed", within=30.0)
        await _read_everything(bench, daemon, evidence)
        bench.write(told, service=service, more=f"{more}\n[channels.worse]\ntype = 1\nurl = {{ env = 'BEAT' }}")
        await daemon.says("config.rejected")
        ended = await daemon.end()
        evidence.texts |= {"standard output": ended.out, "the log": ended.err}
        evidence.log = daemon.log
        evidence.texts["the ledger's files"] = _files(folder)
        return evidence


def _files(folder: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in folder.glob(f"{STORE}*"))


def _plant(bench: Bench, evidence: Evidence, name: str, form: str = "{}") -> str:
    planted = bench.secret(name, form=form)
    evidence.canaries[name] = bench._canaries[-1]
    return planted


async def _failing_channels(bench: Bench, stack: AsyncExitStack, evidence: Evidence) -> str:
    """One channel for each way to fail, each with secrets that its other side says back."""
    tables = []
    for name, reply in _REPLIES.items():
        receiver = await stack.enter_async_context(http_receiver())
        kind = "slack" if name.startswith("slack") else "webhook"
        tables.append(_http_channel(bench, evidence, name, kind, receiver))
        canary = evidence.canaries[f"{name}_URL".upper()]
        said = f"no: /hook/{canary} {bench.environ.get(f'{name}_KEY'.upper(), '')}"
        receiver.default = replace(reply, headers=(("location", f"/{canary}"),), body=said.encode())
    tables.append(_http_channel(bench, evidence, "refused", "webhook", Receiver(port=1)))
    bot = await stack.enter_async_context(http_receiver())
    _plant(bench, evidence, "BOT_TOKEN", "xoxb-{}")
    bot.default = Reply(body=json.dumps({"ok": False, "error": bench.environ["BOT_TOKEN"]}).encode())
    tables.append(
        '[channels.bot]\ntype = "slack"\ntoken = { env = "BOT_TOKEN" }\nchannel = "#x"\n'
        f'signing_secret = {{ env = "BOT_TOKEN" }}\napi_url = "{bot.url}/api"'
    )
    tables.append(await _mail_channel(bench, stack, evidence))
    phone = await stack.enter_async_context(http_receiver())
    phone.default = Reply(status=500)
    _plant(bench, evidence, "PHONE_URL", f"json://user:{{0}}@127.0.0.1:{phone.port}/{{0}}?key={{0}}")
    tables.append('[channels.phone]\ntype = "apprise"\nurl = { env = "PHONE_URL" }')
    return "\n".join(tables)


def _http_channel(bench: Bench, evidence: Evidence, name: str, kind: str, receiver: Receiver) -> str:
    _plant(bench, evidence, f"{name}_URL".upper(), f"{receiver.url}/hook/{{0}}?key={{0}}")
    table = f'[channels.{name}]\ntype = "{kind}"\nurl = {{ env = "{name.upper()}_URL" }}\n'
    if kind == "webhook":
        bench.signing_secret(f"{name}_SECRET".upper())
        evidence.canaries[f"{name}_SECRET".upper()] = bench._canaries[-1]
        _plant(bench, evidence, f"{name}_KEY".upper())
        table += (
            f'secret = {{ env = "{name.upper()}_SECRET" }}\nheaders = {{ X-Key = {{ env = "{name.upper()}_KEY" }} }}\n'
        )
    return table


async def _mail_channel(bench: Bench, stack: AsyncExitStack, evidence: Evidence) -> str:
    context = bench.certificate()
    server = await stack.enter_async_context(mail_server(context, auth_required=True, require_starttls=True))
    server.password = "another"
    _plant(bench, evidence, "SMTP_PASSWORD")
    return (
        '[channels.legal]\ntype = "email"\nto = ["desk@example.com"]\nfrom = "alerter@example.com"\n'
        f'smtp = {{ host = "localhost", port = {server.port}, username = "alerter", '
        'password = { env = "SMTP_PASSWORD" }, ca = "ca.pem" }'
    )


async def _have_all_failed(bench: Bench) -> bool | None:
    told = await read_ledger(bench.store)
    failed = {row.channel for row in told if any(each.detail for each in row.attempts)}
    return True if {*_REPLIES, "refused", "bot", "legal", "phone"} <= failed else None


async def _read_everything(bench: Bench, daemon: Daemon, evidence: Evidence) -> None:
    for path in PATHS:
        evidence.texts[path] = (await daemon.get(path))[1]
    evidence.labels = evidence.texts["/metrics"]
    for command in COMMANDS:
        ran = await bench.command(*command)
        evidence.texts[f"alerter {' '.join(command)}"] = ran.out + ran.err
    evidence.details = _details(json.loads(evidence.texts["alerter history --format json"]))
    evidence.core_limit = _limit_of(daemon.pid, "Max core file size")
    evidence.catches_term = heeds(daemon.pid, 15)


def _details(history: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was kept of each attempt, by channel."""
    kept: dict[str, list[str]] = {}
    for notice in history["notices"]:
        kept.setdefault(notice["channel"], []).extend(attempt["detail"] for attempt in notice["attempts"])
    return kept


def _limit_of(pid: int, name: str) -> str:
    line = next(line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if line.startswith(name))
    return line.removeprefix(name).split()[0]


_REPLIES = {
    "moved": Reply(status=302),
    "denied": Reply(status=401),
    "lost": Reply(status=404),
    "gone": Reply(status=410),
    "busy": Reply(status=429),
    "broken": Reply(status=500),
    "reset": Reply(ending="reset"),
    "garbled": Reply(raw=b"HTTP/9 what\r\n\r\n"),
    "slack_no": Reply(status=403),
    "slack_portal": Reply(status=200),
}
"""A way to fail for each channel; the body says the channel's own secrets back."""
