"""One due date of one deadline as pages and API list it, and which of them are wanted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from alerter.domain.decisions.record import Action
from alerter.domain.decisions.standing import snoozed_until
from alerter.domain.planning.deadline import Deadline, Severity, Status
from alerter.domain.planning.due import Due
from alerter.domain.planning.duedate import LATEST

Key = tuple[datetime, str, str]
"""Due instant, deadline and due key: names a line, and sorts by nearness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which deadlines are wanted: any of `tags`, at least `severity`, all words of `text`; empty matches all."""

    tags: frozenset[str] = frozenset()
    owner: str = ""
    severity: Severity | None = None
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether everything is wanted."""
        return self == Filter()

    def test(self) -> Callable[[Line], bool]:
        """What says of a line whether it is wanted; made once for many lines."""
        words, rank = self.text.casefold().split(), self.severity.rank if self.severity else 0

        def covers(line: Line) -> bool:
            deadline = line.deadline
            return (
                (not self.tags or not self.tags.isdisjoint(deadline.tags))
                and (not self.owner or self.owner == deadline.owner)
                and (not rank or deadline.severity.rank >= rank)
                and (not words or _holds(deadline, words))
            )

        return covers


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One due date of one deadline. `actions` are those about it."""

    deadline: Deadline
    due: Due | None
    actions: tuple[Action, ...] = ()

    @property
    def at(self) -> datetime:
        """When it falls due; the end of all time where nothing is left of a series."""
        return LATEST if self.due is None else self.due.at

    @property
    def key(self) -> Key:
        """Names the line, and sorts by nearness."""
        return self.at, self.deadline.id, self.due.key if self.due else ""

    @property
    def status(self) -> Status:
        """What became of it, by the configuration or by what a person said."""
        closed = self.last("close")
        if self.deadline.status is not Status.OPEN or closed is None:
            return self.deadline.status
        return closed.status or Status.VOID

    @property
    def is_open(self) -> bool:
        """Whether it still counts."""
        return self.due is not None and self.status is Status.OPEN

    @property
    def is_answered(self) -> bool:
        """Whether nobody need be asked once it has passed."""
        return not self.is_open or self.last("ack") is not None

    @property
    def snoozed_until(self) -> datetime | None:
        """Until when nothing is said of it, by the last snooze; that may have passed."""
        return snoozed_until(self.actions, self.due.key) if self.due else None

    def last(self, action: str) -> Action | None:
        """The last action of that name."""
        return next((one for one in reversed(self.actions) if one.action == action), None)


def _holds(deadline: Deadline, words: Iterable[str]) -> bool:
    """Whether all of the words stand somewhere in the deadline, whatever their case."""
    parts = (deadline.id, deadline.title, deadline.owner, deadline.note, *deadline.tags)
    text = "\n".join(parts).casefold()
    return all(word in text for word in words)
