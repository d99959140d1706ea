"""Finding the earliest notice of a deadline without planning them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from alerter.domain.dates.calendar import Shift
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import dues_from, sole_due
from alerter.domain.planning.duedate import LATEST, Due
from alerter.domain.planning.hold import send_at, wanted_from
from alerter.domain.planning.lead import Lead
from alerter.domain.planning.manner import manner_of
from alerter.domain.planning.moments import Moment, Window, lead_at, opens_moment, overdue_moments, recheck_moments
from alerter.domain.planning.reach import dues_after, dues_until

# So many due dates in a row without any notice mean that there never will be one.
_BARREN_LIMIT = 50


def next_at(deadline: Deadline, channels: Mapping[str, Channel], after: datetime) -> datetime | None:
    """The earliest `at` >= after of any notice of the deadline; None where nothing is left."""
    manner = manner_of(deadline, channels)
    if not manner.hearers:
        return None
    if manner.is_simple and deadline.opens is None and deadline.recheck_after is None and deadline.overdue is None:
        return _next_lead(deadline, manner.leads, after)
    search = _Search(deadline, channels, after)
    search.look_at_window_and_date()
    if deadline.repeat is None:
        search.look_at_due(sole_due(deadline))
    else:
        search.look_at_series()
    return search.best


def _next_lead(deadline: Deadline, leads: tuple[Lead, ...], after: datetime) -> datetime | None:
    """The earliest of these leads from then on, which begin with those that may be earliest."""
    due, best = sole_due(deadline), None
    first = (after - due.at).total_seconds()
    for lead in leads:
        if best is not None and lead.earliest > (best - due.at).total_seconds():
            break
        at = lead_at(deadline, due, lead) if lead.latest >= first else None
        if at is not None and after <= at < LATEST and (best is None or at < best):
            best = at
    return best


class _Search:
    """The earliest instant >= after found so far, and where to look for an earlier one."""

    __slots__ = ("after", "best", "channels", "deadline", "start")

    def __init__(self, deadline: Deadline, channels: Mapping[str, Channel], after: datetime) -> None:
        self.deadline, self.channels, self.after = deadline, channels, after
        self.start = wanted_from(deadline, channels, after)
        self.best: datetime | None = None

    def look_at_window_and_date(self) -> None:
        """Look at what belongs to the deadline as a whole: the opening of its window, and rechecks."""
        if self.deadline.opens is not None:
            opens = opens_moment(self.deadline)
            self._look_at([] if opens is None else [opens])
        if self.deadline.recheck_after is not None:
            self._look_at(recheck_moments(self.deadline, self.start, LATEST))

    def look_at_series(self) -> None:
        """Look at due dates for as long as they may bring something earlier."""
        barren_from, barren_count = dues_until(self.deadline, self.start, self.after), 0
        seen, until = None, LATEST
        for due in dues_from(self.deadline, dues_after(self.deadline, self.start)):
            if self.best is not seen and self.best is not None:
                seen, until = self.best, dues_until(self.deadline, self.start, self.best)
            if due.at > until or barren_count > _BARREN_LIMIT:
                return
            self.look_at_due(due)
            barren_count += self.best is None and due.at > barren_from

    def look_at_due(self, due: Due) -> None:
        """Look at the leads and repeats of one due date."""
        if self.deadline.overdue is not None:
            self._look_at(overdue_moments(self.deadline, due, self.start, LATEST))
        window = Window(self.deadline, due, self.start, LATEST)
        for lead in manner_of(self.deadline, self.channels).leads:
            if self._is_late(due, lead):
                break
            if (moment := window.moment_of(lead)) is not None:
                self._take(moment)
        for step in self.deadline.escalate:
            if not self._is_late(due, step.lead) and (moment := window.raised_by(step)) is not None:
                self._take(moment)

    def _is_late(self, due: Due, lead: Lead) -> bool:
        """Whether the lead is later than the best so far, going by its bounds alone."""
        is_exact = self.deadline.day_shift is Shift.NONE
        return is_exact and self.best is not None and lead.earliest > (self.best - due.at).total_seconds()

    def _look_at(self, moments: Iterable[Moment]) -> None:
        """Look at moments that come in order."""
        for moment in moments:
            if self.best is not None and moment.nominal_at >= self.best:
                return
            if not self._take(moment):
                return

    def _take(self, moment: Moment) -> bool:
        """Take the moment if it is the earliest so far; False where nobody hears of it at all."""
        is_heard = False
        for name in moment.channels:
            channel = self.channels.get(name)
            if channel is None:
                continue
            is_heard = True
            at = send_at(self.deadline, channel, moment)
            if at >= self.after and (self.best is None or at < self.best):
                self.best = at
        return is_heard
