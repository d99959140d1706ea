"""The first ledger: deadlines, notices, attempts, actions, channels, threads, digests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make all tables and indexes."""
    _make_small_tables()
    _make_deadline()
    _make_notice()
    _make_notice_indexes()
    _make_attempt_and_action()


def _make_small_tables() -> None:
    op.create_table("meta", _text("key", primary_key=True), _text("value"))
    op.create_table(
        "channel",
        _text("name", primary_key=True),
        _integer("failures"),
        _instant("paused_until", nullable=True),
        _flag("is_closed"),
        _text("last_error"),
        _instant("last_delivered_at", nullable=True),
        _text("address"),
    )
    op.create_table(
        "thread", _text("deadline", primary_key=True), _text("channel", primary_key=True), _text("reference")
    )
    op.create_table("digest", _text("name", primary_key=True), _instant("planned_until"))


def _make_deadline() -> None:
    op.create_table(
        "deadline",
        _text("deadline", primary_key=True),
        _text("title"),
        _text("status"),
        _text("due_key"),
        _instant("due_at"),
        _instant("first_seen_at"),
        _instant("since"),
        _instant("planned_until"),
        _text("fingerprint"),
        _text("rule"),
        _text("channels"),
        _text("earlier_keys"),
        _integer("move_count"),
        _text("pending_key", nullable=True),
        _instant("pending_at", nullable=True),
        _instant("removed_at", nullable=True),
        sa.Column("action_ordinal", sa.BigInteger, nullable=False),
        _integer("version"),
    )


def _make_notice() -> None:
    op.create_table(
        "notice",
        _text("id", primary_key=True),
        _text("deadline", nullable=True),
        _text("due_key", nullable=True),
        _instant("due_at", nullable=True),
        _text("kind"),
        _text("channel"),
        _instant("planned_at"),
        _instant("nominal_at"),
        _text("lead", nullable=True),
        _text("ordinal"),
        _instant("held_since", nullable=True),
        _text("held_reason", nullable=True),
        _flag("is_escalation"),
        _text("state"),
        _text("reason", nullable=True),
        _instant("send_at"),
        _instant("give_up_at"),
        _instant("fallback_at", nullable=True),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        _flag("replaces"),
        _text("moved_from", nullable=True),
        _text("bundle", nullable=True),
        sa.Column("action", sa.BigInteger),
        _text("status", nullable=True),
        _text("fallback_of", nullable=True),
        sa.Column("late_by", sa.BigInteger, nullable=False),
        _text("title"),
        _text("body", nullable=True),
        _instant("next_at", nullable=True),
        _text("token", nullable=True),
        _instant("lease_until", nullable=True),
        _integer("attempt_count"),
        _flag("is_ambiguous"),
        _instant("delivered_at", nullable=True),
        _text("accepted"),
        _text("refused"),
        _text("recipients"),
        _text("subject", nullable=True),
        _text("text", nullable=True),
    )


def _make_notice_indexes() -> None:
    _index_present("notice_next", "next_at", "channel", "next_at", sa.text("severity DESC"), "id")
    _index_present("notice_fallback", "fallback_at", "fallback_at")
    _index_present("notice_told", "delivered_at", "deadline", "channel")
    _index_present("notice_leased", "lease_until", "lease_until")
    _index_present("notice_bundle", "bundle", "bundle")
    _index_present("notice_next_bundle", "bundle next_at", "channel", "next_at")
    op.create_index("notice_of", "notice", ["deadline", "due_key", "channel"])
    op.create_index("notice_planned", "notice", ["planned_at"])


def _make_attempt_and_action() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", SERIAL, primary_key=True),
        _text("notice"),
        _instant("at"),
        _text("outcome"),
        _text("detail"),
    )
    op.create_index("attempt_of", "attempt", ["notice"])
    op.create_table(
        "action",
        sa.Column("ordinal", SERIAL, primary_key=True),
        _instant("at"),
        _text("deadline"),
        _text("due_key"),
        _text("action"),
        _text("by"),
        _text("note"),
        _instant("until", nullable=True),
        _text("status", nullable=True),
        _text("channel", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("action_of", "action", ["deadline"])


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, primary_key=primary_key)


def _integer(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _index_present(name: str, present: str, *columns: str | sa.TextClause) -> None:
    where = sa.text(" AND ".join(f"{column} IS NOT NULL" for column in present.split()))
    op.create_index(name, "notice", list(columns), sqlite_where=where, postgresql_where=where)
