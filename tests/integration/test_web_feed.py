"""The calendar feed over real HTTP: whom it is for, what it holds, and how it follows a moved date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from alerter.ledger.keys import CALENDAR_KEY
from tests.acceptance.waiting import until_answered
from tests.website import PASSED, REVIEW, TRUCE, Site, serving

ELSEWHERE = {"x-forwarded-for": "203.0.113.5"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A daemon with three deadlines."""
    async with serving(tmp_path, TRUCE, REVIEW, PASSED) as made:
        yield made


async def events(site: Site, **query: Any) -> dict[str, Any]:
    """The feed's events by UID."""
    answer = await site.http.get("/calendar.ics", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return {str(one["UID"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}


async def test_on_this_machine_the_feed_needs_no_key(site: Site) -> None:
    """It holds what is ahead, and what has passed without a word."""
    assert set(await events(site)) == {"truce@alerter", "review@alerter", "filing@alerter"}
    assert set(await events(site, tag="internal")) == {"review@alerter"}


async def test_elsewhere_the_key_opens_it(site: Site) -> None:
    """The one that was made once and is kept in the ledger; any other is refused, here too."""
    key = await site.application.ledger.meta_get(CALENDAR_KEY)
    answers = [
        (await site.http.get("/calendar.ics", params=query, headers=headers)).status_code
        for query, headers in (
            ({}, ELSEWHERE),
            ({"key": "no"}, ELSEWHERE),
            ({"key": "no"}, {}),
            ({"key": key}, ELSEWHERE),
        )
    ]
    assert answers == [403, 403, 403, 200]


async def test_status_says_where_to_subscribe(site: Site) -> None:
    """With the key that was made; one of the configuration stays its secret."""
    key = await site.application.ledger.meta_get(CALENDAR_KEY)
    ran = await site.bench.command("status", "--format", "json")
    assert ran.json["calendar"] == f"https://deadlines.example.com/calendar.ics?key={key}"
    site.bench.write(TRUCE, service='calendar_key = "mine"')
    assert (await site.bench.command("status", "--format", "json")).json["calendar"] is None


async def test_a_key_of_the_configuration_takes_its_place(site: Site) -> None:
    """And with a token even this machine needs it."""
    kept = await site.application.ledger.meta_get(CALENDAR_KEY)
    await site.take(TRUCE, service='token = "a-token-of-many-characters"\ncalendar_key = "mine"')

    async def status(**query: str | None) -> int:
        return (await site.http.get("/calendar.ics", params=query)).status_code

    async def is_taken() -> bool | None:
        return True if await status(key="mine") == 200 else None

    await until_answered(is_taken, "the new key")
    assert (await status(), await status(key=kept)) == (403, 403)


async def test_who_asks_gets_the_notices_too(site: Site) -> None:
    """Those of the next three months, each under its own id."""
    due = datetime.now(UTC) + timedelta(days=30)
    await site.take(REVIEW.replace("2099-10-31", f"{due:%Y-%m-%d}"))
    plain, full = await events(site), await events(site, notices="true")
    added = [str(full[uid]["SUMMARY"]) for uid in full.keys() - plain.keys()]
    assert added == ["Quarterly review (1d)"] * 2


async def test_a_moved_date_moves_the_event(site: Site) -> None:
    """The same UID, a higher SEQUENCE, the new start."""
    await site.delivered(4)
    before = (await events(site))["truce@alerter"]
    await site.take(
        TRUCE.replace("due = 2099-11-10T00:01:00", 'due = 2099-12-01T00:01:00\nsettle = "0s"'), REVIEW, PASSED
    )

    async def moved() -> Any:
        found = (await events(site))["truce@alerter"]
        return found if found["SEQUENCE"] > before["SEQUENCE"] else None

    after = await until_answered(moved, "a higher SEQUENCE")
    assert (str(after["DTSTART"].dt), before["SEQUENCE"]) == ("2099-12-01 00:01:00-05:00", 0)
