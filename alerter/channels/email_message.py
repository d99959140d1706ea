"""A message as a mail: headers that thread and repeat safely, plain text, HTML and a calendar entry. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, MessageIDHeader, UniqueAddressHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, quote

from alerter.channels.calendar_entry import calendar_entry
from alerter.channels.email_html import html
from alerter.domain.messages.message import Message
from alerter.domain.words.plain_text import one_line


class _Addresses(UniqueAddressHeader):
    """Addresses, one a line: the standard library's folding may encode the comma between two, which parts nothing."""

    name: str

    def fold(self, *, policy: EmailPolicy) -> str:
        between = f",{policy.linesep} "
        return f"{self.name}: {between.join(map(_written, self.addresses))}{policy.linesep}"


def _written(address: Address) -> str:
    """The address in ASCII."""
    if str(address).isascii():
        return str(address)
    place = f"{_encoded(address.username)}@{address.domain}"
    name = f'"{quote(name)}"' if (name := address.display_name).isascii() else _encoded(name)
    return f"{name} <{place}>" if address.display_name else place


def _encoded(words: str) -> str:
    return words if words.isascii() else Header(words, "utf-8").encode(linesep="\r\n")


_KINDS = {
    **dict.fromkeys(("in-reply-to", "references"), MessageIDHeader),  # one id each: as mere text a long one is encoded
    **dict.fromkeys(("to", "cc", "reply-to"), _Addresses),
}
_HEADERS = HeaderRegistry()
for _name, _kind in _KINDS.items():
    _HEADERS.map_to_type(_name, _kind)  # type: ignore[arg-type]  # it mixes the base class in by itself

# Seven bits, so that any server takes it; long lines are folded by the encoding.
_POLICY = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes to whom, as the headers show it; blind copies are not shown."""

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()

    @property
    def domain(self) -> str:
        """The domain that ids are made under."""
        return self.sender.domain


def compose(letterhead: Letterhead, message: Message, subject: str, text: str) -> bytes:
    """The whole mail: text and HTML as alternatives, and the calendar entry where there is a due date."""
    mail = _headed(letterhead, message, subject)
    mail.set_content(f"{text}\n", cte="quoted-printable")
    mail.add_alternative(html(message), subtype="html", cte="quoted-printable")
    entry = calendar_entry(message)
    if entry is not None:
        mail.add_attachment(
            entry,
            maintype="text",
            subtype="calendar",
            cte="base64",
            filename="deadline.ics",
            params={"method": "PUBLISH", "charset": "utf-8"},
        )
    return mail.as_bytes()


def compose_plain(letterhead: Letterhead, message: Message, subject: str, text: str) -> bytes:
    """The same in plain text only, for servers that find the whole mail too big."""
    mail = _headed(letterhead, message, subject)
    mail.set_content(f"{text}\n", cte="quoted-printable")
    return mail.as_bytes()


def _headed(letterhead: Letterhead, message: Message, subject: str) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = letterhead.sender
    for name, addresses in (("To", letterhead.to), ("Cc", letterhead.cc), ("Reply-To", letterhead.reply_to)):
        if addresses:
            mail[name] = addresses
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(message.now.astimezone(message.zone.info))
    mail["Message-ID"] = f"<{message.id}@{letterhead.domain}>"
    if message.deadline is not None:
        thread = f"<{message.deadline.id}.thread@{letterhead.domain}>"
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return mail
