"""A date that changes under the running daemon is told, and the daemon goes on."""

from __future__ import annotations

from tests.acceptance.harness import Bench, deadline, soon


async def test_a_moved_date_is_told_once_it_has_settled(bench: Bench) -> None:
    """The channel told of the old date hears of the new one, with both dates; other notices stay on time."""
    ops = await bench.webhook("ops")
    before, after = soon(minutes=30), soon(days=30)
    bench.write(deadline("report", before, ["1h"], settle='"1s"'))
    await bench.start()
    await ops.until(1)
    later = soon(seconds=8)
    bench.write(deadline("report", after, ["1h"], settle='"1s"'), deadline("other", later, ["0"]))
    await ops.until(3)
    moved = next(body["data"] for body in ops.bodies if body["type"] == "deadline.moved")
    timely = next(one for one, body in zip(ops.requests, ops.bodies, strict=True) if body["type"] == "deadline.due")
    assert moved["moved"] == {"from": f"{before:%Y-%m-%dT%H:%M:%SZ}", "to": f"{after:%Y-%m-%dT%H:%M:%SZ}", "note": ""}
    assert (moved["deadline"]["moves"], "1st time" in moved["text"]) == (1, True)
    assert 0.0 <= (timely.at - later).total_seconds() <= 1.0
    bench.wants("ops report upcoming 1h", "ops report moved", "ops other due 0")


async def test_a_series_goes_on_after_each_due_date(bench: Bench) -> None:
    """When an occurrence has passed the daemon turns to the next one, and to everything else that falls due."""
    ops = await bench.webhook("ops")
    bench.write()
    daemon = await bench.start()
    await daemon.ready()
    first, later = soon(seconds=5), soon(seconds=8)
    bench.write(deadline("daily", first, ["0"], repeat='"FREQ=DAILY"'), deadline("other", later, ["0"]))
    await ops.until(2)
    assert [body["data"]["deadline"]["id"] for body in ops.bodies] == ["daily", "other"]
    assert 0.0 <= (ops.requests[1].at - later).total_seconds() <= 1.0
    next_at = await daemon.metric("alerter_next_notice_timestamp_seconds")
    assert 86_300 <= next_at - first.timestamp() <= 86_500
    bench.wants("ops daily due 0", "ops other due 0")
