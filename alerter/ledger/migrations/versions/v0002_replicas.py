"""Replicas: who is alive with which watch list, and since when each list is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "watch_list",
        sa.Column("hash", sa.Text, nullable=False, primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "replica",
        sa.Column("id", sa.Text, nullable=False, primary_key=True),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("alive_until", sa.BigInteger, nullable=False),
    )
