"""The watch list by nearness: what is listed where, and how it follows what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerter.domain.decisions.handover import meet
from alerter.domain.decisions.record import Action, Decision
from alerter.domain.planning.deadline import Deadline, Severity, Status
from alerter.domain.planning.due import sole_due
from alerter.domain.planning.watchlist import WatchList
from alerter.ledger.ledger import Ledger
from alerter.web.desk import catalogue as catalogues
from alerter.web.desk.catalogue import Catalogue, Found
from alerter.web.desk.lines import Filter
from tests.messages import UTC_ZONE, deadline

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
ALL = Filter()


@pytest.fixture
async def ledger() -> AsyncIterator[Ledger]:
    """An empty ledger in memory."""
    made = Ledger("sqlite://", clock=lambda: NOW)
    await made.open()
    yield made
    await made.close()


def watch(*deadlines: Deadline) -> WatchList:
    return WatchList(deadlines={one.id: one for one in deadlines}, channels={}, zone=UTC_ZONE)


def due(name: str, days: int, **changes: object) -> Deadline:
    local = (NOW + timedelta(days=days)).replace(tzinfo=None)
    return deadline(id=name, title=name, due=local, zone=UTC_ZONE, **changes)


def names(found: Found) -> list[str]:
    return [line.deadline.id for line in found.lines]


def end(asking: Coroutine[None, None, Found]) -> Found:
    """What comes of it, when nobody else has any more turns."""
    try:
        while True:
            asking.send(None)
    except StopIteration as over:
        found: Found = over.value
        return found


async def act(ledger: Ledger, one: Deadline, action: str, status: Status | None = None) -> None:
    key = f"{one.due.isoformat()}[UTC]"
    done = Action(ordinal=0, at=NOW, deadline=one.id, due_key=key, action=action, by="Ana", status=status)
    await ledger.act(done, ends=True, ends_leads=True)


async def test_each_line_is_in_its_place(ledger: Ledger) -> None:
    """Coming by nearness; passed unless answered, the last first; over what is closed or was acknowledged."""
    one, two, seen, old = due("one", 2), due("two", 1), due("seen", -1), due("old", -9)
    met, early = due("met", -3, status=Status.MET), due("early", 5)
    await act(ledger, seen, "ack")
    await act(ledger, early, "close", Status.LAPSED)
    catalogue = Catalogue()
    await catalogue.refresh(watch(one, two, seen, old, met, early), ledger, NOW)
    assert names(await catalogue.coming(ALL, NOW, limit=9)) == ["two", "one"]
    assert names(await catalogue.unanswered(ALL, NOW, limit=9)) == ["old"]
    assert names(await catalogue.over(ALL, NOW, limit=9)) == ["early", "seen", "met"]
    assert catalogue.of("early")[0].status is Status.LAPSED


async def test_it_follows_what_people_do_and_new_watch_lists(ledger: Ledger) -> None:
    """Without being filled again for an action, and wholly for a load."""
    one, two = due("one", -1), due("two", -2)
    catalogue, listed = Catalogue(), watch(one, two)
    await catalogue.refresh(listed, ledger, NOW)
    assert names(await catalogue.unanswered(ALL, NOW, limit=9)) == ["one", "two"]
    await act(ledger, one, "ack")
    await catalogue.refresh(listed, ledger, NOW)
    assert names(await catalogue.unanswered(ALL, NOW, limit=9)) == ["two"]
    await catalogue.refresh(watch(due("one", 3)), ledger, NOW)
    assert names(await catalogue.unanswered(ALL, NOW, limit=9)) == []
    assert names(await catalogue.coming(ALL, NOW, limit=9)) == ["one"]


async def test_a_date_that_moved_and_came_back_is_unanswered(ledger: Ledger) -> None:
    """The acknowledgement went with the move, from when that has settled."""
    one, away = due("one", 1), due("one", 9)
    met = meet(one, {}, NOW - timedelta(days=1))
    await ledger.commit([Decision(record=met)])
    await act(ledger, one, "ack")
    catalogue, listed, later = Catalogue(), watch(one), NOW + timedelta(days=2)
    moved_away = replace(met, version=2, due_key=sole_due(away).key, earlier_keys=(met.due_key,), since=later)
    assert await ledger.commit([Decision(record=moved_away)]) == []
    await catalogue.refresh(listed, ledger, later)
    back = replace(moved_away, version=3, due_key=met.due_key, earlier_keys=(met.due_key, moved_away.due_key))
    assert await ledger.commit([Decision(record=back)]) == []
    await catalogue.refresh(listed, ledger, later)
    assert names(await catalogue.unanswered(ALL, later, limit=9)) == ["one"]


async def test_a_series_stands_at_its_next_occurrence(ledger: Ledger) -> None:
    """When one has passed the following is listed; what passed before it was first seen is nobody's fault."""
    daily, catalogue = due("daily", 1, repeat="FREQ=DAILY"), Catalogue()
    listed = watch(daily)
    await catalogue.refresh(listed, ledger, NOW)
    later = NOW + timedelta(days=3, hours=1)
    await catalogue.refresh(listed, ledger, later)
    assert [line.at for line in catalogue.of("daily")] == [NOW + timedelta(days=4)]


async def test_a_series_asked_for_before_the_ledger_knew_it_is_answered_for_all_the_same(ledger: Ledger) -> None:
    """Whoever looks at a page between a load and its first cycle changes nothing for later."""
    daily, catalogue = due("daily", 1, repeat="FREQ=DAILY"), Catalogue()
    listed = watch(daily)
    await catalogue.refresh(listed, ledger, NOW)
    await ledger.commit([Decision(record=meet(daily, {}, NOW))])
    later = NOW + timedelta(days=1, hours=1)
    await catalogue.refresh(listed, ledger, later)
    assert [line.at for line in catalogue.of("daily")] == [NOW + timedelta(days=1), NOW + timedelta(days=2)]
    assert names(await catalogue.unanswered(ALL, later, limit=9)) == ["daily"]


async def test_what_goes_while_a_filter_is_at_work_is_left_out(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have their turn in between: an occurrence of a series that is acknowledged then is over."""
    monkeypatch.setattr(catalogues, "STEP_SECONDS", 0.0)
    begun = [due(f"d{number:02}", -1, repeat="FREQ=DAILY;COUNT=9") for number in range(70)]
    await ledger.commit([Decision(record=meet(one, {}, NOW - timedelta(days=2))) for one in begun])
    catalogue, listed, later = Catalogue(), watch(*begun), NOW - timedelta(hours=1)
    await catalogue.refresh(listed, ledger, later)
    asking = catalogue.unanswered(Filter(text="d"), later, limit=99)
    asking.send(None)
    await act(ledger, begun[0], "ack")
    await catalogue.refresh(listed, ledger, later)
    assert names(end(asking)) == [f"d{number:02}" for number in range(69, 0, -1)]


async def test_many_are_counted_and_come_in_pages(ledger: Ledger) -> None:
    """The count is of all that fit, and the next page begins where the one before ended."""
    catalogue = Catalogue()
    await catalogue.refresh(watch(*(due(f"d{number:03}", number + 1) for number in range(300))), ledger, NOW)
    first = await catalogue.coming(ALL, NOW, limit=200)
    second = await catalogue.coming(ALL, NOW, limit=200, after=first.after)
    assert (first.count, second.count, second.after) == (300, 300, None)
    assert [*names(first), *names(second)] == [f"d{number:03}" for number in range(300)]


async def test_filters_take_all_their_parts_together(ledger: Ledger) -> None:
    """Any of the tags, the owner, at least the severity, all of the words."""
    low = due("low", 1, severity=Severity.LOW, tags=("a", "b"), owner="Bo", note="Straße und Zoll")
    high = due("high", 2, severity=Severity.HIGH, tags=("b", "c"), owner="Ana")
    catalogue = Catalogue()
    await catalogue.refresh(watch(low, high), ledger, NOW)
    wanted = [
        Filter(tags=frozenset({"a", "x"})),
        Filter(tags=frozenset({"b"}), owner="Ana"),
        Filter(severity=Severity.NORMAL),
        Filter(text="zoll STRASSE"),
        Filter(text="zoll Ana"),
    ]
    assert [await catalogue.ids(one) for one in wanted] == [["low"], ["high"], ["high"], ["low"], []]
    assert (catalogue.tags, catalogue.owners) == (["a", "b", "c"], ["Ana", "Bo"])
