"""Slack that limits, is not there, or has been told to be quiet for good: the daemon as a whole.

The names are those of the catalogue of faults. How each of Slack's words is judged is in the contract suite.
"""

from __future__ import annotations

import pytest

from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.waiting import until
from tests.servers import Reply

FAULT = pytest.mark.fault


async def test_c2_a_login_page_is_no_delivery_and_the_fallback_hears(bench: Bench) -> None:
    """200 with a page is told to ops at once and through the fallback soon after; the notice goes on being tried."""
    desk = await bench.slack("desk", more='fallback = "legal"\nfallback_after = "1s"\n')
    legal, ops = await bench.webhook("legal"), await bench.webhook("ops")
    desk.answer(*[Reply(body=b"<html>please log in</html>")] * 50)
    bench.write(deadline("report", soon(minutes=30), ["1h"], channels='["desk"]'), service='ops = ["ops"]')
    await bench.start()
    await ops.until(1)
    await legal.until(1)
    assert "desk" in ops.bodies[0]["data"]["text"]
    assert legal.bodies[0]["data"]["deadline"]["id"] == "report"
    bench.wants("legal report upcoming 1h", "ops - alerter.problem")


async def test_c8_an_archived_channel_is_told_once_and_its_notices_through_the_fallback(bench: Bench) -> None:
    """Twenty notices to a channel that is gone: one request, one word to ops, twenty through the fallback."""
    desk = await bench.slack("desk", more='fallback = "legal"\nbundle_over = 1000\n')
    legal, ops = await bench.webhook("legal"), await bench.webhook("ops")
    desk.answer(*[Reply(status=410, body=b"channel_is_archived")] * 50)
    names = [f"d{number:02}" for number in range(20)]
    reports = [deadline(name, soon(minutes=30), ["1h"], channels='["desk"]') for name in names]
    bench.write(*reports, service='ops = ["ops"]')
    bench.faults.add("notice.dead")
    daemon = await bench.start()
    await legal.until(20)
    await daemon.says("notice.dead", count=20)
    await ops.until(1)
    await daemon.end()
    assert 1 <= len(desk.requests) <= 2  # two may be on their way when the first answer comes
    bench.wants(*(f"legal {name} upcoming 1h" for name in names), "ops - alerter.problem")


@FAULT
async def test_c3_a_limit_is_kept_by_the_whole_channel(bench: Bench) -> None:
    """429 with Retry-After 4 on the first of twenty: nothing is asked for four seconds, then all go at the rate."""
    desk = await bench.slack("desk", more='bundle_over = 1000\nrate = "5/s"\nconcurrency = 1\n')
    desk.answer(Reply(status=429, body=b"rate_limited", headers=(("retry-after", "4"),)))
    names = [f"d{number:02}" for number in range(20)]
    bench.write(*(deadline(name, soon(minutes=30), ["1h"]) for name in names))
    daemon = await bench.start()
    await until(lambda: len(desk.requests) >= 21, "21 requests", within=40)
    await daemon.says("notice.delivered", count=20)
    times = [request.at for request in desk.requests]
    assert len(times) == 21
    assert (times[1] - times[0]).total_seconds() >= 3.9
    assert (times[20] - times[1]).total_seconds() >= 19 / 5 - 0.5
    bench.wants(*(f"desk {name} upcoming 1h" for name in names))
