"""Webhooks in the form of Standard Webhooks: JSON, an id that stays, a signature over exactly the bytes sent."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr

from alerter.channels.answer import excerpt, secrets_of_header, secrets_of_url
from alerter.channels.classify import answered, failed, parse_retry_after
from alerter.channels.http_answer import LIMIT, Answer, Failure
from alerter.channels.json_body import encode
from alerter.channels.port import Rendered
from alerter.channels.registry import ChannelType, Context
from alerter.config.channel import ChannelSettings
from alerter.config.fields import Headers, Secrets, SecretUrl
from alerter.config.sources import refusal
from alerter.domain.dates.instants import instant
from alerter.domain.messages.agenda import unanswered
from alerter.domain.messages.facts import is_date_only
from alerter.domain.messages.message import Message, unbundled
from alerter.domain.messages.wording import line, paragraphs, subject, when
from alerter.domain.notices.notice import Kind
from alerter.domain.notices.outcome import Outcome
from alerter.domain.planning.due import Due
from alerter.domain.words.plain_text import one_line

if TYPE_CHECKING:
    from alerter.channels.http import Http

_PREFIX = "whsec_"
_PLACEHOLDER = "placeholder"


def _check_secrets(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for secret in secrets:
        if secret.get_secret_value() != _PLACEHOLDER and not _key(secret):
            raise refusal("bad-value", "should be whsec_ followed by the key in base64")
    return secrets


def _key(secret: SecretStr) -> bytes:
    try:
        return base64.b64decode(secret.get_secret_value().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""


class WebhookSettings(ChannelSettings):
    """An address that takes signed JSON."""

    type: Literal["webhook"] = Field(description="Posts JSON to an address.")
    url: SecretUrl = Field(description="Where to post to.")
    secret: Annotated[Secrets, AfterValidator(_check_secrets)] | None = Field(
        default=None, description="whsec_ and the key in base64; several while it is being changed."
    )
    headers: Headers = Field(default_factory=dict, description="Headers to send along.")


class WebhookSender:
    """Posts messages to one address."""

    def __init__(self, settings: WebhookSettings, http: Http) -> None:
        self._http = http
        self._url = settings.url.get_secret_value()
        self._keys = [_key(secret) for secret in settings.secret or ()]
        # In lower case as ours are: of one name, however it is written, there is one header.
        self._headers = {name.lower(): value.get_secret_value() for name, value in settings.headers.items()}
        self._secrets = {
            *secrets_of_url(self._url),
            *(secret.get_secret_value().removeprefix(_PREFIX) for secret in settings.secret or ()),
            *(part for value in self._headers.values() for part in secrets_of_header(value)),
        }

    async def open(self) -> None:
        """Make the client ready."""
        await self._http.open()

    def render(self, message: Message) -> Rendered:
        """The JSON body, encoded."""
        spoken = unbundled(message)
        said = _text(spoken)
        return Rendered(subject=subject(spoken), text=said, body=encode(_body(message, said)))

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """One POST of the rendered bytes."""
        body = rendered.body or encode(_plain(message, rendered))
        headers = {**self._headers, **signed_headers(message.id, message.now, body, self._keys)}
        answer = await self._http.post(self._url, headers, body)
        if isinstance(answer, Failure):
            return failed(answer.failing, answer.detail)
        return self._judge(message, answer)

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.close()

    def _judge(self, message: Message, answer: Answer) -> Outcome:
        hold_for = parse_retry_after(answer.headers.get_list("retry-after"), message.now)
        said = excerpt(answer.body, self._secrets)
        return answered(answer.status, said, hold_for=hold_for, attempt=message.attempt)


def signed_headers(message_id: str, at: datetime, body: bytes, keys: list[bytes]) -> dict[str, str]:
    """The headers of Standard Webhooks for exactly these bytes, with one signature for each key."""
    timestamp = str(int(at.timestamp()))
    headers = {"content-type": "application/json", "webhook-id": message_id, "webhook-timestamp": timestamp}
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    signatures = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    if signatures:
        headers["webhook-signature"] = " ".join(f"v1,{signature}" for signature in signatures)
    return headers


def _body(message: Message, said: str) -> dict[str, Any]:
    return {"type": str(message.kind), "timestamp": instant(message.planned_at), "data": _data(message, said)}


def _data(message: Message, said: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "notice": {
            "id": message.id,
            "lead": message.lead,
            "channel": message.channel,
            "planned_at": instant(message.planned_at),
            "late_by": message.late_by,
            "attempt": message.attempt,
        },
        "deadline": _deadline(message),
        "moved": _moved(message),
        "text": said,
        "links": message.links.offered(),
    }
    if message.kind in (Kind.BUNDLE, Kind.DIGEST):
        data["items"] = [_data(item, _item_text(item, message.kind)) for item in message.items]
    return data


def _item_text(item: Message, kind: Kind) -> str:
    """The item's line; in a digest, which has no headings here, with what those say elsewhere."""
    said = unanswered(item) if kind is Kind.DIGEST else ""
    return f"{_text(item)} {said}." if said else _text(item)


def _text(message: Message) -> str:
    """One line; that of a problem with all there is to say about it, which stands nowhere else."""
    said = one_line(paragraphs(message)) if message.kind is Kind.PROBLEM else ""
    return f"{line(message)} {said}".strip()


def _deadline(message: Message) -> dict[str, Any] | None:
    deadline, due = message.deadline, message.due
    if deadline is None or due is None:
        return None
    return {
        "id": deadline.id,
        "title": deadline.title,
        "due": instant(due.at),
        "due_local": when(due, deadline.zone),
        "date_only": is_date_only(due),
        "timezone": deadline.zone.name,
        "severity": str(deadline.severity),
        "tags": list(deadline.tags),
        "certainty": str(deadline.certainty),
        "status": message.closed_as or str(deadline.status),
        "note": deadline.note,
        "link": deadline.link,
        "owner": deadline.owner,
        "moves": message.moves,
    }


def _moved(message: Message) -> dict[str, str] | None:
    if message.moved is None:
        return None
    return {
        "from": _date_or_instant(message.moved.before),
        "to": _date_or_instant(message.moved.after),
        "note": message.deadline.note if message.deadline else "",
    }


def _date_or_instant(due: Due) -> str:
    return due.local.isoformat() if is_date_only(due) else instant(due.at)


def _plain(message: Message, rendered: Rendered) -> Mapping[str, Any]:
    notice = {"id": message.id, "channel": message.channel, "attempt": message.attempt}
    return {
        "type": str(message.kind),
        "timestamp": instant(message.planned_at),
        "data": {"notice": notice, "text": f"{rendered.subject}\n{rendered.text}"},
    }


def _build(settings: WebhookSettings, name: str, context: Context) -> WebhookSender:
    from alerter.channels.http import Http  # noqa: PLC0415 - takes long: only who sends needs it

    return WebhookSender(settings, Http(limit=context.limit or LIMIT))


CHANNEL = ChannelType(name="webhook", settings=WebhookSettings, build=_build)
