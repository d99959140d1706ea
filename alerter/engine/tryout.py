"""Messages outside the plan: a test through the real channel, and a look at one before it is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerter.channels.port import Sender
from alerter.channels.render import render_safely
from alerter.domain.due import next_due
from alerter.domain.lead import parse_lead
from alerter.domain.message import Message
from alerter.domain.notice import Kind, Notice, notice_id
from alerter.domain.occasion import notices_of
from alerter.domain.outcome import Outcome, Retry
from alerter.domain.watchlist import WatchList
from alerter.engine.compose import bare_message, planned_message

FAR = timedelta(days=366 * 3)


async def send_tests(
    watch_list: WatchList, senders: Mapping[str, Sender], names: Sequence[str], now: datetime
) -> list[tuple[str, Outcome]]:
    """Send a message marked as a test through each of these channels; what the other sides answered."""
    answers = []
    for name in names:
        message = _test(watch_list, name, now)
        sender = senders[name]
        try:
            await sender.open()
            rendered, _ = render_safely(sender, message)
            answers.append((name, await sender.send(message, rendered)))
        except Exception as error:  # noqa: BLE001 -- one channel's fault is an answer, the next is still tried
            answers.append((name, Retry(detail=f"unexpected {type(error).__name__}")))
        finally:
            await sender.close()
    return answers


def _test(watch_list: WatchList, name: str, now: datetime) -> Message:
    return bare_message(
        notice_id(Kind.TEST, name, now.isoformat()),
        Kind.TEST,
        watch_list.channels[name],
        now,
        title=f"Test of channel {name}",
        text="This is a test. If you can read it, deadlines will reach you here.",
    )


def preview_message(watch_list: WatchList, name: str, lead: str | None, channel: str | None, now: datetime) -> Message:
    """The message of one lead of a deadline, as of the instant it would go out.

    Without `lead` the next notice, without `channel` the first of the deadline. Raises ValueError with a
    sentence where there is no such notice.
    """
    deadline = watch_list.deadlines[name]
    due = next_due(deadline, now)
    if due is None:
        raise ValueError(f"{name} has no due date left")
    planned = notices_of(deadline, watch_list.channels, due, max(due.at, now) + FAR)
    notice = _pick(planned, lead, channel or next(iter(deadline.channels), ""), now)
    return planned_message(notice, watch_list, notice.at)


def _pick(planned: Sequence[Notice], lead: str | None, channel: str, now: datetime) -> Notice:
    text = parse_lead(lead).text if lead is not None else None
    of_channel = [notice for notice in planned if notice.channel == channel]
    fitting = [notice for notice in of_channel if text is None or notice.lead == text]
    if not fitting:
        known = ", ".join(dict.fromkeys(notice.lead for notice in of_channel if notice.lead)) or "none"
        raise ValueError(f"no notice {'with lead ' + text if text else ''} for channel {channel!r} (leads: {known})")
    return next((notice for notice in fitting if notice.at >= now), fitting[-1])
