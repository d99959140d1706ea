"""What pages ask of the ledger: notices piece by piece, of some deadlines, and which deadlines were removed."""

from __future__ import annotations

from alerter.domain.decisions.record import Decision, Skip
from alerter.domain.notices.notice import Reason, State
from alerter.ledger.ledger import Ledger
from tests.contract.ledger.making import after, hand_over, make_entry, make_record


async def test_history_goes_on_before_a_notice(ledger: Ledger) -> None:
    """From piece to piece nothing is twice and nothing is missing, also where several stand at one instant."""
    channels = ("a", "b", "c", "d", "e")
    await hand_over(ledger, *(make_entry("7d", channel=name, at=after(days=-7)) for name in channels))
    whole = [told.id for told in await ledger.history()]
    found: list[str] = []
    before = None
    while piece := await ledger.history(limit=2, before=before):
        found = [*(told.id for told in piece), *found]
        before = (piece[0].planned_at, piece[0].id)
    assert found == whole


async def test_history_of_some_deadlines_and_of_what_was_told(ledger: Ledger) -> None:
    """`among` names deadlines, and `is_told` leaves out what was skipped."""
    gone = make_entry("30d", state=State.SKIPPED, reason=Reason.SUPERSEDED)
    await hand_over(ledger, gone, make_entry("7d"))
    other = make_entry("7d", deadline="other")
    await ledger.commit([Decision(record=make_record("other"), entries=(other,))])
    assert [told.deadline for told in await ledger.history(among=["other", "none"])] == ["other"]
    assert [told.lead for told in await ledger.history(among=["truce"], is_told=True)] == ["7d"]
    assert await ledger.history(among=[]) == []


async def test_some_records_are_read(ledger: Ledger) -> None:
    """Those asked for, as far as they are there."""
    await ledger.commit([Decision(record=make_record(name)) for name in ("one", "two")])
    assert list(await ledger.records(["two", "none"])) == ["two"]


async def test_what_was_removed_lately_is_listed(ledger: Ledger) -> None:
    """The last first; what was removed before then is not listed, nor what is still there."""
    records = {"old": after(days=-40), "new": after(days=-1), "newer": after(hours=-1), "here": None}
    await ledger.commit([Decision(record=make_record(name, removed_at=at)) for name, at in records.items()])
    assert [record.deadline for record in await ledger.removed(after(days=-30))] == ["newer", "new"]


async def test_what_quiet_hours_hold_is_not_overdue(ledger: Ledger) -> None:
    """A notice counts from when it may go, not from when it was planned."""
    held = make_entry("7d", at=after(hours=-2), send_at=after(hours=5))
    late = make_entry("1d", at=after(hours=-2))
    await hand_over(ledger, held, late)
    counted = [await ledger.overdue_unsent(at) for at in (after(), after(hours=5), after(hours=5, minutes=2))]
    assert counted == [1, 1, 2]
    await ledger.commit(
        [Decision(record=make_record(version=1), skips=(Skip(id=late.notice.id, reason=Reason.MOVED),))]
    )
    assert await ledger.overdue_unsent(after()) == 0
