"""What `alerter simulate` says is what the daemon does: one watch list through both, side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerter.engine.time.clock import SystemClock
from tests.acceptance.harness import Bench, deadline
from tests.acceptance.waiting import until
from tests.application import running

START = datetime(2021, 3, 1, 12, tzinfo=UTC)
END = START + timedelta(minutes=120)
RATE = 300.0  # the two hours take 24 seconds
BEFORE = timedelta(minutes=25)  # five seconds for the start, in which nothing happens: machines may be busy

# Five minutes are one second here, after which a notice counts as missed: told all the same, on a busy machine too.
DEFAULTS = '[defaults]\ncatch_up = "all"\nchannels = ["ops", "desk"]\n'


def at(minutes: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


DEADLINES = (
    deadline("plain", at(60), ["50m", "20m", "7m", "0"]),
    deadline("begun", at(33), ["1h", "5m"]),
    deadline("nagging", at(40), ["3m"], overdue='{ every = "9m", times = 3 }'),
    deadline("coinciding", at(90), ["1h", "60m", "15m"]),
    deadline("raised", at(100), ["23m"], escalate='[{ lead = "12m", channels = ["ops"] }]', channels='["desk"]'),
    deadline("pulse", at(5), ["0"], repeat='"FREQ=HOURLY"'),
    deadline("quiet", at(118), ["35m"], channels='["night"]'),
    deadline("past", at(-40), ["1h", "0"]),
)
NIGHT = "quiet = { from = 13:20:00, until = 13:45:00 }\n"


def line_of(event: dict[str, Any]) -> str:
    """The event's notice as the bench names it."""
    parts = (event["channel"], event["deadline"], event["kind"].removeprefix("deadline."), event["lead"])
    return " ".join(part for part in parts if part)


async def test_daemon_and_simulation_tell_the_same_story(bench: Bench) -> None:
    """Notices about eight deadlines of different kinds: the same ids with the same events, in the same order."""
    for channel, more in (("ops", ""), ("desk", ""), ("night", NIGHT)):
        await bench.webhook(channel, more=more)
    bench.write(*DEADLINES, more=DEFAULTS)
    span = ("--from", START.isoformat(), "--until", END.isoformat())
    simulated = await bench.command("simulate", *span, "--format", "json")
    foretold = {(one["notice"], one["event"]): one["at"] for one in simulated.json["events"]}
    async with running(bench, SystemClock(start=START - BEFORE, rate=RATE)) as application:
        await until(lambda: application.clock.now() >= END, "two hours", within=60.0)
        happened = sorted((one for one in application.happenings or () if one.at < END), key=lambda one: one.at)
    lived = [(one.notice, one.event) for one in happened]
    assert sorted(foretold) == sorted(lived)
    assert sorted(foretold.values()) == [foretold[event] for event in lived]
    assert {"delivered", "skipped", "held"} == {event for _, event in lived}
    told = [one for one in simulated.json["events"] if one["event"] == "delivered"]
    bench.wants(*(line_of(one) for one in told))
