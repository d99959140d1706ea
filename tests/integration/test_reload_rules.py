"""A load that would drop many deadlines at once is held back: half-written files often parse."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from structlog.testing import capture_logs

from alerter.domain.planning.watchlist import WatchList
from tests.watching import at, deadline, down, happenings, rehearsed, watch_list


def first(count: int) -> WatchList:
    """So many deadlines, all told a day before."""
    return watch_list(*(deadline(f"d{n}", leads=("1d",)) for n in range(count)), ops=["pager"])


def told(lines: list[str]) -> int:
    """How many deadlines the desk heard of."""
    return sum(" delivered d" in each for each in lines)


async def test_a_load_that_drops_many_is_held_for_ten_minutes() -> None:
    """Four of ten: for ten minutes the old list stays in use, and ops hear why."""
    lines = await rehearsed(first(10), reloads=[(at("11-09 11:55"), first(6))], end=at("11-10 00:00"))
    assert (told(lines), lines[0]) == (10, "11-09 11:55 delivered - problem - pager")


async def test_a_load_that_drops_many_is_taken_after_ten_minutes() -> None:
    """Once it has stood that long it is meant."""
    lines = await rehearsed(first(10), reloads=[(at("11-09 11:49"), first(6))], end=at("11-10 00:00"))
    assert told(lines) == 6


async def test_three_may_be_dropped_at_once() -> None:
    """Three of four is more than 30 %, but not more than three."""
    lines = await rehearsed(first(4), reloads=[(at("11-09 11:55"), first(1))], end=at("11-10 00:00"))
    assert told(lines) == 1


async def test_a_small_share_may_be_dropped_at_once() -> None:
    """Four of twenty is more than three, but not more than 30 %."""
    lines = await rehearsed(first(20), reloads=[(at("11-09 11:55"), first(16))], end=at("11-10 00:00"))
    assert told(lines) == 16


async def test_a_load_that_puts_them_back_ends_the_hold() -> None:
    """The half-written file is complete a minute later: nothing was ever dropped."""
    reloads = [(at("11-09 11:40"), first(6)), (at("11-09 11:41"), first(10))]
    assert told(await rehearsed(first(10), reloads=reloads, end=at("11-10 00:00"))) == 10


async def test_another_load_that_drops_many_waits_anew() -> None:
    """Its ten minutes begin when it is first seen."""
    reloads = [(at("11-09 11:45"), first(6)), (at("11-09 11:54"), first(5))]
    assert told(await rehearsed(first(10), reloads=reloads, end=at("11-09 12:01"))) == 10


async def test_at_start_nothing_is_held() -> None:
    """What a starting daemon finds is what it takes."""
    lines = await rehearsed(
        first(10), downs=[down("11-09 11:00", "11-09 11:50")], reloads=[(at("11-09 11:30"), first(6))]
    )
    assert told(lines) == 6


async def heard(*reloads: tuple[str, int], count: int = 10, until: str = "11-09 18:00") -> list[str]:
    """What the pager is told, minute and words, as the list becomes so many deadlines long at each of these times."""
    editions = [(at(f"11-09 {when}"), first(number)) for when, number in reloads]
    found = await happenings(first(count), reloads=editions, start=at("11-09 09:00"), end=at(until))
    told = [one for one in found if one.event == "delivered" and one.channel == "pager"]
    return [f"{one.at:%H:%M} {one.subject} {one.text}" for one in told]


async def test_the_same_hold_is_told_again_when_it_comes_back() -> None:
    """The first was over within two minutes; the second is another ten minutes to act in, not an hour of silence."""
    told = await heard(("11:00", 3), ("11:02", 10), ("11:05", 3))
    assert [each[:5] for each in told] == ["11:00", "11:05"]
    assert ["11:10" in told[0], "11:15" in told[1]] == [True, True]


async def test_a_hold_that_is_over_is_not_told() -> None:
    """The second would have been told a minute after the first; by then all is back."""
    told = await heard(("11:00:00", 3), ("11:00:20", 10), ("11:00:30", 2), ("11:00:50", 10))
    assert [each[:5] for each in told] == ["11:00"]


async def test_a_hold_that_another_takes_the_place_of_is_not_told() -> None:
    """Of what stands on disk one after the other the last is told, since it is what will be taken."""
    told = await heard(("11:00:00", 3), ("11:00:20", 2), ("11:00:40", 1), until="11-09 11:05")
    assert [(each[:5], "9 open" in each) for each in told] == [("11:00", False), ("11:01", True)]


async def test_each_hold_is_told_while_there_is_time_to_act() -> None:
    """The sixth within the hour too: two minutes after it began at the latest, eight before it is taken."""
    began = [datetime.fromisoformat(f"2025-11-09 11:{minute:02}") for minute in range(0, 60, 10)]
    reloads = [(f"{when:%H:%M}", 3 + number % 2) for number, when in enumerate(began)]
    mended = [(f"{when + timedelta(minutes=5):%H:%M}", 10) for when in began]
    told = await heard(*(pair for pairs in zip(reloads, mended, strict=True) for pair in pairs))
    assert len(told) == len(began)
    for each, when in zip(told, began, strict=True):
        assert f"{when:%H:%M}" <= each[:5] <= f"{when + timedelta(minutes=2):%H:%M}"


async def test_a_file_that_comes_and_goes_is_no_storm() -> None:
    """For an hour it is half there for half of each minute, as where something writes it over and over."""
    minutes = [f"{minute:02}" for minute in range(60)]
    reloads = [pair for minute in minutes for pair in ((f"11:{minute}:00", 3), (f"11:{minute}:30", 10))]
    assert 1 <= len(await heard(*reloads)) <= 6


async def test_what_one_load_removes_is_told_in_one_message() -> None:
    """Three deadlines of which people had heard are gone at once: one message, with when that was."""
    structlog.reset_defaults()  # a command that ran in this process says warnings alone
    with capture_logs() as said:
        [told] = await heard(("13:00", 7))
    assert [one["deadlines"] for one in said if one["event"] == "deadlines.removed"] == [["d7", "d8", "d9"]]
    assert told.startswith("13:00 [problem] 3 deadlines were removed")
    assert [f"D{n} (d{n}) was removed from the configuration at Sun 9 Nov 2025, 13:00 UTC" in told for n in (7, 8, 9)]


async def test_what_is_back_before_it_was_told_to_be_removed_is_not_told() -> None:
    """The second one is there again within the minute for which it waits; one that comes back and goes is told anew."""
    assert len(await heard(("13:00:00", 9), ("13:00:30", 8), ("13:00:50", 9))) == 1
    told = await heard(("13:00", 9), ("13:05", 10), ("13:10", 9))
    assert [each[:5] for each in told] == ["13:00", "13:10"]
