"""What the daemon asks of the ledger again and again finds its rows through an index, however many others there are."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from alerter.domain.dates.zone import load_zone
from alerter.domain.notices.notice import State
from alerter.domain.planning.channel import Channel, Quiet
from alerter.ledger.ledger import Ledger
from tests.contract.ledger.making import LEASE, START, after, claim_all, ended, hand_over, make_action, make_entry

OPEN_ONLY = "USING INDEX notice_next"
"""An index of the rows that wait, which are few: to walk through it is to walk through what is due and on its way."""

OTHER_COUNT = 3_000
WALKS = tuple(f"SCAN {table}" for table in ("notice", "deadline", "attempt", "action"))


@contextmanager
def watched_plans() -> Iterator[list[str]]:
    """The ways in which the database goes about each statement that is executed meanwhile."""
    plans: list[str] = []

    def explain(connection: Connection, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            another = connection.connection.cursor()
            another.execute(f"{word} {statement}", values[0] if many else values)
            plans.extend(f"{str(row[-1]).lstrip(' ->')}: {statement}" for row in another.fetchall())
            another.close()

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


async def test_what_recurs_walks_through_no_table(tmp_path: Path) -> None:
    """From the hand-over of a notice to the record of its delivery, and what each turn of the loop asks besides."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'alerter.db'}", exclusive=True, clock=lambda: START)
    await ledger.open()
    with watched_plans() as plans:
        for work in _a_days_work(ledger):
            await work
    await ledger.close()
    assert len(plans) > 40
    assert [plan for plan in plans if plan.startswith(WALKS) and OPEN_ONLY not in plan] == []


async def test_bundles_are_sought_among_bundles_alone(tmp_path: Path) -> None:
    """Not among all that waits, which SQLite holds to be as good; so it did in every other new file."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'alerter.db'}", exclusive=True)
    await ledger.open()
    with watched_plans() as plans:
        await ledger.claim(START, START, {"desk": 9}, LEASE)
        await ledger.next_claim_at(["desk"])
    await ledger.close()
    searches = [
        plan.partition(":")[0] for plan in plans if plan.startswith("SEARCH notice") and "bundle IS NOT NULL" in plan
    ]
    assert [search.split()[4] for search in searches] == ["notice_next_bundle", "notice_next", "notice_next_bundle"]


async def test_what_is_recorded_is_found_by_its_id_among_all_that_are_under_way(ledger: Ledger) -> None:
    """PostgreSQL, which expects few, had looked at each of those: a record took ten times as long."""
    others = [make_entry(f"{number}m", at=START) for number in range(OTHER_COUNT)]
    await hand_over(ledger, *others)
    claims = await claim_all(ledger, START, OTHER_COUNT)
    told = [ended(claim, State.DELIVERED, subject="Soon", text="Very soon.") for claim in claims[:30]]
    with watched_plans() as plans:
        assert await ledger.record(told) == []
    assert len(plans) > 1
    assert [plan for plan in plans if plan.startswith(("Seq Scan on notice", "SCAN notice"))] == []


def _a_days_work(ledger: Ledger) -> Iterator[Awaitable[object]]:
    """What the daemon does for one notice and its retry, one after the other."""
    yield hand_over(ledger, make_entry("1d", fallback_at=after(minutes=15)), make_entry("1h", at=after(hours=1)))
    for state in (State.RETRYING, State.DELIVERED):
        yield _send(ledger, state)
    yield ledger.release(after(hours=1))
    yield ledger.renew(["another"], after(hours=1))
    yield ledger.act(make_action(), ends=True, ends_leads=True)
    yield ledger.actions_after(0)
    yield ledger.known(["truce"])
    yield ledger.facts(["truce"])
    yield ledger.rows(["another"])
    yield ledger.standings(["truce"])
    yield ledger.waiting()
    yield ledger.enqueue([make_entry("2h", at=after(days=1), fallback_at=after(hours=1))])
    yield ledger.fallback_due(after(hours=1))
    night = Quiet(start=time(22), end=time(9))
    desk = Channel(name="desk", type="console", zone=load_zone("UTC"), quiet=night)
    yield ledger.hold_waiting(desk, START, after(hours=9))
    yield ledger.next_fallback_at()
    yield ledger.changed()
    yield ledger.channels()
    yield ledger.threads("truce")
    yield ledger.retry(["another"], after(hours=1))


async def _send(ledger: Ledger, state: State) -> None:
    """Claim what is due and record that it came to this."""
    claims = (await ledger.claim(START, START, {"desk": 9}, LEASE)).claims
    assert len(claims) == 1
    assert len(await ledger.renew([claim.token for claim in claims], START + timedelta(minutes=2))) == 1
    assert await ledger.next_claim_at(["desk"]) == START + timedelta(minutes=2)
    words = {"subject": "Soon", "text": "Very soon."} if state is State.DELIVERED else {"next_at": START}
    await ledger.record([ended(claim, state, **words) for claim in claims])
