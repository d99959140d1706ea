"""Bundles and digests in the order of reading: what has passed first, then day by day, then the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind
from alerter.domain.words.language import ENGLISH, marked, speak
from alerter.domain.words.spoken_time import day

_PASSED, _PASSED_SEEN, _BY_DAY, _WITHOUT_DATE, _CLOSED = range(5)
_HEADINGS = {
    _PASSED: marked("heading", "Passed, nobody said it was met"),
    _PASSED_SEEN: marked("heading", "Passed"),
    _WITHOUT_DATE: marked("heading", "Without a date"),
    _CLOSED: marked("heading", "Closed"),
}

_Group = tuple[int, date]


def agenda(items: Iterable[Message]) -> list[tuple[str, list[Message]]]:
    """The items under headings."""
    return [(_heading(group, members), members) for group, members in _grouped(items)]


def unanswered(item: Message) -> str:
    """`Passed, nobody said it was met`, of an item of which that is so; else empty."""
    group = _group(item)
    return _heading(group, [item]) if group[0] == _PASSED else ""


def ordered(items: Iterable[Message]) -> list[Message]:
    """The items in that order."""
    return [item for _, members in _grouped(items) for item in members]


def _grouped(items: Iterable[Message]) -> list[tuple[_Group, list[Message]]]:
    return [(group, list(members)) for group, members in groupby(sorted(items, key=_key), key=_group)]


def _key(item: Message) -> tuple[_Group, str, str]:
    return _group(item), item.due.at.isoformat() if item.due else "", item.id


def _group(item: Message) -> _Group:
    if item.kind is Kind.CLOSED:
        return _CLOSED, date.min
    if item.due is None:
        return _WITHOUT_DATE, date.min
    if item.due.at > item.now - timedelta(minutes=1):
        local = item.due.local
        return _BY_DAY, local.date() if isinstance(local, datetime) else local
    return (_PASSED_SEEN if item.actions else _PASSED), date.min


def _heading(group: _Group, members: list[Message]) -> str:
    language = members[0].language if members else ENGLISH
    rank, local = group
    return day(local, language) if rank == _BY_DAY else speak(language).say(*_HEADINGS[rank])
