"""E-mail over SMTP: encrypted as configured and never less, one mail to all recipients, each followed on its own."""

from __future__ import annotations

import ssl
from datetime import timedelta
from email.headerregistry import Address
from typing import Literal, Self

import aiosmtplib
from pydantic import ConfigDict, Field, model_validator

from alerter.channels.answer import excerpt
from alerter.channels.dialling import ForbiddenAddressError
from alerter.channels.email_html import template
from alerter.channels.email_message import Letterhead, compose, compose_plain
from alerter.channels.mail_address import MailAddress, MailAddresses, Recipients, parse_address
from alerter.channels.port import Rendered
from alerter.channels.registry import ChannelType, Context
from alerter.channels.smtp_answers import Stage, Verdict, judge_answer, judge_error
from alerter.channels.smtp_dialogue import Progress, Server, converse
from alerter.config.addresses import is_loopback_host
from alerter.config.channel import ChannelSettings
from alerter.config.fields import Host, Model, Secret, Sourced
from alerter.config.sources import refusal
from alerter.domain.messages.message import Message, unbundled
from alerter.domain.messages.wording import subject, text
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused, Retry

LIMIT = timedelta(seconds=60)
"""From connecting to the end of the mail's text."""

ANSWER_LIMIT = timedelta(seconds=600)
"""For the server's answer to it: RFC 5321 grants ten minutes, and giving up earlier makes duplicates."""

GREYLISTED_FOR = timedelta(seconds=60)
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class SmtpSettings(Model):
    """The server that takes the mail."""

    model_config = ConfigDict(
        json_schema_extra={"dependentRequired": {"username": ["password"], "password": ["username"]}}
    )

    host: Host = Field(description="The server's name; its certificate has to be for it.")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="By default 587 for starttls, 465 for tls, 25 for none."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is encrypted."
    )
    username: Sourced | None = Field(default=None, description="To log in with.")
    password: Secret | None = Field(default=None, description="To log in with.")
    ca: Sourced | None = Field(default=None, description="A file with the certificates of a private authority.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise refusal("missing-key", "needs both username and password, or neither")
        if self.username is not None and self.security == "none" and not is_loopback_host(self.host):
            raise refusal("bad-value", "does not log in without encryption: set security to starttls or tls")
        return self


class EmailSettings(ChannelSettings):
    """A set of people with mailboxes."""

    type: Literal["email"] = Field(description="Sends mail.")
    to: Recipients = Field(description="Who gets it.")
    cc: MailAddresses = Field(default=(), description="Who gets a copy.")
    bcc: MailAddresses = Field(default=(), description="Who gets a copy unseen.")
    reply_to: MailAddresses = Field(default=(), description="Where answers go.")
    sender: MailAddress = Field(alias="from", description="Who it comes from.")
    smtp: SmtpSettings = Field(description="The server that takes the mail.")
    bundle_over: int | None = Field(
        default=5, ge=1, le=1000, description="More notices than this at once become one message."
    )


class EmailSender:
    """Sends mail through one server, a connection for each mail."""

    def __init__(
        self, settings: EmailSettings, *, limit: timedelta = LIMIT, answer_limit: timedelta = ANSWER_LIMIT
    ) -> None:
        self._smtp = settings.smtp
        self._limit = limit
        self._answer_limit = answer_limit
        self._letterhead = Letterhead(
            sender=parse_address(settings.sender),
            to=_addresses(settings.to),
            cc=_addresses(settings.cc),
            reply_to=_addresses(settings.reply_to),
        )
        everybody = (*self._letterhead.to, *self._letterhead.cc, *_addresses(settings.bcc))
        self._recipients = tuple(dict.fromkeys(address.addr_spec for address in everybody))
        self._password = settings.smtp.password.get_secret_value() if settings.smtp.password else ""
        self._tls: ssl.SSLContext | None = None

    async def open(self) -> None:
        """Nothing to keep open: mail servers let nobody linger."""

    def render(self, message: Message) -> Rendered:
        """The whole mail, encoded."""
        spoken = unbundled(message)
        head, words = subject(spoken), text(spoken)
        return Rendered(subject=head, text=words, body=compose(self._letterhead, spoken, head, words))

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """One mail to everybody who has neither had it nor been refused for good."""
        done = {*message.accepted, *message.refused}
        missing = [address for address in self._recipients if address not in done]
        progress = Progress(accepted=list(message.accepted))
        try:
            if missing:
                plain = compose_plain(self._letterhead, unbundled(message), rendered.subject, rendered.text)
                contents = [rendered.body, plain] if rendered.body else [plain]
                sender = self._letterhead.sender.addr_spec
                await converse(self._server(), sender, missing, contents, progress)
            return self._concluded(message, progress)
        except Exception as error:  # noqa: BLE001 - the one catch-all of an attempt: it becomes its outcome
            return self._failed(message, progress, error)

    async def close(self) -> None:
        """Nothing to let go of."""

    def _server(self) -> Server:
        smtp = self._smtp
        if self._tls is None and smtp.security != "none":
            self._tls = ssl.create_default_context(cafile=smtp.ca)
        return Server(
            host=smtp.host,
            port=smtp.port or _PORTS[smtp.security],
            tls=self._tls,
            is_tls_from_start=smtp.security == "tls",
            login=(smtp.username, self._password) if smtp.username else None,
            limit=self._limit.total_seconds(),
            answer_limit=self._answer_limit.total_seconds(),
        )

    def _concluded(self, message: Message, progress: Progress) -> Outcome:
        accepted, refused = tuple(progress.accepted), self._refused(message, progress)
        detail = self._detail(progress, refused)
        if progress.waiting:
            cause = Cause.NEEDS_PERSON if progress.needs_person else Cause.TEMPORARY
            return Retry(detail=detail, cause=cause, retry_after=GREYLISTED_FOR, accepted=accepted, refused=refused)
        if accepted:
            return Delivered(detail=detail, to=accepted, refused=refused)
        return Refused(detail=detail, refused=refused)

    def _failed(self, message: Message, progress: Progress, error: Exception) -> Outcome:
        verdict, detail = self._verdict(progress, error)
        refused = self._refused(message, progress)
        if verdict is Verdict.NEVER and not progress.accepted:
            return Refused(detail=detail, refused=refused)
        return Retry(
            detail=detail,
            cause=verdict.cause,
            is_ambiguous=progress.is_content_sent,
            accepted=tuple(progress.accepted),
            refused=refused,
        )

    def _verdict(self, progress: Progress, error: Exception) -> tuple[Verdict, str]:
        step = _STEPS[progress.stage]
        if isinstance(error, ForbiddenAddressError):
            return Verdict.NEVER, str(error)
        if isinstance(error, aiosmtplib.SMTPResponseException):
            verdict = judge_answer(progress.stage, error.code, error.message)
            final = Verdict.NEVER if verdict is Verdict.TOO_BIG else verdict
            return final, f"{step} refused: {self._said(error.code, error.message)}"
        verdict = judge_error(progress.stage, error)
        if type(error) is aiosmtplib.SMTPException and progress.stage in _NOT_OFFERED:
            return verdict, _NOT_OFFERED[progress.stage]
        return verdict, f"{step} failed ({type(error.__cause__ or error).__name__})"

    def _refused(self, message: Message, progress: Progress) -> dict[str, str]:
        return {**message.refused, **{who: self._said(*why) for who, why in progress.refused.items()}}

    def _detail(self, progress: Progress, refused: dict[str, str]) -> str:
        waiting = {who: self._said(*why) for who, why in progress.waiting.items()}
        turned_down = [f"{who}: {why}" for who, why in {**waiting, **refused}.items()]
        accepted = [f"accepted: {excerpt(progress.answer, [self._password])}"] if progress.accepted else []
        return "; ".join([*accepted, *turned_down])

    def _said(self, code: int, answer: str) -> str:
        return f"{code} {excerpt(answer, [self._password])}"


def _addresses(texts: tuple[str, ...]) -> tuple[Address, ...]:
    return tuple(map(parse_address, texts))


def _build(settings: EmailSettings, name: str, context: Context) -> EmailSender:
    template()
    return EmailSender(settings, limit=context.limit or LIMIT, answer_limit=context.limit or ANSWER_LIMIT)


_STEPS = {
    Stage.CONNECTING: "connecting",
    Stage.SECURING: "encryption",
    Stage.LOGGING_IN: "login",
    Stage.SENDER: "sender",
    Stage.RECIPIENTS: "recipients",
    Stage.CONTENT: "mail",
}

_NOT_OFFERED = {
    Stage.SECURING: "the server offers no encryption (STARTTLS), and none is sent in clear",
    Stage.LOGGING_IN: "the server offers no way to log in that fits",
}

# Up to two mails (a too big one again as plain text), each with its own limits, and the goodbye.
CHANNEL = ChannelType(
    name="email", settings=EmailSettings, build=_build, longest_for=3 * LIMIT + 2 * ANSWER_LIMIT + timedelta(seconds=10)
)
