"""What the web side knows of the daemon, and what people can have done through it.

It owns nothing but the catalogue: everything else is asked of the ledger and the watch list when it is wanted.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial

from alerter.config.settings import Service
from alerter.domain.decisions.acting import CannotDo, Deed
from alerter.domain.decisions.derived import as_all_stand, with_sources
from alerter.domain.decisions.record import Known
from alerter.domain.messages.message import Message
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import Statement, stated
from alerter.ledger.doing import Done, do
from alerter.ledger.keys import CALENDAR_KEY, LINK_KEY
from alerter.ledger.ledger import Ledger
from alerter.web.desk.catalogue import Catalogue
from alerter.web.desk.lines import Line
from alerter.web.signed.links import Linker
from alerter.web.signed.login import Turnstile


class NotReady(Exception):
    """There is no watch list yet."""


class NoSuchDeadline(LookupError):
    """No deadline has that id; `why` is a sentence."""

    def __init__(self, name: str) -> None:
        self.why = stated("refusal", "There is no deadline '{deadline}'.", deadline=name)
        super().__init__(self.why)


@dataclass(slots=True, kw_only=True)
class Desk:
    """The daemon as the web side sees it; what may change while it runs is asked for each time."""

    ledger: Ledger
    now: Callable[[], datetime]
    service: Callable[[], Service]
    find_watch_list: Callable[[], WatchList | None]
    find_troubles: Callable[[], Sequence[Statement]]
    acted_on: Callable[[str], None]
    signing_secrets: Callable[[], Mapping[str, str]] = dict
    catalogue: Catalogue = field(default_factory=Catalogue)
    turnstile: Turnstile = field(default_factory=Turnstile)
    kept_keys: dict[str, str] = field(default_factory=dict, repr=False)
    _acting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        """Find the keys of links and calendar, or make them; a ledger begun anew goes on with those in use."""
        for name in (LINK_KEY, CALENDAR_KEY):
            made = self.kept_keys.get(name) or secrets.token_urlsafe(32)
            self.kept_keys[name] = await self.ledger.meta_set_default(name, partial(str, made))

    @property
    def key(self) -> str:
        """What signs links, logins and forms: configured or kept in the ledger; raises NotReady without."""
        given = self.service().link_key
        key = given.get_secret_value() if given is not None else self.kept_keys.get(LINK_KEY, "")
        if not key:  # nothing may ever be signed, or believed, by an empty one
            raise NotReady("The ledger has not been opened yet; ask again in a moment.")
        return key

    @property
    def calendar_key(self) -> str:
        """What opens the calendar feed."""
        given = self.service().calendar_key
        return given.get_secret_value() if given is not None else self.kept_keys.get(CALENDAR_KEY, "")

    @property
    def subscription_key(self) -> str:
        """What opens the feed as well, and may stand on a page: it follows from the key and does not tell it."""
        return hashlib.blake2b(b"alerter.calendar", key=_digest(self.calendar_key), digest_size=24).hexdigest()

    @property
    def token(self) -> str | None:
        """The token of `service.token`."""
        given = self.service().token
        return given.get_secret_value() if given is not None else None

    @property
    def linker(self) -> Linker:
        """Makes and reads signed links."""
        return _linker(self.key, self.service().base_url)

    def add_links(self, message: Message) -> Message:
        """The message with the links that it offers."""
        try:
            return self.linker.add_links(message)
        except NotReady:
            return message

    @property
    def watch_list(self) -> WatchList:
        """What is being watched; raises NotReady."""
        watch_list = self.find_watch_list()
        if watch_list is None:
            raise NotReady("The watch list is being taken; ask again in a moment.")
        return watch_list

    async def refresh(self) -> WatchList:
        """The watch list, with the catalogue brought up to it."""
        watch_list = self.watch_list
        await self.catalogue.refresh(watch_list, self.ledger, self.now())
        return watch_list

    def find(self, name: str) -> Deadline:
        """The deadline of that id; raises NoSuchDeadline."""
        try:
            return self.watch_list.deadlines[name]
        except KeyError:
            raise NoSuchDeadline(name) from None

    async def do(self, name: str, deed: Deed) -> Done:
        """Have it done, once; raises NoSuchDeadline and CannotDo."""
        deadline = self.find(name)
        async with self._acting:  # the same wish sent twice in a hurry is fulfilled once
            done = await do(self.ledger, deadline, self.watch_list.deadlines, deed, self.now())
        if not done.is_repeat:
            self.acted_on(name)
        return done

    async def as_it_stands(self, part: WatchList) -> tuple[WatchList, Mapping[str, Known]]:
        """A part of the watch list as it stands by what people did, and what the ledger knows of its deadlines."""
        deadlines = self.watch_list.deadlines
        known = await self.ledger.known(with_sources(part.deadlines, deadlines))
        return as_all_stand(part, deadlines, known), known

    async def find_standing(self, name: str) -> Deadline | None:
        """The deadline of that id as it stands, if there is one."""
        deadline = self.watch_list.deadlines.get(name)
        if deadline is None or deadline.derived_from is None:
            return deadline
        alone, _ = await self.as_it_stands(replace(self.watch_list, deadlines={name: deadline}))
        return alone.deadlines[name]

    async def look_up(self, lines: Sequence[Line]) -> tuple[list[Line], Mapping[str, Known]]:
        """The lines with only what still counts of what people did, and what the ledger knows of their deadlines."""
        known = await self.ledger.known(list({line.deadline.id for line in lines}))
        return [_standing(line, known.get(line.deadline.id)) for line in lines], known


@lru_cache(maxsize=2)
def _linker(key: str, base_url: str | None) -> Linker:
    """The same for as long as nothing changes: to make one costs as much as ten links."""
    return Linker(key, base_url)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _standing(line: Line, known: Known | None) -> Line:
    if known is None or line.due is None:
        return line
    return replace(line, actions=tuple(action for action in known.actions if action.due_key == line.due.key))


__all__ = ["CannotDo", "Desk", "NoSuchDeadline", "NotReady"]
