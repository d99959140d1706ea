"""Rows that cannot be read: they are put in order and told, and keep nobody from reading or claiming the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from alerter.domain.notices.notice import State
from alerter.ledger.ledger import ChannelHealth, Ledger
from alerter.ledger.mending import MOST_NOTED
from tests.contract.ledger.making import LEASE, START, claim_all, ended, hand_over, make_action, make_entry, read_states

POISON = [
    ("state", "bogus"),
    ("kind", "deadline.nonsense"),
    ("severity", 77),
    ("planned_at", 2**62),
    ("give_up_at", -(2**62)),
    ("next_at", -(2**62)),
    ("due_at", 2**62),
    ("refused", "{not JSON"),
    ("refused", '{"a": 1}'),
    ("accepted", "{}"),
    ("accepted", "[[[[" * 20_000),
]


async def spoil(ledger: Ledger, statement: str, value: object) -> None:
    """Write past the ledger, into its own database."""

    def work(connection: Connection) -> None:
        assert connection.execute(text(statement), {"value": value}).rowcount == 1

    await ledger._database.write(work)


@pytest.mark.parametrize(("column", "value"), POISON, ids=lambda each: str(each)[:12])
async def test_j4_a_notice_that_cannot_be_read_is_dead_and_the_next_goes(
    ledger: Ledger, column: str, value: object
) -> None:
    """Whatever is illegible in the row that is next: it is dead and says why, and what comes after is claimed."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=START + timedelta(minutes=1)))
    await spoil(ledger, f"UPDATE notice SET {column} = :value WHERE lead = '7d'", value)
    later = START + timedelta(minutes=1)
    claims = [each for _ in range(2) for each in (await ledger.claim(later, later, {"desk": 1}, LEASE)).claims]
    assert [claim.entry.notice.lead for claim in claims] == ["1d"]
    states = {told.lead: (told.state, [one.outcome for one in told.attempts]) for told in await ledger.history()}
    assert states["7d"] == (State.DEAD, ["unreadable"])
    (line,) = await ledger.illegible()
    assert f"{column} holds {str(value)[:80]!r}" in line


async def test_j4_it_can_be_brought_back(ledger: Ledger) -> None:
    """A dead notice that was put in order is claimed again after a retry, and its fallback falls due at once."""
    await hand_over(ledger, make_entry("7d", fallback_at=START + timedelta(days=1)))
    await spoil(ledger, "UPDATE notice SET accepted = :value", "nonsense")
    assert await claim_all(ledger) == []
    assert [untold.entry.notice.lead for untold in await ledger.fallback_due(datetime.now(UTC))] == ["7d"]
    await ledger.retry(None, START)
    (claim,) = await claim_all(ledger)
    assert (claim.entry.notice.lead, claim.accepted) == ("7d", ())


@pytest.mark.parametrize(("column", "value"), [("state", "bogus"), ("recipients", "[1]"), ("delivered_at", 2**62)])
async def test_j4_what_was_delivered_stays_so(ledger: Ledger, column: str, value: object) -> None:
    """A delivered notice is not sent again, whatever cannot be read of it."""
    await hand_over(ledger, make_entry("7d"))
    (claim,) = await claim_all(ledger)
    await ledger.record([ended(claim, State.DELIVERED, outcome="delivered")])
    await spoil(ledger, f"UPDATE notice SET {column} = :value", value)
    (told,) = await ledger.history()
    assert (told.state, told.delivered_at is not None) == (State.DELIVERED, True)
    assert (await ledger.known(["truce"]))["truce"].told == {"desk"}
    assert await claim_all(ledger) == []


async def test_j4_what_is_not_open_is_never_next(ledger: Ledger) -> None:
    """A finished row with an instant at which it goes next takes nobody's room."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=START + timedelta(minutes=1)))
    await spoil(ledger, "UPDATE notice SET state = :value WHERE lead = '7d'", "skipped")
    later = START + timedelta(minutes=1)
    claims = [each for _ in range(2) for each in (await ledger.claim(later, later, {"desk": 1}, LEASE)).claims]
    assert [claim.entry.notice.lead for claim in claims] == ["1d"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", "ajar"),
        ("planned_until", -(2**62)),
        ("pending_at", 2**62),
        ("channels", "{"),
        ("channels", '{"desk": "today"}'),
        ("earlier_keys", '{"a": "b"}'),
    ],
)
async def test_j4_a_deadline_that_cannot_be_read_is_as_if_new(ledger: Ledger, column: str, value: object) -> None:
    """Its record goes, its notices stay, and other deadlines are read as before."""
    await hand_over(ledger, make_entry("7d"))
    await hand_over(ledger, deadline="other")
    await spoil(ledger, f"UPDATE deadline SET {column} = :value WHERE deadline = 'truce'", value)
    assert list(await ledger.known(["truce", "other"])) == ["other"]
    assert list(await ledger.records()) == ["other"]
    assert await read_states(ledger) == {"7d": (State.QUEUED, None)}
    (line,) = await ledger.illegible()
    assert line.startswith(f"deadline truce: {column} holds ")


async def test_j4_an_action_a_channel_and_an_attempt_that_cannot_be_read(ledger: Ledger) -> None:
    """Each of them is removed, once; what stands beside it is read."""
    await hand_over(ledger, make_entry("7d"))
    await ledger.act(make_action(), ends=False, ends_leads=False)
    await ledger.act(make_action("close", by="Bob"), ends=False, ends_leads=False)
    await ledger.put_channels([ChannelHealth(name="desk"), ChannelHealth(name="mail")])
    await spoil(ledger, "UPDATE action SET at = :value WHERE by = 'Ann'", 2**62)
    await spoil(ledger, "UPDATE channel SET paused_until = :value WHERE name = 'desk'", -(2**62))
    assert [action.by for action in await ledger.actions()] == ["Bob"]
    assert list(await ledger.channels()) == ["mail"]
    lines = await ledger.illegible()
    assert [line.split(":")[0] for line in lines] == ["action 1", "channel desk"]
    await ledger.told_illegible(lines[:1])
    assert await ledger.illegible() == lines[1:]


async def test_j4_a_thousand_of_them_are_put_in_order_together(ledger: Ledger) -> None:
    """Many rows are one round, the list of them stays short, and the rest goes."""
    await hand_over(ledger, *(make_entry(f"{number}h") for number in range(1000)), make_entry("7d"))

    def work(connection: Connection) -> None:
        connection.execute(text("UPDATE notice SET planned_at = 4611686018427387904 WHERE lead <> '7d'"))

    await ledger._database.write(work)
    assert [claim.entry.notice.lead for claim in await claim_all(ledger, room=2000)] == ["7d"]
    assert len(await ledger.illegible()) == MOST_NOTED
    assert await ledger.counts() == {("desk", State.DEAD): 1000, ("desk", State.SENDING): 1}


@pytest.mark.parametrize(
    "statement",
    [
        "title = CAST(:value AS TEXT)",
        "title = :value",
        "planned_at = :value",
        "planned_at = length(:value) * 9e999",
        "state = :value",
    ],
)
async def test_j4_what_only_sqlite_takes(tmp_path: Path, statement: str) -> None:
    """Bytes that are no text, text where a number belongs, and infinity: the other rows are read."""
    ledger = Ledger(f"sqlite:///{tmp_path}/alerter.db", exclusive=True, clock=lambda: START)
    await ledger.open()
    await hand_over(ledger, make_entry("7d", title="A title"), make_entry("1d"))
    await spoil(ledger, f"UPDATE notice SET {statement} WHERE lead = '7d'", b"\xff\xfe")
    assert {claim.entry.notice.lead for claim in await claim_all(ledger)} - {"7d"} == {"1d"}
    assert {told.lead for told in await ledger.history()} == {"7d", "1d"}
    await ledger.close()
