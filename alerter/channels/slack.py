"""Slack: an incoming webhook, or a bot token with a channel, which keeps each deadline in one thread.

Slack says yes in one way only: 200 and `ok`. Everything else is judged by the word in its answer.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from pydantic import Field, model_validator

from alerter.channels.answer import excerpt, secrets_of_url
from alerter.channels.classify import answered, failed, first_hold, parse_retry_after
from alerter.channels.http_answer import LIMIT, Answer, Failure
from alerter.channels.port import Rendered
from alerter.channels.registry import ChannelType, Context
from alerter.channels.slack_blocks import payload, plain_payload
from alerter.config.channel import ChannelSettings
from alerter.config.fields import Name, Rate, Secret, SecretUrl
from alerter.config.sources import refusal
from alerter.domain.message import Message
from alerter.domain.outcome import Cause, Delivered, Outcome, Refused, Retry
from alerter.domain.wording import subject, text

if TYPE_CHECKING:
    from alerter.channels.http import Http

API_URL = "https://slack.com/api"

FORM = frozenset(
    {
        "invalid_payload",
        "invalid_arguments",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "missing_text_or_fallback_or_attachments",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
"""Slack does not like the form: the plain words may still go through."""

GONE = frozenset({"no_service", "no_service_id", "no_active_hooks", "channel_is_archived", "is_archived"})
"""The address is gone until somebody changes it."""

PASSING = frozenset({"rollup_error", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
LIMITED = frozenset({"rate_limited", "ratelimited", "message_limit_exceeded"})


class SlackSettings(ChannelSettings):
    """A Slack channel."""

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

    def read(self, answer: Answer) -> tuple[str, str | None]: ...


@dataclass(frozen=True, slots=True)
class IncomingWebhook:
    """Answers in plain text: `ok`, or one word of what is wrong."""

    url: str
    secrets: frozenset[str]

    def request(self, message: Message, body: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
        """Address, headers and content of the POST."""
        return self.url, _JSON, _encode(body)

    def read(self, answer: Answer) -> tuple[str, str | None]:
        """The word in the answer (`ok`, an error, or nothing known) and no reference."""
        return answer.body.decode("utf-8", "replace").strip()[:100], None


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
        content = _encode({"channel": self.channel, "link_names": False, **thread, **body})
        return f"{self.api_url}/chat.postMessage", {**_JSON, "authorization": f"Bearer {self.token}"}, content

    def read(self, answer: Answer) -> tuple[str, str | None]:
        """The word in the answer, and the message's timestamp."""
        try:
            said = json.loads(answer.body)
        except ValueError:
            return "", None
        if not isinstance(said, dict):
            return "", None
        if said.get("ok") is True:
            reference = said.get("ts")
            return "ok", reference if isinstance(reference, str) else None
        return str(said.get("error", ""))[:100], None


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
        body = payload(message, is_interactive=self._is_interactive)
        return Rendered(subject=subject(message), text=text(message), body=body)

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """One POST; a second one in plain words if Slack does not take the form."""
        plain = plain_payload(f"{rendered.subject}\n{rendered.text}")
        begun_at = time.monotonic()
        outcome = await self._post(message, rendered.body or plain)
        if rendered.body is not None and isinstance(outcome, _RefusedForm):
            left = self._http.limit.total_seconds() - (time.monotonic() - begun_at)
            outcome = await self._post(message, plain, within=max(left, 1.0))
        return Refused(detail=outcome.detail) if isinstance(outcome, _RefusedForm) else outcome

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.close()

    async def _post(
        self, message: Message, body: dict[str, Any], within: float | None = None
    ) -> Outcome | _RefusedForm:
        answer = await self._http.post(*self._address.request(message, body), within=within)
        if isinstance(answer, Failure):
            return failed(answer.failing, answer.detail)
        word, reference = self._address.read(answer)
        hold_for = parse_retry_after(answer.headers.get_list("retry-after"), message.now)
        said = excerpt(answer.body, self._address.secrets)
        outcome = judge(answer.status, word, said, hold_for=hold_for, attempt=message.attempt, is_whole=answer.is_whole)
        if isinstance(outcome, Delivered) and message.deadline is not None:
            # What is about several deadlines begins nobody's thread.
            return replace(outcome, reference=message.thread or reference)
        return outcome


@dataclass(frozen=True, slots=True)
class _RefusedForm:
    """Slack takes the message, but not in this form."""

    detail: str


def judge(
    status: int, word: str, said: str, *, hold_for: timedelta | None = None, attempt: int = 1, is_whole: bool = True
) -> Outcome | _RefusedForm:
    """What Slack's answer means: by its word where that is known, else by the status; only 200 `ok` is a yes."""
    detail = f"status {status}: {said}" if said else f"status {status}"
    if word in LIMITED or status == 429:
        hold = hold_for if hold_for is not None else first_hold(attempt)
        return Retry(detail=detail, cause=Cause.RATE_LIMITED, retry_after=hold)
    if status == 200 and word == "ok":
        return Delivered(detail=detail)
    if (known := _by_word(word, detail)) is not None:
        return known
    if 200 <= status <= 299:
        return _not_ok(detail, is_whole=is_whole)
    return _by_status(status, said, hold_for=hold_for, attempt=attempt)


def _by_word(word: str, detail: str) -> Outcome | _RefusedForm | None:
    if word in FORM:
        return _RefusedForm(detail)
    if word in GONE:
        return Refused(detail=detail, closes_channel=True)
    return Retry(detail=detail, is_ambiguous=True) if word in PASSING else None


def _not_ok(detail: str, *, is_whole: bool) -> Outcome:
    # A login page or a portal says 200 too. An answer that broke off may have been the yes.
    if not is_whole:
        return Retry(detail=detail, is_ambiguous=True)
    return Retry(detail=detail, cause=Cause.NEEDS_PERSON)


def _by_status(status: int, said: str, *, hold_for: timedelta | None, attempt: int) -> Outcome:
    outcome = answered(status, said, hold_for=hold_for, attempt=attempt)
    if isinstance(outcome, Retry) and 500 <= status <= 599:
        return replace(outcome, is_ambiguous=True)
    if isinstance(outcome, Retry) and outcome.cause is Cause.CONTENT:
        return replace(outcome, cause=Cause.NEEDS_PERSON)  # what Slack refuses for its form, it names
    return outcome


def _encode(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


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

    http = Http(limit=context.limit or LIMIT)
    return SlackSender(_address(settings), http, is_interactive=settings.signing_secret is not None)


CHANNEL = ChannelType(name="slack", settings=SlackSettings, build=_build)
