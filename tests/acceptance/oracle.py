"""The judge of every case: what was wanted has arrived, nothing else has, nothing twice, nothing early, no secret.

It believes receivers and files only, not what the daemon says of itself.
"""

from __future__ import annotations

import email
import email.policy
import html
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alerter.domain.notices.notice import State
from alerter.ledger.ledger import Ledger
from alerter.ledger.values import Told
from tests.acceptance.inbox import Arrival

OF_THE_ATTEMPT = ("attempt", "late_by", "text")
"""What a webhook says of the attempt: a countdown in words is of its own moment. Everything else is of the notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found; compare with what was wanted.

    All notices are described in lines such as `ops report upcoming 1h`; `unknown` are those without a record.
    """

    arrived: Sequence[str]
    repeated: Sequence[str]
    early: Sequence[str]
    unknown: Sequence[str]
    only_recorded: Sequence[str]
    changed: Sequence[str]
    unexplained: Sequence[str]

    @property
    def faults(self) -> list[str]:
        """Everything that is wrong whatever was wanted."""
        found = {
            "early": self.early, "recorded but not arrived": self.only_recorded,
            "not the same each time": self.changed, "without a history": self.unexplained,
        }  # fmt: skip
        return [f"{one}: {what}" for what, ones in found.items() for one in ones]


def describe(told: Told) -> str:
    """`ops report upcoming 1h`: channel, deadline, kind, and the lead where there is one."""
    parts = (told.channel, told.deadline or "-", told.kind.removeprefix("deadline."), told.lead or "")
    return " ".join(part for part in parts if part)


async def judge(store: str, arrivals: Iterable[Arrival]) -> Verdict:
    """Hold what arrived against the ledger; clear refusals do not count as arrivals."""
    told, arrivals = await read_ledger(store), list(arrivals)
    came = [(one, _find(one, told)) for one in arrivals if not one.was_refused]
    known = [(one, row) for one, row in came if row is not None]
    counts = Counter(row.id for _, row in known)
    rows = {row.id: row for row in told}
    early = [row for one, row in known if one.at is not None and one.at < row.planned_at]
    recorded = {row.bundle or row.id: row for row in told if row.state is State.DELIVERED}
    return Verdict(
        arrived=sorted(describe(rows[name]) for name in counts),
        repeated=sorted(describe(rows[name]) for name, count in counts.items() if count > 1),
        early=sorted(map(describe, early)),
        unknown=sorted(one.about or one.words for one, row in came if row is None),
        only_recorded=sorted(describe(row) for name, row in recorded.items() if name not in counts),
        changed=find_changed(arrivals),
        unexplained=sorted(describe(row) for row in told if not is_explained(row)),
    )


def is_explained(told: Told) -> bool:
    """Whether the state of a notice follows from what else is kept about it."""
    outcomes = [attempt.outcome for attempt in told.attempts]
    explained = {
        State.DELIVERED: "delivered" in outcomes and told.delivered_at is not None,
        State.RETRYING: bool(outcomes) and told.next_at is not None,
        State.DEAD: bool(outcomes),
        State.SKIPPED: told.reason is not None,
    }
    return explained.get(told.state, "delivered" not in outcomes) and (
        told.state is State.DELIVERED or told.delivered_at is None
    )


def find_changed(arrivals: Iterable[Arrival]) -> list[str]:
    """The ids of messages that said something else when they came again, or looked sent before the last one."""
    last: dict[str, tuple[object, Arrival]] = {}
    changed = []
    for one in arrivals:
        if one.id:
            subject = _subject_of(one.content)
            known, before = last.setdefault(one.id, (subject, one))
            if known != subject or (one.sent_at < before.sent_at and not _was_set_back(before, one)):
                changed.append(f"{one.id}: {known} is not {subject}, or {before.sent_at} is after {one.sent_at}")
            last[one.id] = known, one
    return changed


def _was_set_back(before: Arrival, after: Arrival) -> bool:
    """Whether the sender's clock was, in between."""
    return before.at is not None and after.at is not None and after.at < before.at


def _subject_of(content: bytes) -> object:
    """What no repeat may change: of a webhook all but `OF_THE_ATTEMPT`, of a mail who has it and what it is about."""
    if content.startswith(b"{"):
        return _without_attempt(json.loads(content))
    mail = email.message_from_bytes(content, policy=email.policy.default)
    about = str(mail["Subject"]).partition("] ")[2]  # before it stands how long there is
    return about, *(mail[name] for name in ("From", "To", "Cc", "Message-ID", "References"))


def _without_attempt(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_attempt(part) for name, part in value.items() if name not in OF_THE_ATTEMPT}
    return [_without_attempt(part) for part in value] if isinstance(value, list) else value


async def read_ledger(store: str) -> list[Told]:
    """Everything the ledger holds about notices."""
    ledger = Ledger(store)
    await ledger.open()
    try:
        return list(await ledger.history())
    finally:
        await ledger.close()


def check_integrity(database: Path) -> str:
    """What SQLite says of the file; `ok` if nothing is wrong."""
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def find_leaks(canaries: Iterable[str], texts: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """Which canaries stand in one of the texts, or in a file of the ledger in one of the folders."""
    haystacks = [text.encode() for text in texts]
    haystacks += [path.read_bytes() for folder in folders for path in folder.glob("*.db*") if path.is_file()]
    return sorted(canary for canary in canaries if any(canary.encode() in hay for hay in haystacks))


def _find(arrival: Arrival, told: Sequence[Told]) -> Told | None:
    """The row of an arrival: by its id, else by the channel and the first sentence of its text."""
    if arrival.id:
        return next((row for row in told if row.id == arrival.id and row.channel == arrival.channel), None)
    words = html.unescape(arrival.words)
    return next(
        (row for row in told if row.channel == arrival.channel and row.text and row.text.split("\n")[0] in words), None
    )
