"""Small watch lists and what a rehearsal makes of them, one line for each happening.

All instants are UTC. A line reads `MM-DD HH:MM[:SS] event deadline kind lead channel [reason]`, with `-` for
what there is none of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from alerter.channels.console import ConsoleSender
from alerter.domain.dates.calendar import WEEKDAYS
from alerter.domain.dates.zone import load_zone
from alerter.domain.notices.outcome import Cause, Outcome, Retry
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Escalation, PastDue
from alerter.domain.planning.lead import parse_lead
from alerter.domain.planning.watchlist import Digest, Match, WatchList
from alerter.engine.happening import Happening
from alerter.engine.rehearsal import Edition, Script, rehearse

UTC_ZONE = load_zone("UTC")
START = datetime(2025, 11, 1, tzinfo=UTC)
END = datetime(2025, 11, 20, tzinfo=UTC)


def at(text: str) -> datetime:
    """`MM-DD HH:MM[:SS]` in 2025, UTC."""
    return datetime.fromisoformat(f"2025-{text}").replace(tzinfo=UTC)


def noon(day: int) -> datetime:
    """Noon of a day in November 2025, on the wall clock."""
    return datetime.fromisoformat(f"2025-11-{day:02}T12:00")


def deadline(
    name: str = "truce",
    due: date | datetime | None = None,
    leads: Sequence[str] = ("7d", "1d", "0"),
    channels: Sequence[str] = ("desk",),
    *,
    zone: str = "UTC",
    history: Sequence[str] = (),
    **more: Any,
) -> Deadline:
    """A deadline at noon of 10 November 2025, told a week and a day before and at the instant."""
    return Deadline(
        id=name,
        title=name.title(),
        due=due if due is not None else noon(10),
        zone=load_zone(zone),
        leads=tuple(map(parse_lead, leads)),
        channels=tuple(channels),
        calendar=WEEKDAYS,
        history=tuple(PastDue(key=key, local=date.fromisoformat(key[:10])) for key in history),
        **more,
    )


def escalation(lead: str, *channels: str) -> Escalation:
    """A lead that goes to more channels."""
    return Escalation(lead=parse_lead(lead), channels=channels)


def channel(name: str, **more: Any) -> Channel:
    """A channel without limits."""
    return Channel(name=name, type="console", zone=UTC_ZONE, **more)


def digest(name: str = "daily", cron: str = "0 8 * * *", horizon: timedelta = timedelta(days=14)) -> Digest:
    """An overview for the desk at eight every day."""
    return Digest(name=name, cron=cron, zone=UTC_ZONE, horizon=horizon, match=Match(), channels=("desk",))


def watch_list(
    *deadlines: Deadline,
    channels: Iterable[Channel] = (),
    ops: Sequence[str] = (),
    digests: Sequence[Digest] = (),
) -> WatchList:
    """A watch list with the channels desk, legal and pager, or as given."""
    known = {name: channel(name) for name in ("desk", "legal", "pager")} | {each.name: each for each in channels}
    return WatchList(
        deadlines={each.id: each for each in deadlines},
        channels=known,
        digests={each.name: each for each in digests},
        ops=tuple(ops),
        zone=UTC_ZONE,
        fingerprint=str((deadlines, known)),
    )


def edition(taken: WatchList) -> Edition:
    """The watch list with a sender for each of its channels."""
    return Edition(taken, {name: ConsoleSender(name) for name in taken.channels})


async def happenings(
    taken: WatchList,
    *,
    start: datetime = START,
    end: datetime = END,
    reloads: Sequence[tuple[datetime, WatchList]] = (),
    answers: Sequence[tuple[str, datetime, datetime, Outcome]] = (),
    **script: Any,
) -> list[Happening]:
    """Everything that comes of the script, in order."""
    editions = [(when, edition(later)) for when, later in reloads]
    spans = [(name, (since, until), outcome) for name, since, until, outcome in answers]
    return await rehearse(edition(taken), Script(start=start, end=end, reloads=editions, answers=spans, **script))


async def rehearsed(taken: WatchList, **script: Any) -> list[str]:
    """The same, one line for each happening."""
    return [line(each) for each in await happenings(taken, **script)]


def line(each: Happening) -> str:
    """One happening in words."""
    when = f"{each.at:%m-%d %H:%M:%S}".removesuffix(":00")
    kind = each.kind.partition(".")[2] or each.kind
    words = (when, each.event, each.deadline or "-", kind, each.lead or "-", each.channel, each.reason or "")
    return " ".join(words).rstrip()


def without_time(each: str) -> str:
    """The line without its instant: for what waits until a failing channel is tried again."""
    return each.split(" ", 2)[2]


def down(since: str, until: str) -> tuple[datetime, datetime]:
    """A stretch without a daemon."""
    return at(since), at(until)


def fails(name: str, since: str, until: str, cause: Cause = Cause.TEMPORARY) -> tuple[str, datetime, datetime, Outcome]:
    """A channel that does not work for a while."""
    return name, at(since), at(until), Retry(detail="out of order", cause=cause)
