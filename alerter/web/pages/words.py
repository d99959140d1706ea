"""What a page says, in the reader's language: times, distances, and what an action stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.requests import Request

from alerter.config.fields import parse_duration
from alerter.domain.dates.zone import Zone, load_zone
from alerter.domain.decisions.acting import ends_leads
from alerter.domain.decisions.record import Action
from alerter.domain.messages.deeds import deed, taken
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due
from alerter.domain.words import names
from alerter.domain.words.language import ENGLISH, Speech, known_languages, speak
from alerter.domain.words.spoken_time import countdown, day, lasting, moment, when
from alerter.domain.words.statement import Statement, spoken
from alerter.domain.words.unsigned import unsigned


@dataclass(frozen=True, slots=True)
class Words:
    """One language, for one page; `zone` is the one of the configuration."""

    speech: Speech
    now: datetime
    zone: Zone

    def say(self, context: str, words: str, /, **values: object) -> str:
        """The words in this language, the places in braces filled."""
        return self.speech.say(context, words, **values)

    def when(self, due: Due | None, deadline: Deadline) -> str:
        """A due date: `Mon 10 Nov 2025, 00:01 EST`."""
        return when(due, deadline.zone, self.speech.code) if due else self.say("page", "no date left")

    def countdown(self, due: Due | None, deadline: Deadline) -> str:
        """How far a due date is: `in 7 days`."""
        if due is None:
            return self.say("page", "no date left")
        is_date_only = deadline.is_date_only
        return countdown(due.at, self.now, deadline.zone, is_date_only=is_date_only, language=self.speech.code)

    def moment(self, at: datetime, zone: Zone | None = None) -> str:
        """An instant on the wall clock of the zone, or of the configuration's."""
        return moment(at, zone or self.zone, self.speech.code)

    def minute(self, at: datetime, zone: Zone | None = None) -> str:
        """The same to the minute, where nobody counts the seconds."""
        return self.moment(at.replace(second=0, microsecond=0), zone)

    def day(self, local: date) -> str:
        """`Wed 17 Sep 2025`."""
        return day(local, self.speech.code)

    def short_day(self, at: datetime) -> str:
        """`10 Nov`: a day of the configuration's zone, where there is no room for more."""
        from babel.dates import format_date  # noqa: PLC0415 - takes long: only who puts a page into words needs it

        local = at.astimezone(self.zone.info).date()
        return format_date(local, "d MMM", locale=self.speech.locale)

    def lasting(self, seconds: int) -> str:
        """A length of time: `3 hours`."""
        return lasting(timedelta(seconds=seconds), self.speech.code)

    def length(self, text: str) -> str:
        """A length as it is written in the configuration, in words: `1d` is `1 day`."""
        from babel.dates import format_timedelta  # noqa: PLC0415 - as above

        return format_timedelta(parse_duration(text), threshold=1, locale=self.speech.locale)

    def unsigned(self, text: str) -> str:
        """A message as it was told, without what signs its links: reading is not acting."""
        return unsigned(text)

    def tell(self, statement: Statement) -> str:
        """The statement in this language."""
        return self.unsigned(spoken(statement, self.speech))

    def kind(self, kind: str) -> str:
        """What a notice is: `reminder`."""
        return self.tell(names.kind_name(kind))

    def state(self, state: str) -> str:
        """What became of a notice: `delivered`."""
        return self.tell(names.state_name(state))

    def reason(self, reason: str) -> str:
        """Why a notice was not sent, or not by its plan."""
        return self.tell(names.reason_name(reason))

    def outcome(self, outcome: str) -> str:
        """How an attempt ended."""
        return self.tell(names.outcome_name(outcome))

    def status(self, status: str) -> str:
        """What became of a deadline: `met`."""
        return self.tell(names.status_name(status))

    def severity(self, severity: str) -> str:
        """How bad it is to miss a deadline: `high`."""
        return self.tell(names.severity_name(severity))

    def certainty(self, certainty: str) -> str:
        """How sure a date is: `tentative`."""
        return self.tell(names.certainty_name(certainty))

    def deed(self, action: Action, zone: Zone) -> str:
        """`Acknowledged by Ana`."""
        return deed(taken(action), zone, self.speech)

    def stops(self, action: str, deadline: Deadline, due: Due) -> str:
        """What acting would stop, said beforehand."""
        date_ = self.when(due, deadline)
        if action == "close":
            return self.say(
                "page", "No more reminders for {when}. Everybody who was told hears that it is closed.", when=date_
            )
        if action == "snooze":
            return self.say("page", "No reminders for as long as you choose, at most until {when}.", when=date_)
        if ends_leads(deadline):
            return self.say("page", "No more reminders for {when}.", when=date_)
        return self.say(
            "page",
            "No more overdue reminders and no escalation for {when}. The other reminders still come.",
            when=date_,
        )


def words_for(request: Request, now: datetime, zone: Zone | None) -> Words:
    """The words of the language that the reader's browser asks for first, of those there are."""
    return Words(speak(_choose(request.headers.get("accept-language", ""))), now, zone or load_zone("UTC"))


def _choose(header: str) -> str:
    wanted = []
    for position, part in enumerate(header.split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), position, name.strip().lower()))
        except ValueError:
            continue
    known = {code.lower(): code for code in known_languages()}
    for _, _, name in sorted(wanted):
        for code in (name, name.partition("-")[0]):
            if code in known:
                return known[code]
    return ENGLISH
