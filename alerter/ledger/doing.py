"""What a person wants done about a deadline, done in the ledger: looked up, judged by the domain, written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerter.domain.decisions.acting import (
    CannotDo,
    Deed,
    action_for,
    dues_ended,
    ends_leads,
    find_done,
    occurrence_meant,
    occurrence_of,
)
from alerter.domain.decisions.derived import as_it_stands, last_closings, with_sources
from alerter.domain.decisions.handover import meet
from alerter.domain.decisions.record import Action, Decision, Known
from alerter.domain.notices.notice import State
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.planning.due import Due
from alerter.domain.words.language import marked
from alerter.domain.words.names import status_name
from alerter.domain.words.statement import stated
from alerter.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The action, the due date it is about, and whether it had been done before; of two dates the new one."""

    action: Action
    due: Due
    is_repeat: bool


async def do(ledger: Ledger, deadline: Deadline, deadlines: Mapping[str, Deadline], deed: Deed, now: datetime) -> Done:
    """Write the action, once; raises CannotDo, which says why it cannot be done. `deadlines` are all there are."""
    if deadline.status is not Status.OPEN:
        raise _closed_already(deadline, marked("refusal", "'{deadline}' is {status} already, says the configuration"))
    family = await ledger.known(with_sources([deadline.id], deadlines))
    closings = last_closings(action for facts in family.values() for action in facts.actions)
    standing = as_it_stands(deadline, deadlines, closings)
    if standing.status is not Status.OPEN:
        raise _closed_already(standing, marked("refusal", "'{deadline}' is {status} already, as is what it follows"))
    known = family.get(deadline.id)
    due = await _find_due(ledger, deadline, known, deed, now)
    if due is None:
        raise CannotDo(stated("refusal", "no due date of '{deadline}' is left", deadline=deadline.id))
    actions, done = known.actions if known is not None else (), []
    for each in dues_ended(deadline, known, deed.action, due, now):
        before = find_done(deed, each, actions, now)
        action = before or action_for(deadline, deed, each, actions, now)
        if before is None:
            action = await _write(ledger, deadline, action, is_met=known is not None)
        done.append(Done(action=action, due=each, is_repeat=before is not None))
    return done[-1]


async def find_known(ledger: Ledger, name: str) -> Known | None:
    """What the ledger knows of the deadline."""
    return (await ledger.known([name])).get(name)


def _closed_already(deadline: Deadline, words: tuple[str, str]) -> CannotDo:
    return CannotDo(stated(*words, deadline=deadline.id, status=status_name(deadline.status)))


async def _find_due(ledger: Ledger, deadline: Deadline, known: Known | None, deed: Deed, now: datetime) -> Due | None:
    """The due date that a person means by the deed; None where none is left."""
    if deed.due_key is not None:
        return occurrence_of(deadline, known, deed.due_key, now)
    told = await ledger.history(deadline=deadline.id, state=State.DELIVERED) if deadline.repeat else ()
    return occurrence_meant(deadline, known, deed, {one.due_key for one in told if one.due_key}, now)


async def _write(ledger: Ledger, deadline: Deadline, action: Action, *, is_met: bool) -> Action:
    if not is_met:  # no daemon has: what is done counts from then on
        await ledger.commit([Decision(record=meet(deadline, {}, action.at))])
    return await ledger.act(action, ends=True, ends_leads=ends_leads(deadline))
