"""Whether a newly read configuration is taken: whole, or not at all, and not if it drops too much at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerter.domain.planning.deadline import Status
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import counted, stated
from alerter.engine.ops.problems import Problem

HOLD_FOR = timedelta(minutes=10)
"""A load that drops many deadlines is taken once it has stood this long."""

HEARD_FOR = timedelta(minutes=8)
"""So long before that `ops` has been told, whatever else there was to tell: a person is to have time to act."""

MOST_DROPPED = 3
MOST_DROPPED_SHARE = 0.3
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Taken:
    """The watch list is to be used from now on."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The load would drop these open deadlines: it waits until `until` for a person to look."""

    until: datetime
    dropped: tuple[str, ...]


def held_back(held: HeldBack, fingerprint: str) -> Problem:
    """What the people who run it are told of a load held back."""
    text = counted(
        "problem",
        "A new configuration drops {n} open deadline ({names}). "
        "Unless it has changed by then it is taken at {when}; {command} takes it at once.",
        "A new configuration drops {n} open deadlines ({names}). "
        "Unless it has changed by then it is taken at {when}; {command} takes it at once.",
        len(held.dropped),
        names=", ".join(held.dropped[:MOST_NAMED]),
        when=held.until,
        command="`alerter reload --accept-removals`",
    )
    title = stated("problem", "Many deadlines would be dropped")
    return Problem(key=f"removals {fingerprint}", title=title, text=(text,), tell_by=held.until - HEARD_FOR)


class Intake:
    """Remembers what is held back, and since when."""

    def __init__(self) -> None:
        self._fingerprint: str | None = None
        self._until: datetime | None = None

    @property
    def held_until(self) -> datetime | None:
        """When what is held back will be taken; None where nothing is."""
        return self._until

    def judge(
        self, before: WatchList | None, after: WatchList, now: datetime, *, accept_removals: bool = False
    ) -> Taken | HeldBack:
        """Decide on `after` in the place of `before` (None at start: always taken).

        A hold stays remembered until it is replaced or one is to `forget` it.
        """
        dropped = _dropped(before, after) if before is not None else ()
        is_much = before is not None and _is_much(len(dropped), before)
        if accept_removals or not is_much or self._has_stood(after, now):
            return Taken()
        if self._fingerprint != after.fingerprint or self._until is None:
            self._fingerprint, self._until = after.fingerprint, now + HOLD_FOR
        return HeldBack(self._until, dropped)

    def _has_stood(self, after: WatchList, now: datetime) -> bool:
        return self._fingerprint == after.fingerprint and self._until is not None and now >= self._until

    def forget(self) -> None:
        """What was held back has been taken, or replaced by something else."""
        self._fingerprint = self._until = None


def _open(watch_list: WatchList) -> set[str]:
    return {name for name, deadline in watch_list.deadlines.items() if deadline.status is Status.OPEN}


def _dropped(before: WatchList, after: WatchList) -> tuple[str, ...]:
    gone = before.deadlines.keys() - after.deadlines.keys()
    return tuple(sorted(name for name in gone if before.deadlines[name].status is Status.OPEN))


def _is_much(dropped_count: int, before: WatchList) -> bool:
    return dropped_count > MOST_DROPPED and dropped_count > MOST_DROPPED_SHARE * len(_open(before))
