"""A year of forty deadlines in the real daemon, on a clock that passes over the days on which nothing happens."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial

import pytest

from alerter.app import Application
from tests.acceptance.harness import Bench
from tests.acceptance.waiting import until
from tests.application import running
from tests.integration.test_clock_jumps import START, JumpingClock

END = START + timedelta(days=365)
JUST_BEFORE = timedelta(seconds=2)
ZONES = ("America/New_York", "Europe/Madrid", "Australia/Lord_Howe", "UTC")
LEADS = ["30d", "7d", "3bd", "1d @ 08:30", "2h", "0"]


def deadline(number: int) -> str:
    """One every nine days, of several zones; each third has a date alone."""
    due = START + timedelta(days=9 * number + 3, hours=7 * number % 24)
    local = f"{due:%Y-%m-%d}" if number % 3 == 0 else f"{due:%Y-%m-%dT%H:%M:%S}"
    leads = json.dumps(LEADS[number % 2 :: 2] if number % 3 == 0 else LEADS)
    return (
        f'[[deadline]]\nid = "d{number:02}"\ntitle = "About {number}"\ndue = {local}\n'
        f'timezone = "{ZONES[number % len(ZONES)]}"\nleads = {leads}\n'
    )


@pytest.mark.fault
async def test_e6_a_year_brings_every_lead_once_and_in_order(bench: Bench) -> None:
    """What was planned for the year is what comes, in that order, and nothing late by more than a moment."""
    desk, clock = await bench.webhook("desk"), JumpingClock()
    bench.write(*map(deadline, range(40)), more='[defaults]\ncatch_up = "all"\n')
    span = ("--from", START.isoformat(), "--until", END.isoformat())
    planned = (await bench.command("plan", *span, "--format", "json")).json["notices"]
    instants = {one["id"]: datetime.fromisoformat(one["at"]) for one in planned}
    async with running(bench, clock) as application:
        await until(lambda: application.ready() == [], "the first cycle")
        for instant in sorted(set(instants.values())):
            clock.pass_by(max(timedelta(0), instant - JUST_BEFORE - clock.now()))
            application.wake.set()
            wanted = {name for name, at in instants.items() if at <= instant}
            await until(partial(has_told, application, wanted), f"{instant}", within=60.0)
        told = [one for one in application.happenings or () if one.event == "delivered"]
    assert ([one.notice for one in told if one.late_by > 60], len(planned) > 150) == ([], True)
    came = [request.headers["webhook-id"] for request in desk.requests if request.headers["webhook-id"] in instants]
    assert sorted(came) == sorted(instants)
    assert [instants[name] for name in came] == sorted(instants.values())
    first = [one for one in told if one.reason == "first-seen"]
    bench.wants(*(f"desk {one.deadline} upcoming {one.lead}" for one in first))
    bench.wants(*(f"desk {one['deadline']} {one['kind'].removeprefix('deadline.')} {one['lead']}" for one in planned))


def has_told(application: Application, wanted: set[str]) -> bool:
    """Whether all these notices have been told."""
    return wanted <= {one.notice for one in application.happenings or () if one.event == "delivered"}
