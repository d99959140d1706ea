"""The watch list of September 2025, lived through from 1 September to the end of the year.

TikTok's date moves on 16 September and the truce on 4 November. Everything below was worked out by hand from
the watch list and a calendar; clocks in New York go back on 2 November, so 09:00 there is 13:00 UTC before and
14:00 UTC after.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.harness import COMMAND, EXAMPLE

NEW_YORK = ZoneInfo("America/New_York")

# A due date: its instant, and in words.
THIRD_ORDER = ("2025-09-18T03:59:00Z", "Wed 17 Sep 2025")
FOURTH_ORDER = ("2025-12-17T04:59:00Z", "Tue 16 Dec 2025")
TRUCE = ("2025-11-10T05:01:00Z", "Mon 10 Nov 2025, 00:01 EST")
TRUCE_NEXT = ("2026-11-10T05:01:00Z", "Tue 10 Nov 2026, 00:01 EST")
TRUCE_BEIJING = ("2025-11-10T05:01:00Z", "Mon 10 Nov 2025, 13:01 CST")
TRUCE_BEIJING_NEXT = ("2026-11-10T05:01:00Z", "Tue 10 Nov 2026, 13:01 CST")
REGISTRATION = ("2025-10-03T15:59:00Z", "Fri 3 Oct 2025")
REVIEW = ("2025-12-13T15:59:00Z", "Sat 13 Dec 2025")
WINDOW = ("2026-01-01T04:59:00Z", "Wed 31 Dec 2025")

TITLES = {
    "tiktok": "TikTok: sale of the U.S. operations, or the ban applies",
    "tariff-truce": "U.S.-China tariff truce expires",
    "tariff-truce-beijing": "China's suspension of its counter-duties expires",
    "analog-chip-registration": "Register as an interested party in the analog-chip case",
    "anti-discrimination-review": "Outcome of the anti-discrimination case on U.S. chip measures",
    "leaders-meeting": "Window for a meeting of the two leaders closes",
}

# Of each message: instant, kind, lead, due date, reason, and what stands in the subject's brackets.
STORY: dict[str, list[tuple[str, str, str | None, tuple[str, str], str | None, str]]] = {
    "tiktok": [
        ("2025-09-01T04:00:00Z", "upcoming", "30d", THIRD_ORDER, "first-seen", "16 days"),
        ("2025-09-10T13:00:00Z", "upcoming", "7d", THIRD_ORDER, None, "7 days"),
        ("2025-09-16T13:00:00Z", "upcoming", "1d", THIRD_ORDER, None, "1 day"),
        ("2025-09-16T20:01:00Z", "moved", None, FOURTH_ORDER, None, "moved"),
        ("2025-11-16T14:00:00Z", "upcoming", "30d", FOURTH_ORDER, None, "30 days"),
        ("2025-12-09T14:00:00Z", "upcoming", "7d", FOURTH_ORDER, None, "7 days"),
        ("2025-12-15T14:00:00Z", "upcoming", "1d", FOURTH_ORDER, None, "1 day"),
        ("2025-12-17T02:59:00Z", "upcoming", "2h", FOURTH_ORDER, None, "due today"),
        ("2025-12-17T14:00:00Z", "overdue", "+1d", FOURTH_ORDER, None, "overdue by 1 day"),
    ],
    "tariff-truce": [
        ("2025-10-11T04:01:00Z", "upcoming", "30d", TRUCE, None, "30 days"),
        ("2025-11-03T05:01:00Z", "upcoming", "7d", TRUCE, None, "7 days"),
        ("2025-11-04T18:01:00Z", "moved", None, TRUCE_NEXT, None, "moved"),
    ],
    "tariff-truce-beijing": [
        ("2025-11-03T05:01:00Z", "upcoming", "7d", TRUCE_BEIJING, None, "7 days"),
        ("2025-11-04T18:01:00Z", "moved", None, TRUCE_BEIJING_NEXT, None, "moved"),
    ],
    # Opened on 13 September; 20 days later is 3 October, in the holidays there. The last three open days before it
    # are 26, 29 and 30 September, so that two leads, a week and three open days, fall on the same morning: one goes.
    "analog-chip-registration": [
        ("2025-09-19T01:00:00Z", "upcoming", "14d", REGISTRATION, None, "14 days"),
        ("2025-09-26T01:00:00Z", "upcoming", "7d", REGISTRATION, None, "7 days"),
        ("2025-10-02T01:00:00Z", "upcoming", "1d", REGISTRATION, None, "1 day"),
    ],
    "anti-discrimination-review": [
        ("2025-10-15T01:00:00Z", "recheck", None, REVIEW, None, "please re-check"),
        ("2025-11-13T01:00:00Z", "upcoming", "30d", REVIEW, None, "30 days"),
        ("2025-11-14T01:00:00Z", "recheck", None, REVIEW, None, "please re-check"),
        ("2025-12-06T01:00:00Z", "upcoming", "7d", REVIEW, None, "7 days"),
        ("2025-12-12T01:00:00Z", "upcoming", "1d", REVIEW, None, "1 day"),
        ("2025-12-13T13:59:00Z", "upcoming", "2h", REVIEW, None, "due today"),
    ],
    "leaders-meeting": [
        ("2025-09-15T13:00:00Z", "opens", None, WINDOW, None, "opens"),
        ("2025-10-15T13:00:00Z", "recheck", None, WINDOW, None, "please re-check"),
        ("2025-11-14T14:00:00Z", "recheck", None, WINDOW, None, "please re-check"),
        ("2025-12-01T14:00:00Z", "upcoming", "30d", WINDOW, None, "30 days"),
        ("2025-12-14T14:00:00Z", "recheck", None, WINDOW, None, "please re-check"),
        ("2025-12-24T14:00:00Z", "upcoming", "7d", WINDOW, None, "7 days"),
    ],
}

REVIEWS = ("review-export-controls", "review-rare-earths", "review-medical-supplies", "review-overcapacity")
STANDING = (*REVIEWS, "monday-look")

MOVES = {
    "tiktok": ("from Wed 17 Sep 2025 to Tue 16 Dec 2025", "4th time"),
    "tariff-truce": ("from Mon 10 Nov 2025, 00:01 EST to Tue 10 Nov 2026, 00:01 EST", "2nd time"),
    "tariff-truce-beijing": ("from Mon 10 Nov 2025, 13:01 CST to Tue 10 Nov 2026, 13:01 CST", "1st time"),
}


def edit(folder: Path, file: str, *changes: tuple[str, str]) -> None:
    """Change a file of the watch list as its editor would; each text to be changed occurs once."""
    path = folder / "deadlines" / file
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert text.count(before) == 1
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


def move_tiktok(folder: Path) -> None:
    """The order of 16 September: the old date goes to the end of the history."""
    last = '{ due = 2025-06-19, note = "second order, 75 days" },\n'
    third = f'{last}  {{ due = 2025-09-17, note = "third order, 90 days" }},\n'
    edit(folder, "tiktok.toml", ("due       = 2025-09-17", "due       = 2025-12-16"), (last, third))


def move_truce(folder: Path) -> None:
    """The extension of 4 November by a year."""
    edit(folder, "tariff-truce.toml", ("due       = 2025-11-10T00:01:00", "due       = 2026-11-10T00:01:00"))


def simulate(folder: Path, *, more: str = "") -> list[dict[str, Any]]:
    """Run the replay with the real command; `more` is added to the configuration. Returns the events."""
    editions = [folder / name for name in ("september", "after-tiktok", "after-truce")]
    for number, edition in enumerate(editions):
        shutil.copytree(EXAMPLE, edition)
        with (edition / "alerter.toml").open("a", encoding="utf-8") as file:
            file.write(more)
        if number > 0:
            move_tiktok(edition)
        if number > 1:
            move_truce(edition)
    reloads = (f"2025-09-16T16:00={editions[1]}", f"2025-11-04T13:00={editions[2]}")
    ran = subprocess.run(
        [COMMAND, "simulate", "-c", editions[0], "--from", "2025-09-01", "--until", "2026-01-01",
         "--reload", reloads[0], "--reload", reloads[1], "--format", "json"],
        env={"PATH": os.environ["PATH"]}, cwd=folder, capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(ran.stdout)["events"]
    return found


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What happens in the replay of the example as it is."""
    return simulate(tmp_path_factory.mktemp("replay"))


def delivered(events: list[dict[str, Any]], name: str | None) -> list[dict[str, Any]]:
    """The messages about one deadline."""
    return [one for one in events if one["event"] == "delivered" and one["deadline"] == name]


def local(event: dict[str, Any]) -> datetime:
    """When it went out, on the clocks of New York."""
    return datetime.fromisoformat(event["at"]).astimezone(NEW_YORK)


@pytest.mark.parametrize("name", STORY)
def test_the_replay_tells_exactly_this_story(events: list[dict[str, Any]], name: str) -> None:
    """Every message about this deadline: when, of what kind, for which lead and due date, why, in which words."""
    expected = [
        (at, f"deadline.{kind}", lead, due[0], reason, f"[{tag}] {TITLES[name]} - {due[1]}")
        for at, kind, lead, due, reason, tag in STORY[name]
    ]
    keys = ("at", "kind", "lead", "due", "reason")
    assert expected == [(*(one[key] for key in keys), one["message"]["subject"]) for one in delivered(events, name)]


def test_nothing_else_is_told(events: list[dict[str, Any]]) -> None:
    """No other deadline has a message in these four months, nothing fails, and everything is on time."""
    told = {one["deadline"] for one in events if one["event"] == "delivered"}
    assert told == {None, *STORY, *STANDING}
    assert {one["event"] for one in events} == {"delivered", "skipped"}
    assert {one["late_by"] for one in events} == {0}


def test_nothing_is_told_twice(events: list[dict[str, Any]]) -> None:
    """No notice is delivered more than once, and no channel hears of a deadline twice at one instant."""
    ids = Counter(one["notice"] for one in events if one["event"] == "delivered")
    words = Counter((one["at"], one["deadline"], one["channel"]) for one in events if one["event"] == "delivered")
    assert [name for name, count in (ids + words).items() if count > 1] == []


def test_what_is_skipped_was_said_by_another(events: list[dict[str, Any]]) -> None:
    """One lead coincides with another, and nothing else is left out in these four months."""
    found = [(one["at"], one["deadline"], one["lead"], one["reason"]) for one in events if one["event"] == "skipped"]
    assert found == [("2025-09-26T01:00:00Z", "analog-chip-registration", "3bd", "superseded")]


@pytest.mark.parametrize("name", MOVES)
def test_a_move_names_both_dates_and_the_how_manieth_time(events: list[dict[str, Any]], name: str) -> None:
    """The one moved notice says from what to what, and counts every earlier date, those before the alerter included."""
    moved = [one["message"]["text"] for one in delivered(events, name) if one["kind"] == "deadline.moved"]
    assert len(moved) == 1
    assert [words for words in MOVES[name] if words not in moved[0]] == []


@pytest.mark.parametrize("name", REVIEWS)
def test_reviews_come_at_the_end_of_each_quarter(events: list[dict[str, Any]], name: str) -> None:
    """A week before and on the last business day of September and December, at nine."""
    found = [(one["lead"], local(one).isoformat(timespec="minutes")) for one in delivered(events, name)]
    assert found == [
        ("7d", "2025-09-23T09:00-04:00"),
        ("0", "2025-09-30T09:00-04:00"),
        ("7d", "2025-12-24T09:00-05:00"),
        ("0", "2025-12-31T09:00-05:00"),
    ]


def test_the_list_is_looked_over_every_monday(events: list[dict[str, Any]]) -> None:
    """From 8 September on, every Monday at nine, whatever the clocks do; each is for the Monday after."""
    found = delivered(events, "monday-look")
    mondays = [date(2025, 9, 8) + timedelta(weeks=week) for week in range(17)]
    assert [local(one).date() for one in found] == mondays
    assert {f"{local(one):%H:%M}" for one in found} == {"09:00"}
    assert [datetime.fromisoformat(one["due"]).astimezone(NEW_YORK).date() for one in found] == [
        monday + timedelta(weeks=1) for monday in mondays
    ]


def test_the_digest_comes_every_monday_morning(events: list[dict[str, Any]]) -> None:
    """Eighteen Mondays, 1 September included, at half past eight."""
    found = [local(one) for one in delivered(events, None)]
    assert [at.date() for at in found] == [date(2025, 9, 1) + timedelta(weeks=week) for week in range(18)]
    assert {f"{at:%H:%M}" for at in found} == {"08:30"}


def test_every_channel_told_hears_of_a_move_once(tmp_path: Path) -> None:
    """With a desk in Madrid beside the screen, both get each moved notice, once, under ids of their own."""
    desk = '\n[channels.desk]\ntype = "console"\ntimezone = "Europe/Madrid"\n'
    moved = [one for one in simulate(tmp_path, more=desk) if one["kind"] == "deadline.moved"]
    expected = sorted((name, channel) for name in MOVES for channel in ("desk", "screen"))
    assert sorted((one["deadline"], one["channel"]) for one in moved) == expected
    assert len({one["notice"] for one in moved}) == len(expected)
