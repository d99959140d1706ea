"""The daemon with its web side on loopback, inside the test's own loop, and a client that talks to it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from alerter.app import Application
from tests.acceptance.harness import Bench
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.waiting import until
from tests.application import running

BASE_URL = "https://deadlines.example.com"

TRUCE = """
[[deadline]]
id = "truce"
title = "Tariff truce expires"
due = 2099-11-10T00:01:00
timezone = "America/New_York"
leads = ["40000d", "1d"]
tags = ["us-china", "tariffs"]
owner = "trade desk"
note = "Both sides <decide>."
certainty = "likely-extended"
checked = 2025-09-14
"""
REVIEW = """
[[deadline]]
id = "review"
title = "Quarterly review"
due = 2099-10-31
severity = "high"
leads = ["40000d", "1d"]
tags = ["internal"]
owner = "risk"
"""
PASSED = """
[[deadline]]
id = "filing"
title = "File the request"
due = 2020-01-02T12:00:00Z
leads = ["1d"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running daemon, a client on this machine, and the receivers of its webhook channels `ops` and `desk`."""

    bench: Bench
    application: Application
    http: httpx.AsyncClient
    inbox: HttpInbox
    other: HttpInbox

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self.application.web is not None
        return f"http://127.0.0.1:{self.application.web.port}"

    async def told(self, count: int) -> list[dict[str, Any]]:
        """The first so many messages that came to `ops`."""
        await self.inbox.until(count)
        return self.inbox.bodies[:count]

    async def delivered(self, count: int) -> None:
        """Wait until so many notices are recorded as delivered."""

        def is_recorded() -> bool:
            events = [one.event for one in self.application.happenings or ()]
            return events.count("delivered") >= count

        await until(is_recorded, f"{count} notices recorded as delivered")

    def here(self, link: str) -> str:
        """A link of a message, on the machine that really serves it."""
        return link.replace(BASE_URL, self.address)

    async def links(self, deadline: str) -> dict[str, str]:
        """The links of the first message about a deadline to `ops`, here."""
        await until(lambda: any(_is_about(body, deadline) for body in self.inbox.bodies), f"a message about {deadline}")
        body = next(body for body in self.inbox.bodies if _is_about(body, deadline))
        return {name: self.here(link) for name, link in body["data"]["links"].items()}

    async def take(self, *deadlines: str, service: str = "") -> None:
        """Have the daemon take another configuration."""
        before, service_before = self.application.engine.watch_list, self.application.service
        self.bench.write(*deadlines, service=f'base_url = "{BASE_URL}"\n{service}')
        self.application.ask_reload(accept_removals=True)
        await until(lambda: self.application.engine.watch_list is not before, "the new watch list")
        await until(lambda: self.application.service is not service_before, "the new settings")

    async def actions(self) -> list[tuple[str, str, str, str]]:
        """What the ledger says people did: deadline, action, who, why."""
        return [(one.deadline, one.action, one.by, one.note) for one in await self.application.ledger.actions()]


@asynccontextmanager
async def serving(folder: Path, *deadlines: str, service: str = "", more: str = "") -> AsyncIterator[Site]:
    """The site on these deadlines; ready when its first cycle is over."""
    async with AsyncExitStack() as stack:
        bench = Bench(folder, stack)
        inbox, other = await bench.webhook("ops"), await bench.webhook("desk")
        bench.write(*deadlines, service=f'base_url = "{BASE_URL}"\n{service}', more=more)
        application = await stack.enter_async_context(running(bench, None, listen="127.0.0.1:0"))
        await until(lambda: application.daemon.last_cycle_at is not None, "the first cycle")
        assert application.web is not None
        address = f"http://127.0.0.1:{application.web.port}"
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=address, trust_env=False, timeout=20))
        yield Site(bench=bench, application=application, http=http, inbox=inbox, other=other)


async def press(
    site: Site, token: str, *, secret: str, by: str = "ana", answer_at: str = "", **where: Any
) -> httpx.Response:
    """What Slack sends when somebody presses a button that carries the token; `where` tells of its message."""
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": by, "name": by},
        "response_url": answer_at,
        "actions": [{"type": "button", "action_id": "ack", "value": token}],
        **where,
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    timestamp = str(int(time.time()))
    signed = b"v0:" + timestamp.encode() + b":" + body
    signature = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature,
    }
    return await site.http.post("/slack/actions", content=body, headers=headers)


def words(answer: httpx.Response) -> str:
    """What a page says, without its marks, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


def _is_about(body: dict[str, Any], deadline: str) -> bool:
    about = body["data"]["deadline"]
    return about is not None and about["id"] == deadline
