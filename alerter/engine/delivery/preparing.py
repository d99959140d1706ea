"""Puts what was claimed into words, and into the form of its channel: ahead of its instant where there is time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from alerter.channels.port import Rendered
from alerter.channels.render import render_safely
from alerter.domain.messages.message import Message
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.value import value
from alerter.engine.delivery.compose import compose, compose_barely
from alerter.engine.delivery.delivery_problems import barely_told, plainly_told
from alerter.engine.delivery.lane import Job, Lane
from alerter.engine.ops.ops import Ops

log = structlog.get_logger(__name__)

GOOD_FOR = timedelta(seconds=1)
"""How long after the instant it was made for a message still reads right."""


@value(frozen=True, slots=True)
class Prepared:
    """A message in its channel's form, made of this watch list for that instant."""

    message: Message
    rendered: Rendered
    watch_list: WatchList
    at: datetime

    def is_outdated(self, watch_list: WatchList, now: datetime) -> bool:
        """Whether it would read differently now."""
        return watch_list is not self.watch_list or not timedelta(0) <= now - self.at < GOOD_FOR


class Preparing:
    """The messages that are ready before their instant, by the names of their jobs; `ops` hear of what could not be."""

    def __init__(self, ops: Ops, add_links: Callable[[Message], Message]) -> None:
        self._ops = ops
        self._add_links = add_links
        self._ready: dict[str, Prepared] = {}

    def make_ready(self, lane: Lane, job: Job, watch_list: WatchList) -> None:
        """Have it ready as it will read at its instant, so that sending is all that is left to do then."""
        self._ready[job.name] = self.prepare(lane, job, watch_list, job.send_at)

    def find(self, lane: Lane, job: Job, watch_list: WatchList, now: datetime) -> Prepared:
        """The message as it reads now; made where it was not ready, or would read differently by now."""
        ready = self._ready.get(job.name)
        if ready is not None and not ready.is_outdated(watch_list, now):
            return ready
        at = max(job.send_at, now.replace(microsecond=0))  # so that messages of one second have words in common
        return self.prepare(lane, job, watch_list, at)

    def drop(self, job: Job) -> None:
        """It was sent, or went back."""
        self._ready.pop(job.name, None)

    def prepare(self, lane: Lane, job: Job, watch_list: WatchList, at: datetime) -> Prepared:
        """The message as it reads at that instant."""
        message = self._compose(job, watch_list, at)
        rendered, problem = render_safely(lane.sender, message)
        if problem is not None:
            self._ops.note(plainly_told(message, lane.channel.name, problem))
        return Prepared(message, rendered, watch_list, at)

    def _compose(self, job: Job, watch_list: WatchList, at: datetime) -> Message:
        try:
            return self._add_links(compose(job.claims, watch_list, job.facts, at))
        except Exception as error:  # what is wrong with a row is not to silence its deadline
            message = compose_barely(job.claims, watch_list, at)
            log.exception("notice.unclear", notice=message.id, error=type(error).__name__)
            self._ops.note(barely_told(message, type(error).__name__))
            return message
