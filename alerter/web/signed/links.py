"""Signed links: each for one deadline, one due date and one action.

A link says what it is for and nothing else; whether it still holds is asked when somebody follows it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer

from alerter.domain.decisions.acting import Deeds
from alerter.domain.messages.deeds import actions_offered
from alerter.domain.messages.message import Links, Message

GOOD_AFTER_DUE = timedelta(days=30)
"""How long after its due date a deadline can still be answered for through a link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a signed link is for; `channel` is the one that was sent it."""

    action: Deeds
    deadline: str
    due_key: str
    channel: str


class Linker:
    """Makes and reads the links of one key; without `base_url` messages get none."""

    def __init__(self, key: str, base_url: str | None) -> None:
        self._base_url = base_url
        self._serializer = URLSafeSerializer(key, salt="alerter.link", signer_kwargs={"digest_method": hashlib.sha256})

    def add_links(self, message: Message) -> Message:
        """The message, and each of its items, with the links that it offers."""
        if self._base_url is None:
            return message
        items = tuple(self.add_links(item) for item in message.items)
        return replace(message, links=self._links(message, self._base_url), items=items)

    def write(self, link: Link) -> str:
        """The token of a link."""
        token = self._serializer.dumps([link.action, link.deadline, link.due_key, link.channel])
        return token if isinstance(token, str) else token.decode()

    def read(self, token: str) -> Link | None:
        """What the token is for; None where it was not made with this key, or was changed since."""
        try:
            action, deadline, due_key, channel = self._serializer.loads(token)
        except (BadData, ValueError, TypeError):
            return None
        if action not in get_args(Deeds):
            return None
        link = Link(action=action, deadline=deadline, due_key=due_key, channel=channel)
        return link if self.write(link) == token else None  # base64 has several spellings of one value

    def _links(self, message: Message, base_url: str) -> Links:
        if message.deadline is None or message.due is None:
            return Links()
        subject = {"deadline": message.deadline.id, "due_key": message.due.key, "channel": message.channel}
        offered = {
            action: f"{base_url}/a/{self.write(Link(action=action, **subject))}"
            for action in get_args(Deeds)
            if action in actions_offered(message)
        }
        return Links(page=f"{base_url}/deadlines/{quote(message.deadline.id)}", **offered)


def is_expired(due_at: datetime, now: datetime) -> bool:
    """Whether the due date is too long ago to be answered for through a link."""
    return now > due_at + GOOD_AFTER_DUE
