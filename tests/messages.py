"""Messages for tests: one about the tariff truce, with whatever a test wants different."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerter.domain.dates.calendar import BusinessCalendar
from alerter.domain.dates.zone import Zone
from alerter.domain.messages.message import Links, Message
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.deadline import Certainty, Deadline, Severity
from alerter.domain.planning.due import Due

NEW_YORK = Zone("America/New_York", ZoneInfo("America/New_York"))
MADRID = Zone("Europe/Madrid", ZoneInfo("Europe/Madrid"))
UTC_ZONE = Zone("UTC", ZoneInfo("UTC"))


def wall(text: str) -> datetime:
    """A local time, naive as in the configuration, from `2025-11-10T00:01`."""
    return datetime.fromisoformat(text)


TRUCE = Due("2025-11-10T00:01:00[America/New_York]", wall("2025-11-10T00:01"), datetime(2025, 11, 10, 5, 1, tzinfo=UTC))
TIKTOK = Due("2025-09-17", date(2025, 9, 17), datetime(2025, 9, 18, 3, 59, tzinfo=UTC))
TIKTOK_MOVED = Due("2025-12-16", date(2025, 12, 16), datetime(2025, 12, 17, 4, 59, tzinfo=UTC))


def instant(text: str) -> datetime:
    """An instant in UTC from `2025-11-03T05:01`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def deadline(**changes: Any) -> Deadline:
    """The tariff truce."""
    values: dict[str, Any] = {
        "id": "tariff-truce",
        "title": "U.S.-China tariff truce expires",
        "due": wall("2025-11-10T00:01"),
        "zone": NEW_YORK,
        "leads": (),
        "channels": ("ops",),
        "calendar": BusinessCalendar(name="weekdays"),
        "severity": Severity.CRITICAL,
        "certainty": Certainty.LIKELY_EXTENDED,
        "tags": ("us-china", "tariffs"),
        "note": "Both sides must decide whether to renew the pause.",
        "link": "https://example.org/source",
        "owner": "trade desk",
    }
    return Deadline(**{**values, **changes})


def tiktok(**changes: Any) -> Deadline:
    """A date-only deadline."""
    values: dict[str, Any] = {
        "id": "tiktok",
        "title": "TikTok sale or ban",
        "due": date(2025, 9, 17),
        "note": "",
        "link": "",
    }
    return deadline(**{**values, **changes})


def message(**changes: Any) -> Message:
    """A week before the truce ends, to readers in Madrid."""
    values: dict[str, Any] = {
        "id": "ntc_abcdefghijklmnopqrstuvwxyz",
        "kind": Kind.UPCOMING,
        "channel": "ops",
        "now": instant("2025-11-03T05:01:00.040"),
        "planned_at": instant("2025-11-03T05:01"),
        "zone": MADRID,
        "lead": "7d",
        "deadline": deadline(),
        "due": TRUCE,
        "links": Links(ack="https://deadlines.example.com/a/1", page="https://deadlines.example.com/deadlines/x"),
    }
    return Message(**{**values, **changes})


def plain(kind: Kind, **changes: Any) -> Message:
    """A message about no deadline: a test, a problem, a digest or a bundle."""
    return message(**{"kind": kind, "deadline": None, "due": None, "lead": None, "links": Links(), **changes})
