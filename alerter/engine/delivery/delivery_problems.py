"""What `ops` hears of messages that did not go out, or not as they should have. Pure."""

from __future__ import annotations

from alerter.domain.decisions.record import Entry
from alerter.domain.messages.message import Message
from alerter.domain.words.names import kind_name
from alerter.domain.words.statement import Fact, stated
from alerter.engine.ops.problems import Problem


def undelivered(entry: Entry, answer: Fact, *, is_closed: bool, is_dead: bool) -> Problem:
    """A notice that needs a person: its channel is closed, or it is dead, or the channel wants something mended."""
    notice = entry.notice
    name, about = notice.channel, entry.title or notice.deadline or notice.ordinal
    text = stated(
        "problem",
        "{what} ({kind}) through {channel}: {answer}",
        what=about,
        kind=kind_name(notice.kind),
        channel=name,
        answer=answer,
    )
    if is_closed:
        title = stated("problem", "Channel {channel} is closed until its address changes", channel=name)
        return Problem(key=f"closed {name}", title=title, text=(text,))
    if is_dead:
        title = stated("problem", "A notice could not be delivered through {channel}", channel=name)
        return Problem(key=f"dead {notice.id}", title=title, text=(text,))
    title = stated("problem", "Channel {channel} needs attention", channel=name)
    return Problem(key=f"channel {name}", title=title, text=(text,))


def plainly_told(message: Message, channel: str, error: str) -> Problem:
    """A message that could not be put into the channel's own form, and went out as plain text."""
    text = stated(
        "problem", "{what} through {channel}: {error}", what=message.title or message.id, channel=channel, error=error
    )
    title = stated("problem", "A message was sent as plain text")
    return Problem(key=f"rendering {channel}", title=title, text=(text,))


def barely_told(message: Message, error: str) -> Problem:
    """A message of which little could be said."""
    text = stated(
        "problem",
        "{what} ({notice}): what the ledger holds of it fits no message ({error})",
        what=message.title,
        notice=message.id,
        error=error,
    )
    return Problem(key=f"unclear {message.id}", title=stated("problem", "A message had no details"), text=(text,))
