"""The tables as this program reads them; `migrations/` is how a database gets there.

Two columns of `notice` are null unless there is something to do, so that small partial indexes
answer what is next: `next_at` (the row is open: queued or retrying) and `fallback_at` (the fallback
has yet to be told). `delivered_at` is set exactly on delivered rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Index, Integer, MetaData, Table, Text, and_

from alerter.domain.notices.notice import Kind, State
from alerter.domain.planning.deadline import Status
from alerter.ledger.columns import Instant, InstantMap, Plain, Rank, StringMap, Strings, Word

metadata = MetaData()

SERIAL = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself there

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

deadline = Table(
    "deadline",
    metadata,
    Column("deadline", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("status", Word(Status), nullable=False),
    Column("due_key", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("planned_until", Instant, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("channels", InstantMap, nullable=False),
    Column("earlier_keys", Strings, nullable=False),
    Column("move_count", Integer, nullable=False),
    Column("pending_key", Text),
    Column("pending_at", Instant),
    Column("removed_at", Instant),
    Column("action_ordinal", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("deadline", Text),
    Column("due_key", Text),
    Column("due_at", Instant),
    Column("kind", Word(Kind), nullable=False),
    Column("channel", Text, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("nominal_at", Instant, nullable=False),
    Column("lead", Text),
    Column("ordinal", Text, nullable=False),
    Column("held_since", Instant),
    Column("held_reason", Text),
    Column("is_escalation", Boolean, nullable=False),
    Column("state", Word(State), nullable=False),
    Column("reason", Plain),
    Column("send_at", Instant, nullable=False),
    Column("give_up_at", Instant, nullable=False),
    Column("fallback_at", Instant),
    Column("severity", Rank, nullable=False),
    Column("replaces", Boolean, nullable=False),
    Column("moved_from", Text),
    Column("bundle", Text),
    Column("action", BigInteger),
    Column("status", Text),
    Column("fallback_of", Text),
    Column("late_by", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text),
    Column("next_at", Instant),
    Column("token", Text),
    Column("lease_until", Instant),
    Column("attempt_count", Integer, nullable=False),
    Column("is_ambiguous", Boolean, nullable=False),
    Column("delivered_at", Instant),
    Column("accepted", Strings, nullable=False),
    Column("refused", StringMap, nullable=False),
    Column("recipients", Strings, nullable=False),
    Column("subject", Text),
    Column("text", Text),
)


def _index_present(name: str, present: str, *columns: ColumnElement[Any]) -> None:
    """Index only the rows in which the columns `present` are set.

    Migrations say so to either database. Here SQLite's word is enough: PostgreSQL's would load its dialect, 2 MB.
    """
    where = and_(*(notice.c[column].is_not(None) for column in present.split()))
    Index(name, *columns, sqlite_where=where)


_index_present("notice_next", "next_at", notice.c.channel, notice.c.next_at, notice.c.severity.desc(), notice.c.id)
_index_present("notice_fallback", "fallback_at", notice.c.fallback_at)
_index_present("notice_told", "delivered_at", notice.c.deadline, notice.c.channel)
_index_present("notice_leased", "lease_until", notice.c.lease_until)
_index_present("notice_bundle", "bundle", notice.c.bundle)
_index_present("notice_next_bundle", "bundle next_at", notice.c.channel, notice.c.next_at)
Index("notice_of", notice.c.deadline, notice.c.due_key, notice.c.channel)
Index("notice_planned", notice.c.planned_at)

attempt = Table(
    "attempt",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("notice", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("attempt_of", "notice"),
)

action = Table(
    "action",
    metadata,
    Column("ordinal", SERIAL, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("deadline", Text, nullable=False),
    Column("due_key", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("until", Instant),
    Column("status", Word(Status)),
    Column("channel", Text),
    Index("action_of", "deadline"),
    sqlite_autoincrement=True,  # an ordinal never comes back, even after a purge
)

channel = Table(
    "channel",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("paused_until", Instant),
    Column("is_closed", Boolean, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("last_delivered_at", Instant),
    Column("address", Text, nullable=False),
)

thread = Table(
    "thread",
    metadata,
    Column("deadline", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("reference", Text, nullable=False),
)

digest = Table(
    "digest",
    metadata,
    Column("name", Text, primary_key=True),
    Column("planned_until", Instant, nullable=False),
)

watch_list = Table(
    "watch_list",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("since", Instant, nullable=False),
)

replica = Table(
    "replica",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("alive_until", Instant, nullable=False),
)
