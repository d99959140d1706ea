"""Slack: an incoming webhook, or a bot token with a channel, which keeps each deadline in one thread.

Slack says yes in one way only: 200 and `ok`. Everything else is judged by the word in its answer.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from pydantic import ConfigDict, Field, model_validator

from alerter.channels.answer import excerpt, secrets_of_url
from alerter.channels.classify import failed, parse_retry_after
from alerter.channels.http_answer import LIMIT, Answer, Failure
from alerter.channels.json_body import encode
from alerter.channels.port import Rendered
from alerter.channels.registry import ChannelType, Context
from alerter.channels.slack_answers import RefusedForm, RefusedThread, judge
from alerter.channels.slack_blocks import payload, plain_payload, thread_payload
from alerter.config.channel import ChannelSettings
from alerter.config.fields import Name, Rate, Secret, SecretUrl
from alerter.config.sources import refusal
from alerter.domain.messages.message import Message, unbundled
from alerter.domain.messages.wording import subject, text
from alerter.domain.notices.outcome import Delivered, Outcome, Refused

if TYPE_CHECKING:
    from alerter.channels.http import Http

API_URL = "https://slack.com/api"

UPDATE_SECONDS = 10.0
"""How long one update of a thread's first message may take."""

ANSWER_BYTES = 1024 * 1024
"""The most that is read of an answer: the API's yes repeats the whole message, and is JSON to its last byte."""

EXCERPT_BYTES = 16 * 1024
"""The most of it that is looked at for what is kept."""


class SlackSettings(ChannelSettings):
    """A Slack channel."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["url"], "properties": {"token": False, "channel": False}},
                {"required": ["token", "channel"], "properties": {"url": False}},
            ]
        }
    )

    type: Literal["slack"] = Field(description="Posts to Slack.")
    url: SecretUrl | None = Field(default=None, description="An incoming webhook; or token and channel instead.")
    token: Secret | None = Field(default=None, description="A bot token (xoxb-…) with chat:write.")
    channel: Name | None = Field(default=None, description="Where the bot posts to, such as #trade or C0123456789.")
    api_url: SecretUrl | None = Field(default=None, description="Slack's API, where it is reached through a proxy.")
    signing_secret: Secret | None = Field(default=None, description="Checks that buttons were pressed in Slack.")
    rate: Rate | None = Field(default=1.0, description='The most messages per time; Slack takes about "1/s".')
    bundle_over: int | None = Field(
        default=5, ge=1, le=1000, description="More notices than this at once become one message."
    )

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        if self.url is not None and (self.token is not None or self.channel is not None):
            raise refusal("bad-value", "needs either url, or token and channel, not both")
        if self.url is None and (self.token is None or self.channel is None):
            raise refusal("missing-key", "needs url, or both token and channel")
        return self


class _Address(Protocol):
    """One of the two ways into Slack."""

    @property
    def secrets(self) -> frozenset[str]: ...

    def request(self, message: Message, body: dict[str, Any]) -> tuple[str, dict[str, str], bytes]: ...

    def read(self, answer: Answer) -> Said: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What Slack said: one word, and the timestamp and channel of the message where it tells them."""

    word: str
    reference: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingWebhook:
    """Answers in plain text: `ok`, or one word of what is wrong."""

    url: str
    secrets: frozenset[str]

    def request(self, message: Message, body: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and content of the POST."""
        return self.url, _JSON, encode(body)

    def read(self, answer: Answer) -> Said:
        """The word in the answer: `ok`, an error, or nothing known."""
        return Said(answer.body.decode("utf-8", "replace").strip()[:100])


@dataclass(frozen=True, slots=True)
class BotToken:
    """`chat.postMessage`: answers in JSON, and with a timestamp that threads hang on."""

    api_url: str
    token: str
    channel: str
    secrets: frozenset[str]

    def request(self, message: Message, body: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and content of the POST."""
        thread = {"thread_ts": message.thread} if message.thread and message.deadline else {}
        content = encode({"channel": self.channel, "link_names": False, **thread, **body})
        return f"{self.api_url}/chat.postMessage", {**_JSON, "authorization": f"Bearer {self.token}"}, content

    def update(self, channel: str, thread: str, body: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
        """The same for a change of the message that stands there already."""
        content = encode({"channel": channel, "ts": thread, "link_names": False, **body})
        return f"{self.api_url}/chat.update", {**_JSON, "authorization": f"Bearer {self.token}"}, content

    def read(self, answer: Answer) -> Said:
        """The word in the answer, and where the message stands."""
        try:
            said = json.loads(answer.body)
        except ValueError:
            return Said("")
        if not isinstance(said, dict):
            return Said("")
        if said.get("ok") is True:
            return Said("ok", _text_or_none(said.get("ts")), _text_or_none(said.get("channel")))
        return Said(str(said.get("error", ""))[:100])


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


class SlackSender:
    """Posts messages to one Slack channel."""

    def __init__(self, address: _Address, http: Http, *, is_interactive: bool = False) -> None:
        self._address = address
        self._http = http
        self._is_interactive = is_interactive

    async def open(self) -> None:
        """Make the client ready."""
        await self._http.open()

    def render(self, message: Message) -> Rendered:
        """Blocks, with plain text beside them."""
        spoken = unbundled(message)
        body = payload(spoken, is_interactive=self._is_interactive)
        return Rendered(subject=subject(spoken), text=text(spoken), body=body)

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """One POST; another outside the thread or in plain words if Slack does not take it in this one or this form."""
        plain = plain_payload(f"{rendered.subject}\n{rendered.text}")
        body = rendered.body or plain
        ends_at = time.monotonic() + self._http.limit.total_seconds()
        outcome = await self._post(message, body)
        while isinstance(outcome, (RefusedThread, RefusedForm)):
            if isinstance(outcome, RefusedThread):
                message = replace(message, thread=None)
            elif body is not plain:
                body = plain
            else:
                return Refused(detail=outcome.detail)
            outcome = await self._post(message, body, within=max(ends_at - time.monotonic(), 1.0))
        return outcome

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.close()

    async def refresh(self, message: Message, place: str) -> str:
        """Bring the first message of the thread up to date; Slack's word on it."""
        if not isinstance(self._address, BotToken):
            return "a webhook changes nothing"
        body = thread_payload(message, is_interactive=self._is_interactive)
        request = self._address.update(place, message.thread or "", body)
        answer = await self._http.post(*request, within=UPDATE_SECONDS)
        if isinstance(answer, Failure):
            return answer.detail
        return self._address.read(answer).word or f"status {answer.status}"

    async def _post(
        self, message: Message, body: dict[str, Any], within: float | None = None
    ) -> Outcome | RefusedForm | RefusedThread:
        answer = await self._http.post(*self._address.request(message, body), within=within)
        if isinstance(answer, Failure):
            return failed(answer.failing, answer.detail)
        heard = self._address.read(answer)
        hold_for = parse_retry_after(answer.headers.get_list("retry-after"), message.now)
        said = excerpt(answer.body[:EXCERPT_BYTES], self._address.secrets)
        outcome = judge(
            answer.status,
            heard.word,
            said,
            hold_for=hold_for,
            attempt=message.attempt,
            is_whole=answer.is_whole,
            is_reply=message.thread is not None,
        )
        if isinstance(outcome, Delivered) and message.deadline is not None:
            # What is about several deadlines begins nobody's thread.
            return replace(outcome, reference=message.thread or heard.reference, place=heard.channel)
        return outcome


_JSON = {"content-type": "application/json; charset=utf-8"}


def _address(settings: SlackSettings) -> _Address:
    if settings.url is not None:
        url = settings.url.get_secret_value()
        return IncomingWebhook(url, frozenset(secrets_of_url(url)))
    api_url = settings.api_url.get_secret_value().rstrip("/") if settings.api_url else API_URL
    token = settings.token.get_secret_value() if settings.token else ""
    return BotToken(api_url, token, settings.channel or "", frozenset({token}))


def _build(settings: SlackSettings, name: str, context: Context) -> SlackSender:
    from alerter.channels.http import Http  # noqa: PLC0415 - takes long: only who sends needs it

    http = Http(limit=context.limit or LIMIT, most_bytes=ANSWER_BYTES)
    return SlackSender(_address(settings), http, is_interactive=settings.signing_secret is not None)


CHANNEL = ChannelType(name="slack", settings=SlackSettings, build=_build)
