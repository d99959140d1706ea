"""Problems that a channel has yet to hear of: how many make one message, and how soon the next may go. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerter.domain.words.statement import Statement

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
"""After the first, second, … message of one kind; from the fifth on it is the last of these."""

QUIET_FOR = timedelta(hours=2)
"""After so long without a message of its kind the next problem is a first one again."""

LOOK_AGAIN_AFTER = timedelta(minutes=15)
UNHEARD_FOR = timedelta(hours=4)
"""While the last message has not arrived the next waits so long: on recovery there are only a few."""

MOST_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something wrong. `key` says what, beginning with its kind; the same key is the same problem.

    `tell_by` is until when it may wait for others of its kind; None: as long as they all do. `occasion` tells it from
    what it was before it had been over.
    """

    key: str
    title: Statement
    text: tuple[Statement, ...]
    tell_by: datetime | None = None
    occasion: str = ""

    @property
    def kind(self) -> str:
        """Problems of one kind may be told together."""
        return self.key.partition(" ")[0]


class Pile:
    """The problems of one kind for one channel: the first goes at once, what follows is gathered."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.uncounted = 0
        self.last_id: str | None = None
        self._told_at: datetime | None = None
        self._told_count = 0
        self._next_at: datetime | None = None

    def add(self, problem: Problem) -> None:
        """Keep it, or at least its number."""
        if len(self.problems) < MOST_KEPT:
            self.problems.append(problem)
        else:
            self.uncounted += 1

    def drop(self, keys: Collection[str]) -> None:
        """These need not be told any more."""
        self.problems = [problem for problem in self.problems if problem.key not in keys]

    def next_at(self, now: datetime) -> datetime | None:
        """When the next message may go; None where there is nothing to say."""
        if not self.problems:
            return None
        if self._next_at is None or self._next_at - now > UNHEARD_FOR:  # the clock has gone back since
            return now
        return max(min([self._next_at, *self._tell_by]), now)

    def tell(self, now: datetime, notice: str, told: Collection[Problem], uncounted: int) -> None:
        """These, and so many more, have been told of, in the notice of that id."""
        if self._told_at is None or now - self._told_at > QUIET_FOR:
            self._told_count = 0
        self._told_at, self._next_at = now, now + WAITS[min(self._told_count, len(WAITS) - 1)]
        self._told_count += 1
        self.last_id = notice
        self.problems = [problem for problem in self.problems if problem not in told]
        self.uncounted -= uncounted

    def put_off(self, now: datetime) -> bool:
        """Wait on, since the last message has not arrived; False where that has gone on, or would go on, too long."""
        if self._told_at is None or now - self._told_at >= UNHEARD_FOR or any(at <= now for at in self._tell_by):
            return False
        self._next_at = min(now + LOOK_AGAIN_AFTER, self._told_at + UNHEARD_FOR)
        return True

    @property
    def _tell_by(self) -> list[datetime]:
        return [problem.tell_by for problem in self.problems if problem.tell_by is not None]
