"""Buttons pressed in Slack, over real HTTP: signed by Slack, and with what our own message carried."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inbox import HttpInbox
from tests.acceptance.waiting import until
from tests.servers import http_receiver
from tests.website import TRUCE, press, serving

SECRET = "slack-signing-secret"


def buttons(inbox: HttpInbox) -> dict[str, str]:
    """The values of the first message's buttons, by what they do."""
    elements = [one for block in inbox.bodies[0]["blocks"] if block["type"] == "actions" for one in block["elements"]]
    return {one["action_id"]: one["value"] for one in elements if "value" in one}


async def test_a_signed_press_acts_once_and_is_answered_in_the_channel(tmp_path: Path) -> None:
    """The message's own token is what is believed; who pressed it is told to everybody there."""
    async with http_receiver() as slack, http_receiver() as answers:
        table = (
            f'[channels.trade]\ntype = "slack"\nurl = "{slack.url}/hook"\nsigning_secret = "{SECRET}"\nrate = "100/s"\n'
        )
        async with serving(tmp_path, TRUCE, more=table) as site:
            inbox = HttpInbox("trade", slack, is_slack=True, replies=[])
            await inbox.until(1)
            value = buttons(inbox)["ack"]
            forged = await press(site, value, secret="guessed")
            made_up = await press(site, value[:-4] + "AAAA", secret=SECRET)
            assert (forged.status_code, made_up.status_code, await site.actions()) == (401, 200, [])
            pressed = await press(site, value, secret=SECRET, answer_at=f"{answers.url}/response")
            again = await press(site, value, secret=SECRET)
            assert (pressed.status_code, again.status_code) == (200, 200)
            assert await site.actions() == [("truce", "ack", "ana", "")]
            await until(lambda: len(answers.requests) == 1, "the answer to Slack")
            said = json.loads(answers.requests[0].body)
            assert (said["response_type"], said["replace_original"]) == ("in_channel", False)
            assert said["text"] == "Tariff truce expires: Acknowledged by ana"
            await until(lambda: any("Acknowledged by ana" in str(body) for body in site.inbox.bodies), "the line")
            assert len(slack.requests) == 1


@pytest.mark.parametrize(
    ("where", "thread"),
    [
        ({"message": {"ts": "2.2", "thread_ts": "1.1"}, "container": {"thread_ts": "1.1"}}, "1.1"),
        ({"container": {"type": "message", "message_ts": "2.2", "thread_ts": "1.1"}}, "1.1"),
        ({"message": {"ts": "2.2"}, "container": {"type": "message", "message_ts": "2.2"}}, None),
        ({"message": None, "container": "?"}, None),
    ],
    ids=["reply", "without message", "first", "strange"],
)
async def test_a_press_in_a_thread_is_answered_there(tmp_path: Path, where: dict[str, Any], thread: str | None) -> None:
    """Slack says in which thread the button stands; one that stands in none is answered in the channel."""
    more = '[channels.trade]\ntype = "slack"\nurl = "http://127.0.0.1:9/hook"\n' + f'signing_secret = "{SECRET}"\n'
    async with http_receiver() as answers, serving(tmp_path, TRUCE + 'channels = ["ops"]\n', more=more) as site:
        await press(site, "anything", secret=SECRET, answer_at=f"{answers.url}/response", **where)
        [request] = answers.requests
        assert json.loads(request.body).get("thread_ts") == thread


async def test_nothing_is_done_without_a_signing_secret(tmp_path: Path) -> None:
    """Where no channel takes buttons, nobody can press one."""
    async with serving(tmp_path, TRUCE) as site:
        answer = await press(site, "anything", secret="")
        assert (answer.status_code, await site.actions()) == (401, [])
