"""Reading: what was told, what waits, how channels are; and forgetting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from alerter.domain.decisions.record import Decision
from alerter.domain.notices.notice import Kind, State
from alerter.domain.planning.deadline import Status
from alerter.ledger.ledger import Attempt, ChannelHealth, Ledger
from tests.contract.ledger.making import START, after, claim_all, ended, hand_over, make_action, make_entry, make_record


async def hand_over_some(ledger: Ledger) -> None:
    """Three leads to `desk`, the first of them delivered late, and one to `legal`."""
    await hand_over(
        ledger,
        make_entry("30d", at=after(days=-30)),
        make_entry("7d", at=after(days=-7)),
        make_entry("1d", at=after(days=1)),
        make_entry("7d", at=after(days=-7), channel="legal"),
    )
    [claim] = await claim_all(ledger, room=1)
    await ledger.record([ended(claim, State.DELIVERED, at=after(hours=1))])


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ({}, ["30d", "7d", "7d", "1d"]),
        ({"deadline": "truce", "channel": "desk"}, ["30d", "7d", "1d"]),
        ({"deadline": "other"}, []),
        ({"channel": "legal"}, ["7d"]),
        ({"state": State.DELIVERED}, ["30d"]),
        ({"since": after(days=-8)}, ["30d", "7d", "7d", "1d"]),
        ({"since": after(days=1)}, ["1d"]),
        ({"limit": 1}, ["1d"]),
        ({"since": after(hours=1), "state": State.DELIVERED, "channel": "desk"}, ["30d"]),
    ],
)
async def test_history_gives_what_was_asked_for(ledger: Ledger, wanted: dict[str, Any], leads: list[str]) -> None:
    """Filters add up; a delivery counts by its own instant too; the last ones stay within a limit."""
    await hand_over_some(ledger)
    assert leads == [told.lead for told in await ledger.history(**wanted)]


async def test_history_lists_every_attempt(ledger: Ledger) -> None:
    """Attempts come in order, each with its answer."""
    await hand_over(ledger, make_entry())
    for number in range(3):
        [claim] = await claim_all(ledger, after(seconds=number))
        at, next_at = after(seconds=number), after(seconds=number + 1)
        await ledger.record(
            [ended(claim, State.RETRYING, at=at, next_at=next_at, outcome="retry", detail=f"50{number}")]
        )
    expected = tuple(Attempt(at=after(seconds=n), outcome="retry", detail=f"50{n}") for n in range(3))
    assert [expected] == [told.attempts for told in await ledger.history()]


async def test_counts_are_by_channel_and_state(ledger: Ledger) -> None:
    """Every notice is in exactly one place."""
    await hand_over_some(ledger)
    assert await ledger.counts() == {
        ("desk", State.DELIVERED): 1,
        ("desk", State.QUEUED): 2,
        ("legal", State.QUEUED): 1,
    }
    assert await ledger.queue_depth() == {"desk": 2, "legal": 1}


async def test_overdue_is_what_should_have_gone_a_minute_ago(ledger: Ledger) -> None:
    """A notice still to come, one within its minute and one delivered are not."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=after(days=1)))
    assert await ledger.overdue_unsent(after(seconds=60)) == 0
    assert await ledger.overdue_unsent(after(seconds=61)) == 1


async def test_a_channels_health_is_kept(ledger: Ledger) -> None:
    """Every field survives, and the next write replaces it."""
    health = ChannelHealth(
        name="desk",
        failures=3,
        paused_until=after(minutes=5),
        is_closed=True,
        last_error="503",
        last_delivered_at=START,
        address="abc",
    )
    await ledger.put_channels([health, ChannelHealth(name="legal")])
    assert {"desk": health, "legal": ChannelHealth(name="legal")} == await ledger.channels()
    await ledger.put_channels([ChannelHealth(name="desk")])
    assert ChannelHealth(name="desk") == (await ledger.channels())["desk"]


async def test_the_first_writer_of_a_key_wins(ledger: Ledger) -> None:
    """Whoever asks gets the same value, and later ones are not even made."""
    assert None is await ledger.meta_get("link_key")
    made = await asyncio.gather(*(ledger.meta_set_default("link_key", partial("key {}".format, n)) for n in range(5)))
    assert [await ledger.meta_get("link_key")] * 5 == made


async def finish(ledger: Ledger, *, due_key: str, days: float) -> None:
    """Deliver a notice of a due date so many days from the start."""
    notice = {"id": f"ntc_{due_key}", "due_key": due_key, "due_at": after(days=days)}
    await ledger.enqueue([make_entry(notice=notice)])
    await ledger.record([ended(claim, State.DELIVERED) for claim in await claim_all(ledger)])


async def test_purge_forgets_finished_notices_of_old_due_dates(ledger: Ledger) -> None:
    """Younger ones, open ones and those of the present due key stay."""
    await ledger.commit([Decision(record=make_record(due_key="present"))])
    for due_key, days in (("present", -500), ("old", -500), ("young", -300)):
        await finish(ledger, due_key=due_key, days=days)
    await ledger.enqueue([make_entry(notice={"id": "ntc_open", "due_key": "open", "due_at": after(days=-500)})])
    assert await ledger.purge(after(days=-400)) == 1
    assert {"present", "young", "open"} == {told.due_key for told in await ledger.history()}


@pytest.mark.parametrize(("status", "count"), [(Status.OPEN, 0), (Status.MET, 1)])
async def test_purge_remembers_who_was_told_of_an_open_deadline(ledger: Ledger, status: Status, count: int) -> None:
    """While a deadline is open, its earlier dates count for the next move."""
    await ledger.commit([Decision(record=make_record(earlier_keys=("earlier",), status=status))])
    await finish(ledger, due_key="earlier", days=-500)
    assert count == await ledger.purge(after(days=-400))


async def test_purge_forgets_digests_and_problems_by_their_own_time(ledger: Ledger) -> None:
    """What is about no deadline goes when it is old itself."""
    no_due = {"due_key": None, "due_at": None, "kind": Kind.DIGEST}
    for name, days in (("old", -500), ("young", -300)):
        await ledger.enqueue([make_entry(name, deadline=None, at=after(days=days), notice=no_due)])
    await ledger.record([ended(claim, State.DELIVERED) for claim in await claim_all(ledger)])
    assert await ledger.purge(after(days=-400)) == 1
    assert [told.lead for told in await ledger.history()] == ["young"]


async def test_purge_forgets_old_actions_and_removed_deadlines(ledger: Ledger) -> None:
    """What was done about present due dates stays."""
    long_ago = after(days=-500)
    records = [make_record("truce"), make_record("gone", removed_at=long_ago), make_record("lately", removed_at=START)]
    await ledger.commit([Decision(record=record) for record in records])
    kept = await ledger.act(make_action(at=long_ago), ends=True, ends_leads=True)
    await ledger.act(make_action(at=long_ago, due_key="2024-01-01"), ends=True, ends_leads=True)
    await ledger.act(make_action(at=long_ago, deadline="gone"), ends=True, ends_leads=True)
    assert await ledger.purge(after(days=-400)) == 0
    assert {"truce", "lately"} == set(await ledger.records())
    assert [kept] == await ledger.actions()


async def test_purge_remembers_what_was_done_about_a_date_to_come(ledger: Ledger) -> None:
    """Of a series a later date may be closed long before it is the next: none of its notices is to go after all."""
    await ledger.commit([Decision(record=make_record(due_key="2026-02-01", rule="monthly"))])
    for due_key in ("2025-12-31", "2026-01-01", "2026-04-01T09:00:00[UTC]"):
        await ledger.act(make_action("close", at=after(days=-20), due_key=due_key), ends=True, ends_leads=True)
    assert await ledger.purge(START) == 0
    assert [action.due_key for action in await ledger.actions()] == ["2026-01-01", "2026-04-01T09:00:00[UTC]"]


async def test_an_ordinal_never_comes_back(ledger: Ledger) -> None:
    """After a purge actions go on from the highest number there ever was."""
    first = await ledger.act(make_action(at=after(days=-500)), ends=True, ends_leads=True)
    await ledger.purge(START)
    second = await ledger.act(make_action(), ends=True, ends_leads=True)
    assert [second] == await ledger.actions_after(first.ordinal)


async def test_what_was_purged_is_gone_with_its_attempts(ledger: Ledger) -> None:
    """A notice of the same id handed over later starts afresh."""
    await finish(ledger, due_key="old", days=-500)
    await ledger.purge(START)
    await ledger.enqueue([make_entry(notice={"id": "ntc_old"})])
    assert [told.attempts for told in await ledger.history()] == [()]


async def test_a_record_marked_removed_is_still_listed(ledger: Ledger) -> None:
    """The page shows removed deadlines, so their records stay."""
    await hand_over(ledger)
    record = (await ledger.records())["truce"]
    await ledger.commit([Decision(record=replace(record, removed_at=START))])
    assert (await ledger.records())["truce"].removed_at == START


async def test_deadlines_with_open_notices_are_named(ledger: Ledger) -> None:
    """Only deadlines of which something is still to be told."""
    await hand_over(ledger, make_entry())
    waiting = await ledger.waiting()
    await claim_all(ledger)
    assert (waiting, await ledger.waiting()) == (["truce"], [])
