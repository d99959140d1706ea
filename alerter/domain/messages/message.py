"""What a message says, before any channel has put it into its own form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerter.domain.dates.zone import Zone
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due
from alerter.domain.value import value


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A date that changed."""

    before: Due
    after: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTaken:
    """Who did what about a deadline: `action` is ack, snooze or close; `detail` the time or status."""

    at: datetime
    action: str
    by: str
    note: str = ""
    detail: str = ""


@value(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a message leads: signed addresses on which to act, and the deadline's own page; "" is not offered."""

    ack: str = ""
    snooze: str = ""
    close: str = ""
    page: str = ""

    def offered(self) -> dict[str, str]:
        """The addresses there are, by name, in the order they are offered."""
        named = {"ack": self.ack, "snooze": self.snooze, "close": self.close, "page": self.page}
        return {name: address for name, address in named.items() if address}

    def token(self, action: str) -> str:
        """The signed part of one address, for a button that calls back; "" where there is none."""
        return self.offered().get(action, "").rpartition("/a/")[2]


@value(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one channel, ready to be put into words.

    `deadline` and `due` are None on digests, bundles, tests and problems; the first two carry
    `items`, the others `text`. `now` is the instant of this attempt, `zone` the readers' own.
    `thread` is the reference an earlier message of the same deadline left behind.
    `accepted` and `refused` are recipients that an earlier attempt has dealt with. `next_at` is when this channel
    hears of the deadline next, None where nothing more is planned or known.
    """

    id: str
    kind: Kind
    channel: str
    now: datetime
    planned_at: datetime
    zone: Zone
    language: str = "en"
    lead: str | None = None
    late_by: int = 0
    attempt: int = 1
    reason: str | None = None
    is_repeat_possible: bool = False
    deadline: Deadline | None = None
    due: Due | None = None
    moves: int = 0
    moved: Moved | None = None
    closed_as: str | None = None
    actions: tuple[ActionTaken, ...] = ()
    items: tuple[Message, ...] = ()
    title: str = ""
    text: str = ""
    links: Links = Links()
    next_at: datetime | None = None
    thread: str | None = None
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def unbundled(message: Message) -> Message:
    """What is put into words: the message itself, or the one notice that is left of a bundle, under the bundle's id."""
    is_alone = message.kind is Kind.BUNDLE and len(message.items) == 1
    return replace(message.items[0], id=message.id) if is_alone else message
