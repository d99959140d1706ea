"""Routes and digests as values, and names that two tables of an array share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from alerter.config.findings import Finding, Path
from alerter.config.models import DigestTable, RouteTable
from alerter.config.resolve import Resolver, resolve_match
from alerter.domain.dates.cron import CronError, check_cron
from alerter.domain.planning.watchlist import Digest, Route

DEFAULT_HORIZON = timedelta(days=14)


def build_routes(resolver: Resolver, tables: Sequence[RouteTable | None]) -> list[Route]:
    """The routes in order; unknown channels are noted."""
    return [
        Route(
            match=resolve_match(table.match),
            channels=resolver.find_channels(("route", index, "channels"), table.channels or ()),
            continues=bool(table.continues),
        )
        for index, table in enumerate(tables)
        if table is not None
    ]


def build_digests(resolver: Resolver, tables: Sequence[DigestTable | None]) -> dict[str, Digest]:
    """The digests by name; unknown channels and bad expressions are noted."""
    digests: dict[str, Digest] = {}
    for index, table in enumerate(tables):
        if table is not None:
            digest = _build_digest(resolver, ("digest", index), table)
            digests.setdefault(digest.name, digest)
    return digests


def _build_digest(resolver: Resolver, path: Path, table: DigestTable) -> Digest:
    if table.cron is not None:
        try:
            check_cron(table.cron)
        except CronError as error:
            resolver.note((*path, "cron"), "bad-value", str(error))
    return Digest(
        name=table.name or "",
        cron=table.cron or "",
        zone=resolver.zone,
        horizon=table.horizon or DEFAULT_HORIZON,
        match=resolve_match(table.match),
        channels=resolver.find_channels((*path, "channels"), table.channels or ()),
    )


def find_twins(name: str, key: str, tables: Sequence[Any]) -> Iterator[Finding]:
    """A finding for each table of an array whose `key` an earlier one has as well."""
    first: dict[str, int] = {}
    for index, table in enumerate(tables):
        value = table.get(key) if isinstance(table, dict) else None
        if not isinstance(value, str):
            continue
        if value in first:
            message = f"there is already a {name} {value!r}"
            yield Finding(path=(name, index, key), code="duplicate", message=message, first=(name, first[value], key))
        first.setdefault(value, index)
