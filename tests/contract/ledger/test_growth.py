"""What the daemon asks of the ledger again and again finds its rows through an index, however many others there are."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from alerter.domain.notices.notice import State
from alerter.ledger.ledger import Ledger
from tests.contract.ledger.making import LEASE, START, after, ended, hand_over, make_action, make_entry

OPEN_ONLY = "USING INDEX notice_next"
"""An index of the rows that wait, which are few: to walk through it is to walk through what is due and on its way."""


@contextmanager
def watched_plans() -> Iterator[list[str]]:
    """The ways in which SQLite goes about each statement that is executed meanwhile."""
    plans: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            ways = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values[0] if many else values)
            plans.extend(f"{way}: {statement}" for _, _, _, way in ways)

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(Engine, "before_cursor_execute", explain)


@pytest.fixture
async def sqlite(tmp_path: Path) -> Any:
    """A ledger in a file, with a notice that was delivered."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'alerter.db'}", exclusive=True)
    await ledger.open()
    yield ledger
    await ledger.close()


async def test_what_recurs_walks_through_no_table(sqlite: Ledger) -> None:
    """From the hand-over of a notice to the record of its delivery, and what each turn of the loop asks besides."""
    with watched_plans() as plans:
        for work in _a_days_work(sqlite):
            await work
    walks = [plan for plan in plans if plan.startswith(("SCAN notice", "SCAN deadline", "SCAN attempt", "SCAN action"))]
    assert len(plans) > 40
    assert [walk for walk in walks if OPEN_ONLY not in walk] == []


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
    yield ledger.fallback_due(after(hours=1))
    yield ledger.next_fallback_at()
    yield ledger.changed()
    yield ledger.channels()
    yield ledger.threads("truce")
    yield ledger.retry(["another"], after(hours=1))


async def _send(ledger: Ledger, state: State) -> None:
    """Claim what is due and record that it came to this."""
    claims = await ledger.claim(START, START, {"desk": 9}, LEASE)
    assert len(claims) == 1
    assert await ledger.renew([claim.token for claim in claims], START + timedelta(minutes=2)) == 1
    assert await ledger.next_claim_at(["desk"]) == START + timedelta(minutes=2)
    words = {"subject": "Soon", "text": "Very soon."} if state is State.DELIVERED else {"next_at": START}
    await ledger.record([ended(claim, state, **words) for claim in claims])
