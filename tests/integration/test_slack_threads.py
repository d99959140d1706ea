"""The first message of a deadline's thread in Slack, whoever acts and however, with the whole daemon."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.waiting import until
from tests.servers import Receiver, Reply, http_receiver
from tests.website import BASE_URL, TRUCE, Site, press, serving

SECRET = "slack-signing-secret"
HEAD, PLACE = "1762146060.000100", "C024BE91L"
POSTED = Reply(body=json.dumps({"ok": True, "channel": PLACE, "ts": HEAD}).encode())
ALONE = TRUCE + 'channels = ["trade"]\n'
TOLD_TOO = TRUCE + 'channels = ["trade", "ops"]\n'


@pytest.fixture
async def slack() -> AsyncIterator[Receiver]:
    """Slack's API."""
    async with http_receiver() as running:
        running.default = POSTED
        yield running


def table(slack: Receiver, *, more: str = "") -> str:
    """The channel of a bot."""
    return (
        f'[channels.trade]\ntype = "slack"\ntoken = "xoxb-1"\nchannel = "#trade"\nrate = "100/s"\n'
        f'api_url = "{slack.url}/api"\n{more}'
    )


def sent(slack: Receiver, method: str) -> list[dict[str, Any]]:
    """What Slack was asked to do by that method."""
    return [json.loads(each.body) for each in slack.requests if each.path == f"/api/{method}"]


def offered(slack: Receiver) -> dict[str, str]:
    """Where the buttons of the first message lead, or what they carry."""
    [message, *_] = sent(slack, "chat.postMessage")
    buttons = [each for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]
    return {each["action_id"]: each.get("value") or each["url"] for each in buttons}


async def head(slack: Receiver, *words: str) -> dict[str, Any]:
    """The first message of the thread, once it says all this."""

    def is_said() -> bool:
        updates = sent(slack, "chat.update")
        return bool(updates) and all(each in json.dumps(updates[-1]) for each in words)

    await until(is_said, f"{words} at the head of the thread")
    return sent(slack, "chat.update")[-1]


async def by_link(site: Site, slack: Receiver) -> None:
    """Through the link of the message itself."""
    answer = await site.http.post(site.here(offered(slack)["open_ack"]), data={"by": "Ana"})
    assert answer.status_code == 200


async def by_button(site: Site, slack: Receiver) -> None:
    """By the message's button, in Slack."""
    assert (await press(site, offered(slack)["ack"], secret=SECRET, by="Ana")).status_code == 200


async def by_api(site: Site, slack: Receiver) -> None:
    """As another program would."""
    answer = await site.http.post("/api/v1/deadlines/truce/ack", json={"by": "Ana"})
    assert answer.status_code == 200


async def by_command(site: Site, slack: Receiver) -> None:
    """By a command beside the daemon."""
    assert (await site.bench.command("ack", "truce", "--by", "Ana")).code == 0


@pytest.mark.parametrize("act", [by_link, by_button, by_api, by_command])
async def test_the_head_says_who_acknowledged(
    tmp_path: Path, slack: Receiver, act: Callable[[Site, Receiver], Awaitable[None]]
) -> None:
    """However it was done the first message says so, and offers no more to acknowledge; nothing else is posted."""
    more = table(slack, more=f'signing_secret = "{SECRET}"\n' if act is by_button else "")
    async with serving(tmp_path, ALONE, more=more) as site:
        await site.delivered(1)
        assert "ack" in " ".join(offered(slack))
        await act(site, slack)
        changed = await head(slack, "Acknowledged by Ana")
        assert (changed["channel"], changed["ts"]) == (PLACE, HEAD)
        assert "ack" not in [each.get("action_id", "").removeprefix("open_") for each in _elements(changed)]
        assert "Next notice" not in json.dumps(changed)
        lines = 0 if act in (by_link, by_button) else 1  # who acted here is not told here
        await until(lambda: len(sent(slack, "chat.postMessage")) == 1 + lines, "the line")


async def test_the_head_is_right_after_a_restart(tmp_path: Path, slack: Receiver) -> None:
    """A daemon that starts leaves it as it is, and knows still where it stands."""
    async with serving(tmp_path, ALONE, more=table(slack)) as site:
        await site.delivered(1)
        link = offered(slack)["open_snooze"]
        assert (await site.http.post(site.here(link), data={"by": "Ana", "for": "1d"})).status_code == 200
        await head(slack, "Snoozed until", "by Ana", "Next notice")
        [snoozed] = sent(slack, "chat.update")
    async with serving(tmp_path, ALONE, more=table(slack)) as site:
        assert sent(slack, "chat.update") == [snoozed]
        await by_link(site, slack)
        changed = await head(slack, "Snoozed until", "Acknowledged by Ana")
        assert (changed["channel"], changed["ts"]) == (PLACE, HEAD)
        assert len(sent(slack, "chat.postMessage")) == 1


async def test_what_was_done_without_a_daemon_is_at_the_head_when_it_starts(tmp_path: Path, slack: Receiver) -> None:
    """A command that found no daemon is not forgotten."""
    async with serving(tmp_path, ALONE, more=table(slack)) as site:
        await site.delivered(1)
    assert (await site.bench.command("ack", "truce", "--by", "Ana")).code == 0
    async with serving(tmp_path, ALONE, more=table(slack)):
        await head(slack, "Acknowledged by Ana")


async def test_the_head_says_that_it_is_closed(tmp_path: Path, slack: Receiver) -> None:
    """Closing takes its buttons away, and leaves the page."""
    async with serving(tmp_path, ALONE, more=table(slack)) as site:
        await site.delivered(1)
        closed = await site.http.post(site.here(offered(slack)["open_close"]), data={"by": "Ana", "as": "met"})
        assert closed.status_code == 200
        changed = await head(slack, "Closed: met", "Closed as met by Ana")
        names = [each["action_id"] for each in _elements(changed) if "action_id" in each]
        assert names == ["open_page"]


async def test_the_head_says_how_the_date_moved_and_who_acted_since(tmp_path: Path, slack: Receiver) -> None:
    """A later notice changes it as well, and what was said before is not lost when somebody acts."""
    at_once = ALONE + 'settle = "0s"\n'
    moved = "from Tue 10 Nov 2099, 00:01 EST to Thu 10 Dec 2099, 00:01 EST, moved for the 1st time"
    async with serving(tmp_path, at_once, more=table(slack)) as site:
        await site.delivered(1)
        site.bench.write(
            at_once.replace("2099-11-10", "2099-12-10"), service=f'base_url = "{BASE_URL}"\n', more=table(slack)
        )
        site.application.ask_reload()
        await head(slack, moved, "*Due Thu 10 Dec 2099, 00:01 EST*")
        await by_api(site, slack)
        await head(slack, moved, "*Due Thu 10 Dec 2099, 00:01 EST*", "Acknowledged by Ana")


async def test_what_is_done_while_a_notice_is_on_its_way_stays_at_the_head(tmp_path: Path, slack: Receiver) -> None:
    """The notice was put into words before, and is out after: the head says what is true by then."""
    at_once = ALONE + 'settle = "0s"\n'
    async with serving(tmp_path, at_once, more=table(slack)) as site:
        await site.delivered(1)
        slack.answer(Reply(body=POSTED.body, delay=2.0))
        site.bench.write(
            at_once.replace("2099-11-10", "2099-12-10"), service=f'base_url = "{BASE_URL}"\n', more=table(slack)
        )
        site.application.ask_reload()
        await until(lambda: len(sent(slack, "chat.postMessage")) == 2, "the notice of the move on its way")
        await by_api(site, slack)
        await site.delivered(3)  # the move, and the line on what was done
        await until(lambda: len(sent(slack, "chat.update")) >= 2, "both updates")
        assert all("Acknowledged by Ana" in json.dumps(each) for each in sent(slack, "chat.update"))


async def test_a_head_that_cannot_be_changed_holds_up_nothing(tmp_path: Path, slack: Receiver) -> None:
    """While Slack is silent about it the others are told, and no notice is retried for it."""
    async with serving(tmp_path, TOLD_TOO, more=table(slack)) as site:
        await site.delivered(2)
        slack.answer(Reply(ending="hang"))
        await by_link(site, slack)
        await site.delivered(3)
        await until(lambda: len(sent(slack, "chat.update")) == 1, "the attempt")
        notices = await site.application.ledger.history(deadline="truce")
        assert sorted((each.channel, each.ordinal) for each in notices if each.delivered_at) == [
            ("ops", ""),
            ("ops", "action 1"),
            ("trade", ""),
        ]


def _elements(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for block in message["blocks"] for each in block.get("elements", ())]
