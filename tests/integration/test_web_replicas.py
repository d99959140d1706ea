"""The web side of two daemons on one PostgreSQL, as a balancer in front of them would show it: one and the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest

from tests.acceptance.harness import Bench
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.waiting import until, until_answered
from tests.application import running
from tests.website import BASE_URL, REVIEW, TRUCE, words

AWAY = {"x-forwarded-for": "203.0.113.9"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A client of each of two daemons, and the receiver of their only channel."""

    one: httpx.AsyncClient
    two: httpx.AsyncClient
    inbox: HttpInbox

    async def link(self, action: str) -> str:
        """The path of a link in the message about the truce, which either may have sent."""
        about = [body for body in self.inbox.bodies if body["data"]["deadline"]["id"] == "truce"]
        return str(about[0]["data"]["links"][action]).removeprefix(BASE_URL)


@pytest.fixture
async def pair(bench: Bench, postgres_url: str) -> AsyncIterator[Pair]:
    """Two daemons, one of which has told the truce and the review."""
    inbox = await bench.webhook("desk")
    bench.write(TRUCE, REVIEW, service=f'base_url = "{BASE_URL}"\ntoken = "a-long-token"')
    async with AsyncExitStack() as stack:
        one, two = [await _started(stack, bench, postgres_url) for _ in range(2)]
        await inbox.until(2, within=40.0)
        yield Pair(one, two, inbox)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/deadlines/a%00b", 404),
        ("/deadlines/a%00b", 404),
        ("/deadlines/truce?before=0~a%00b", 422),
        ("/api/v1/notices?after=0~a%00b", 422),
        ("/api/v1/notices?deadline=a%00b", 422),
        ("/api/v1/notices?channel=a%00b", 422),
        ("/api/v1/notices?tag=a%00b", 422),
        ("/api/v1/actions?deadline=a%00b", 422),
        ("/api/v1/deadlines?after=0~a%00b~c", 200),
    ],
)
async def test_a_nul_in_an_address_is_no_fault(pair: Pair, address: str, status: int) -> None:
    """PostgreSQL takes no text with one, and no name has one."""
    answer = await pair.one.get(address, headers={"authorization": "Bearer a-long-token"})
    assert answer.status_code == status, answer.text


async def test_a_login_with_one_opens_the_other(pair: Pair) -> None:
    """The cookie is signed with a key from the ledger, whoever made it; so is the form that was fetched with it."""
    right = await pair.one.post("/login", data={"token": "a-long-token"}, headers=AWAY)
    kept = {"cookie": right.headers["set-cookie"].partition(";")[0], **AWAY}
    assert (await pair.two.get("/", headers=AWAY)).status_code == 303
    page = await pair.two.get("/deadlines/truce", headers=kept)
    assert page.status_code == 200
    form = dict(re.findall(r'name="(form_token|due_key)" value="([^"]*)"', page.text))
    acted = await pair.one.post("/deadlines/truce", data={**form, "by": "Ana", "action": "ack"}, headers=kept)
    assert acted.status_code == 303
    shown = await until_answered(lambda: _shows(pair.two, "/", "acknowledged by Ana", kept), "the other page to say so")
    assert "acknowledged by Ana" in shown
    assert "Acknowledged by Ana" in words(await pair.two.get("/deadlines/truce", headers=kept))


async def test_a_link_from_one_acts_once_on_either(pair: Pair) -> None:
    """Who follows it twice, to different daemons, has done it once."""
    path = await pair.link("ack")
    for client in (pair.one, pair.two, pair.one):
        assert "No more reminders" in words(await client.get(path, headers=AWAY))
    done = await pair.one.post(path, data={"by": "Ana"}, headers=AWAY)
    again = await pair.two.post(path, data={"by": "Bo"}, headers=AWAY)
    assert "Acknowledged by Ana" in words(done)
    assert "Acknowledged by Ana" in words(again)
    assert "nothing was done now" in words(again)
    key = {"authorization": "Bearer a-long-token"}
    actions = (await pair.two.get("/api/v1/actions", headers=key)).json()["actions"]
    assert [(one["action"], one["by"]) for one in actions] == [("ack", "Ana")]


async def test_a_calendar_subscribed_at_one_is_served_by_the_other(pair: Pair) -> None:
    """Its key is the same, and what was closed with one is over in the other's feed."""
    right = await pair.one.post("/login", data={"token": "a-long-token"}, headers=AWAY)
    kept = {"cookie": right.headers["set-cookie"].partition(";")[0], **AWAY}
    addresses = [
        re.findall(r'"(calendar\.ics[^"]*)"', (await client.get("/", headers=kept)).text)
        for client in (pair.one, pair.two)
    ]
    assert addresses[0] == addresses[1] != []
    feed = f"/{addresses[0][0]}"
    assert (await pair.two.get(feed, headers=AWAY)).text.count("BEGIN:VALARM") > 0
    key = {"authorization": "Bearer a-long-token"}
    for name in ("truce", "review"):
        closed = await pair.one.post(f"/api/v1/deadlines/{name}/close", json={"as": "met"}, headers=key)
        assert closed.status_code == 200
    assert (await pair.two.get(feed, headers=AWAY)).text.count("BEGIN:VALARM") == 0


async def _started(stack: AsyncExitStack, bench: Bench, store: str) -> httpx.AsyncClient:
    """A client of one more daemon."""
    application = await stack.enter_async_context(running(bench, None, store, listen="127.0.0.1:0"))
    await until(lambda: application.daemon.last_cycle_at is not None, "the first cycle")
    assert application.web is not None
    address = f"http://127.0.0.1:{application.web.port}"
    return await stack.enter_async_context(httpx.AsyncClient(base_url=address, trust_env=False, timeout=20))


async def _shows(client: httpx.AsyncClient, path: str, sentence: str, headers: dict[str, str]) -> str | None:
    shown = words(await client.get(path, headers=headers))
    return shown if sentence in shown else None
