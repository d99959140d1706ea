"""What a person does from the command line beside the running daemon takes effect within seconds, and is told."""

from __future__ import annotations

import asyncio
from datetime import datetime

from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.waiting import until_answered
from tests.servers import Reply

ACTS_WITHIN = 10.0


async def test_an_acknowledgement_and_a_closing_stop_what_they_say_and_are_told(bench: Bench) -> None:
    """Neither deadline has its last notice any more, the channel hears who did what, and the history keeps it."""
    ops = await bench.webhook("ops")
    bench.write()
    daemon = await bench.start()
    await daemon.ready()
    due = soon(seconds=17)
    bench.write(
        deadline("seen", due, ["1h", "0"]),
        deadline("done", due, ["1h", "0"]),
        deadline("untouched", due, ["0"]),
    )
    await ops.until(2)
    acked, closed = await asyncio.gather(
        bench.command("ack", "seen", "--by", "Ana", "--note", "on it"),
        bench.command("close", "done", "--as", "met", "--by", "Bo"),
    )
    await ops.until(4, within=ACTS_WITHIN)
    lines = sorted((body["data"]["text"] for body in ops.bodies[2:4]), reverse=True)
    assert (acked.code, closed.code) == (0, 0)
    assert ["Acknowledged by Ana" in lines[0], "on it" in lines[0], "is closed: met" in lines[1]] == [True] * 3
    await ops.until(5)
    assert ops.bodies[4]["data"]["deadline"]["id"] == "untouched"
    history = await bench.command("history", "--format", "json")
    kept = [(one["deadline"], one["action"], one["by"], one["note"]) for one in history.json["actions"]]
    states = {one["deadline"]: (one["state"], one["reason"]) for one in history.json["notices"] if one["lead"] == "0"}
    assert sorted(kept) == [("done", "close", "Bo", ""), ("seen", "ack", "Ana", "on it")]
    assert states["untouched"] == ("delivered", None)
    assert {name: state for name, state in states.items() if name != "untouched" and state[0] != "skipped"} == {}
    bench.wants("ops seen upcoming 1h", "ops done upcoming 1h", "ops seen upcoming", "ops done closed")
    bench.wants("ops untouched due 0")


async def test_a_snooze_puts_off_what_would_have_come(bench: Bench) -> None:
    """A notice that falls into the snooze comes when it ends, once, and says that it was put off."""
    ops = await bench.webhook("ops")
    bench.write()
    daemon = await bench.start()
    await daemon.ready()
    bench.write(deadline("report", soon(minutes=1.2), ["1h", "1m"]))
    await ops.until(1)
    snoozed = await bench.command("snooze", "report", "--for", "10s", "--by", "Ana")
    await ops.until(2, within=ACTS_WITHIN)
    await ops.until(3, within=30.0)
    history = await bench.command("history", "--format", "json")
    action = history.json["actions"][0]
    late = (ops.requests[2].at - datetime.fromisoformat(action["at"])).total_seconds()
    assert (snoozed.code, action["action"], action["by"]) == (0, "snooze", "Ana")
    assert "Snoozed" in ops.bodies[1]["data"]["text"]
    assert (ops.bodies[2]["data"]["notice"]["lead"], 9.0 <= late <= 12.0) == ("1m", True)
    bench.wants("ops report upcoming 1h", "ops report upcoming", "ops report upcoming 1m")


async def test_what_fails_after_it_was_acknowledged_is_not_tried_again(bench: Bench) -> None:
    """An attempt that was on its way when somebody acknowledged may fail: then it ends, and nothing is repeated."""
    ops = await bench.webhook("ops")
    ops.answer(Reply(status=500, delay=6.0))
    bench.write()
    daemon = await bench.start()
    await daemon.ready()
    bench.write(deadline("report", soon(minutes=10), ["1h"]))
    await ops.until(1)
    acked = await bench.command("ack", "report", "--by", "Ana")

    async def ended() -> str | None:
        history = await bench.command("history", "--format", "json")
        notice = history.json["notices"][0]
        return str(notice["reason"]) if notice["state"] == "skipped" else None

    assert (acked.code, await until_answered(ended, "the end of the notice")) == (0, "acknowledged")
    assert len(ops.requests) == 1


async def test_a_retried_notice_is_sent_though_its_channel_was_gone(bench: Bench) -> None:
    """After a 410 the notice is dead; once the receiver is back, `retry` has it sent again, under its id."""
    ops = await bench.webhook("ops")
    ops.answer(Reply(status=410))
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    bench.faults.add("notice.dead")
    daemon = await bench.start()
    await daemon.says("notice.dead")
    retried = await bench.command("retry", ops.requests[0].headers["webhook-id"])
    await ops.until(2, within=ACTS_WITHIN)
    assert (retried.code, retried.out.strip()) == (0, ops.requests[1].headers["webhook-id"])
    bench.wants("ops report upcoming 1h")
