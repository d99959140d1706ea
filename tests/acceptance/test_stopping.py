"""However the daemon ends, nothing is lost and nothing is told twice without need."""

from __future__ import annotations

import json
import signal

from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.waiting import quickest
from tests.servers import Reply


async def test_a_kill_in_the_middle_of_a_request_repeats_only_that_notice(bench: Bench) -> None:
    """After kill -9 with one answer outstanding the next daemon sends that notice again, under its id, and no other."""
    ops = await bench.webhook("ops")
    answered = deadline("answered", soon(minutes=30), ["1h"])
    bench.write(answered)
    first = await bench.start()
    await first.says("notice.delivered")
    ops.answer(Reply(ending="hang"))
    bench.write(answered, deadline("hanging", soon(minutes=40), ["1h"]))
    await ops.until(2)
    killed = await first.end(signal.SIGKILL)
    await bench.start()
    await ops.until(3)
    ids = [request.headers["webhook-id"] for request in ops.requests]
    assert (killed.code, ids[2], len(set(ids))) == (-signal.SIGKILL, ids[1], 2)
    bench.may_repeat.add("ops hanging upcoming 1h")
    bench.wants("ops answered upcoming 1h", "ops hanging upcoming 1h")


async def test_sigterm_ends_an_idle_daemon_at_once(bench: Bench) -> None:
    """With nothing to do it is gone within a second and a half, with exit code 0."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))

    async def stop() -> float:
        daemon = await bench.start()
        await daemon.ready()
        await ops.until(1)
        ended = await daemon.end()
        assert ended.code == 0
        return ended.took

    assert await quickest(stop, 1.5) < 1.5
    bench.wants("ops report upcoming 1h")


async def test_sigterm_ends_the_daemon_though_receivers_hang(bench: Bench) -> None:
    """Requests without an answer hold it up for less than eight seconds; the next daemon repeats them, and says so."""
    ops, desk = await bench.webhook("ops"), await bench.slack("desk")
    ops.answer(Reply(ending="hang"))
    desk.answer(Reply(ending="hang"))
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await ops.until(1)
    await desk.until(1)
    ended = await daemon.end()
    assert (ended.code, ended.took < 8.0) == (0, True)
    again = await bench.start()
    await again.says("notice.delivered", count=2)
    assert ops.requests[0].headers["webhook-id"] == ops.requests[1].headers["webhook-id"]
    assert ["Repeat possible" in request.body.decode() for request in desk.requests] == [False, True]
    assert [json.loads(request.body)["data"]["notice"]["attempt"] for request in ops.requests] == [1, 2]
    notices = ["ops report upcoming 1h", "desk report upcoming 1h"]
    bench.may_repeat.update(notices)
    bench.wants(*notices)


async def test_sigterm_after_a_reload_lets_attempts_of_changed_channels_end(bench: Bench) -> None:
    """As those of others: what is answered within the grace is recorded, and what is not is given back at once."""
    ops, desk = await bench.receiver("ops"), await bench.receiver("desk")
    ops.answer(Reply(delay=4.0))
    desk.answer(Reply(ending="hang"))
    report = deadline("report", soon(minutes=30), ["1h"])
    bench.write(report, more=_webhooks(ops, desk))
    daemon = await bench.start()
    await ops.until(1)
    await desk.until(1)
    bench.write(report, more=_webhooks(ops, desk, more="concurrency = 3"))
    await daemon.says("config.loaded")
    ended = await daemon.end()
    delivered = [one["channel"] for one in daemon.events("notice.delivered")]
    assert (ended.code, ended.took < 8.0, delivered) == (0, True, ["ops"])
    again = await bench.start()
    await again.says("notice.delivered", within=4.0)
    assert [json.loads(request.body)["data"]["notice"]["attempt"] for request in desk.requests] == [1, 2]
    bench.may_repeat.add("desk report upcoming 1h")
    bench.wants("ops report upcoming 1h", "desk report upcoming 1h")


def _webhooks(*inboxes: HttpInbox, more: str = "") -> str:
    tables = (f'[channels.{each.channel}]\ntype = "webhook"\nurl = "{each.receiver.url}"\n{more}' for each in inboxes)
    return "\n".join(tables)


async def test_f15_a_second_daemon_on_the_same_ledger_is_refused(bench: Bench) -> None:
    """It ends with 75 within two seconds, and the first one goes on as if nothing had been."""
    ops = await bench.webhook("ops")
    bench.write()
    first = await bench.start()
    await first.ready()
    bench.write(deadline("report", soon(seconds=6), ["0"]))

    async def start_second() -> float:
        second = await bench.command("run")
        assert (second.code, "another daemon holds the ledger" in second.err) == (75, True)
        return second.took

    assert await quickest(start_second, 2.0) < 2.0
    await ops.until(1)
    bench.wants("ops report due 0")


async def test_g9_a_daemon_without_a_usable_configuration_ends_and_names_every_problem(bench: Bench) -> None:
    """It ends with 78, and has named all problems with their places."""
    bench.write(
        '[[deadline]]\nid = "one"\ntitle = "One"\n',
        '[[deadline]]\nid = "two"\ntitle = "Two"\ndue = 2036-01-01\nleeds = ["1d"]\n',
        '[[deadline]]\nid = "three"\ntitle = "Three"\ndue = 2036-01-01\nchannels = ["nobody"]\n',
    )
    ran = await bench.command("run")
    assert ran.code == 78
    assert [code for code in ("[missing-key]", "[unknown-key]", "[unknown-channel]") if code not in ran.err] == []
    assert ran.err.count("alerter.toml:") == 3
