"""What becomes of an open notice that is not to go (on): it is skipped, or delivered if somebody has it already.

Of a mail with several recipients some may have it while the others are tried again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, literal, select

from alerter.domain.decisions.retry import IN_PART
from alerter.domain.notices.notice import Reason, State
from alerter.ledger import tables
from alerter.ledger.columns import raw

N, A = tables.notice.c, tables.attempt.c

HAS_REACHED_SOME = raw(N.accepted) != "[]"

_LAST_TRIED_AT = select(func.max(A.at)).where(A.notice == N.id).scalar_subquery()


def as_skipped(reason: Reason) -> dict[str, Any]:
    """The values for an UPDATE of open rows."""
    return {
        "state": case(
            (HAS_REACHED_SOME, literal(State.DELIVERED, N.state.type)), else_=literal(State.SKIPPED, N.state.type)
        ),
        "reason": case((HAS_REACHED_SOME, literal(IN_PART)), else_=literal(reason.value)),
        "delivered_at": case((HAS_REACHED_SOME, _LAST_TRIED_AT), else_=None),
        "next_at": None,
        "fallback_at": None,
    }
