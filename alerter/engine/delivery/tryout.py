"""Messages outside the plan: a test through the real channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerter.channels.port import Sender
from alerter.channels.render import render_safely
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind, notice_id
from alerter.domain.notices.outcome import Outcome, Retry
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.language import speak
from alerter.engine.delivery.compose import bare_message

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
    channel = watch_list.channels[name]
    speech = speak(channel.language)
    return bare_message(
        notice_id(Kind.TEST, name, now.isoformat()),
        Kind.TEST,
        channel,
        now,
        title=speech.say("test", "Test of channel {name}", name=name),
        text=speech.say("test", "This is a test. If you can read it, deadlines will reach you here."),
    )
