"""The long tail: whatever Apprise can reach. Apprise itself is an optional extra, imported only when it is used.

Its calls block, so they run on threads of this channel's own: a slow service takes none from the others. It opens its
own connections, so the whole process is kept from the addresses, proxies and redirects that no channel may use.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from alerter.channels.dialling import guard_all_sockets
from alerter.channels.port import Rendered
from alerter.channels.registry import ChannelType, ChannelUnavailableError, Context
from alerter.config.channel import ChannelSettings
from alerter.config.fields import Secret
from alerter.domain.messages.facts import Fact, facts, remarks
from alerter.domain.messages.message import Message, unbundled
from alerter.domain.messages.wording import agenda, headline, hint, item_link, item_words, links, subject, text
from alerter.domain.notices.notice import Kind
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Retry

LIMIT = timedelta(seconds=60)

_MARKS = frozenset("\\`*_{}[]()<>#+-.!|~&@")


class AppriseSettings(ChannelSettings):
    """Any of Apprise's services."""

    type: Literal["apprise"] = Field(description="Notifies through Apprise.")
    url: Secret = Field(description="An Apprise URL, such as tgram://… or ntfy://….")
    bundle_over: int | None = Field(
        default=5, ge=1, le=1000, description="More notices than this at once become one message."
    )


class AppriseSender:
    """Sends through one Apprise URL."""

    def __init__(self, library: Any, url: str, limit: timedelta, concurrency: int) -> None:
        self._library = library
        self._url = url
        self._limit = limit
        self._asset = library.AppriseAsset(http_redirects=False)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="apprise")

    async def open(self) -> None:
        """Nothing to make ready."""

    def render(self, message: Message) -> Rendered:
        """A title, and the text, plain and in Markdown: which of the two a service shows it knows itself."""
        spoken = unbundled(message)
        return Rendered(subject=subject(spoken), text=text(spoken), body=_markdown(spoken))

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """One notification. Apprise says only yes or no, not why."""
        try:
            async with asyncio.timeout(self._limit.total_seconds()):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, self._notify, rendered)
        except TimeoutError:
            return Retry(detail=f"no answer within {self._limit.total_seconds():g} s", is_ambiguous=True)
        except Exception as error:  # noqa: BLE001 - the one catch-all of an attempt: it becomes its outcome
            return Retry(detail=f"Apprise failed ({type(error).__name__})", cause=Cause.CONTENT)

    def _notify(self, rendered: Rendered) -> Outcome:
        notifier = self._library.Apprise(asset=self._asset)
        if not notifier.add(self._url):
            return Retry(detail="Apprise knows no service by this url", cause=Cause.NEEDS_PERSON)
        formats = self._library.NotifyFormat
        shown = {service.resolve_format(formats.MARKDOWN) for service in notifier}
        takes_marks = rendered.body and shown != {formats.TEXT}
        style, body = (formats.MARKDOWN, rendered.body) if takes_marks else (formats.TEXT, rendered.text)
        if not notifier.notify(title=rendered.subject, body=body, body_format=style):
            return Retry(detail="Apprise could not send it")
        return Delivered(detail="sent by Apprise")

    async def close(self) -> None:
        """Let go of the threads; what still blocks ends by its own limits."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def escape(words: str) -> str:
    """The words with Markdown's marks as plain characters."""
    return "".join(f"\\{character}" if character in _MARKS else character for character in words)


def _markdown(message: Message) -> str:
    if message.kind in (Kind.BUNDLE, Kind.DIGEST):
        days = [_day(heading, items) for heading, items in agenda(message.items)]
        return "\n\n".join([*(days or [escape(headline(message))]), *map(escape, remarks(message))])
    if message.deadline is None:
        return escape(text(message)).replace("\n", "  \n")
    rows = [f"- **{escape(fact.label)}**: {_value(fact)}" for fact in [*facts(message), *links(message)]]
    said = [escape(words) for words in (hint(message), *remarks(message)) if words]
    return "\n\n".join([f"**{escape(headline(message))}**", "\n".join(rows), *said])


def _day(heading: str, items: list[Message]) -> str:
    return "\n".join([f"**{escape(heading)}**", "", *(f"- {_item(item)}" for item in items)])


def _item(item: Message) -> str:
    words, link = escape(item_words(item)), item_link(item)
    return words if link is None else f"{words} {escape(link.label)}: {_value(link)}"


def _value(fact: Fact) -> str:
    if fact.url and not set(fact.value) & set("<> "):
        return f"<{fact.value}>"
    return "  \n  ".join(filter(None, escape(fact.value).split("\n")))  # an empty line would end the list


def _build(settings: AppriseSettings, name: str, context: Context) -> AppriseSender:
    try:
        library: Any = importlib.import_module("apprise")
    except ImportError:
        raise ChannelUnavailableError(
            f'channel "{name}" needs Apprise, which is not installed: install alerter[apprise]'
        ) from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it writes addresses into its log
    os.environ.update(NO_PROXY="*", no_proxy="*", NETRC=os.devnull)  # its requests would follow them
    guard_all_sockets()
    return AppriseSender(library, settings.url.get_secret_value(), context.limit or LIMIT, settings.concurrency)


CHANNEL = ChannelType(name="apprise", settings=AppriseSettings, build=_build, longest_for=timedelta(seconds=65))
