"""What a person wants done about a deadline, done in the ledger: looked up, judged by the domain, written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerter.domain.decisions.acting import (
    CannotDo,
    Deed,
    action_for,
    ends_leads,
    find_done,
    occurrence_meant,
    occurrence_of,
)
from alerter.domain.decisions.handover import meet
from alerter.domain.decisions.record import Action, Decision
from alerter.domain.decisions.standing import standing
from alerter.domain.notices.notice import State
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due import Due
from alerter.domain.words.language import marked
from alerter.domain.words.names import status_name
from alerter.domain.words.statement import stated
from alerter.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The action, the due date it is about, and whether it had been done before."""

    action: Action
    due: Due
    is_repeat: bool


async def do(ledger: Ledger, deadline: Deadline, deed: Deed, now: datetime) -> Done:
    """Write the action, once; raises CannotDo, which says why it cannot be done."""
    if deadline.status is not Status.OPEN:
        status = status_name(deadline.status)
        words = marked("refusal", "'{deadline}' is {status} already, says the configuration")
        raise CannotDo(stated(*words, deadline=deadline.id, status=status))
    actions = await standing_actions(ledger, deadline.id)
    if deed.due_key is not None:
        due = occurrence_of(deadline, deed.due_key)
    else:
        due = await _find_due(ledger, deadline, deed.action, actions, now)
    if due is None:
        raise CannotDo(stated("refusal", "no due date of '{deadline}' is left", deadline=deadline.id))
    if (before := find_done(deed, due, actions, now)) is not None:
        return Done(action=before, due=due, is_repeat=True)
    action = action_for(deadline, deed, due, actions, now)
    if not await ledger.known([deadline.id]):  # no daemon has met it yet: what is done counts from then on
        await ledger.commit([Decision(record=meet(deadline, {}, now))])
    written = await ledger.act(action, ends=True, ends_leads=ends_leads(deadline))
    return Done(action=written, due=due, is_repeat=False)


async def standing_actions(ledger: Ledger, name: str) -> Sequence[Action]:
    """What people did about the deadline, as far as it still counts."""
    facts = (await ledger.known([name])).get(name)
    return standing(facts.record, facts.actions) if facts is not None else ()


async def _find_due(
    ledger: Ledger, deadline: Deadline, action: str, actions: Sequence[Action], now: datetime
) -> Due | None:
    """The due date that a person is likely to mean by the action; None where none is left."""
    told = await ledger.history(deadline=deadline.id, state=State.DELIVERED) if deadline.repeat else ()
    return occurrence_meant(deadline, action, {one.due_key for one in told if one.due_key}, actions, now)
