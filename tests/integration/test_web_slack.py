"""Buttons pressed in Slack, over real HTTP: signed by Slack, and with what our own message carried."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path
from urllib.parse import urlencode

import httpx

from tests.acceptance.inbox import HttpInbox
from tests.acceptance.waiting import until
from tests.servers import http_receiver
from tests.website import TRUCE, Site, serving

SECRET = "slack-signing-secret"


async def press(site: Site, token: str, *, secret: str = SECRET, answer_at: str = "") -> httpx.Response:
    """What Slack sends when Ana presses a button that carries the token."""
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "ana", "name": "ana"},
        "response_url": answer_at,
        "actions": [{"type": "button", "action_id": "ack", "value": token}],
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
            made_up = await press(site, value[:-4] + "AAAA")
            assert (forged.status_code, made_up.status_code, await site.actions()) == (401, 200, [])
            pressed = await press(site, value, answer_at=f"{answers.url}/response")
            again = await press(site, value)
            assert (pressed.status_code, again.status_code) == (200, 200)
            assert await site.actions() == [("truce", "ack", "ana", "")]
            await until(lambda: len(answers.requests) == 1, "the answer to Slack")
            said = json.loads(answers.requests[0].body)
            assert (said["response_type"], said["replace_original"]) == ("in_channel", False)
            assert said["text"] == "Tariff truce expires: Acknowledged by ana"
            await until(lambda: any("Acknowledged by ana" in str(body) for body in site.inbox.bodies), "the line")
            assert len(slack.requests) == 1


async def test_nothing_is_done_without_a_signing_secret(tmp_path: Path) -> None:
    """Where no channel takes buttons, nobody can press one."""
    async with serving(tmp_path, TRUCE) as site:
        answer = await press(site, "anything", secret="")
        assert (answer.status_code, await site.actions()) == (401, [])
