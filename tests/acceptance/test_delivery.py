"""The daemon delivers to real receivers, in the form that each of them takes."""

from __future__ import annotations

import json
from typing import Any

from standardwebhooks import Webhook

from tests.acceptance.harness import Bench, deadline, soon
from tests.servers import Reply


async def test_a_webhook_is_signed_and_says_what_the_contract_says(bench: Bench) -> None:
    """The reference verifier of Standard Webhooks accepts the request, and its body is the documented one."""
    ops = await bench.webhook("ops")
    due = soon(minutes=30)
    bench.write(deadline("report", due, ["1h"], severity='"high"', tags='["audit"]'), top='timezone = "Asia/Tokyo"')
    await bench.start()
    await ops.until(1)
    request = ops.requests[0]
    body: Any = Webhook(bench.environ["OPS_SECRET"]).verify(request.body, dict(request.headers))
    notice, told = body["data"]["notice"], body["data"]["deadline"]
    assert (body["type"], body["data"]["moved"], body["data"]["links"]) == ("deadline.upcoming", None, {})
    assert (request.headers["webhook-id"], "1h", "ops", 0, 1) == (
        notice["id"], notice["lead"], notice["channel"], notice["late_by"], notice["attempt"],
    )  # fmt: skip
    assert (told["id"], told["due"], told["date_only"]) == ("report", f"{due:%Y-%m-%dT%H:%M:%SZ}", False)
    assert (told["severity"], told["tags"], told["status"], told["moves"]) == ("high", ["audit"], "open", 0)
    bench.wants("ops report upcoming 1h")


async def test_a_notice_comes_within_a_second_of_its_instant(bench: Bench) -> None:
    """What is planned for a few seconds ahead arrives then, not before, and at most a second after."""
    ops = await bench.webhook("ops")
    bench.write()
    daemon = await bench.start()
    await daemon.ready()
    due = soon(seconds=5)
    bench.write(deadline("report", due, ["0"]))
    await ops.until(1)
    late = (ops.requests[0].at - due).total_seconds()
    assert 0.0 <= late <= 1.0
    bench.wants("ops report due 0")


async def test_mail_is_sent_encrypted_and_logged_in(bench: Bench) -> None:
    """A server that insists on STARTTLS and a login, under a private authority, gets the whole mail."""
    legal = await bench.mail("legal")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    await bench.start()
    await legal.until(1)
    mail = legal.mails[0]
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert legal.server.logins == [("alerter", bench.environ["SMTP_PASSWORD"])]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    assert (mail["Auto-Submitted"], mail["To"]) == ("auto-generated", "desk@example.com")
    assert "About report" in mail["Subject"]
    bench.wants("legal report upcoming 1h")


async def test_slack_gets_blocks(bench: Bench) -> None:
    """Blocks stand at top level beside a plain text, and text from the configuration pings nobody."""
    desk = await bench.slack("desk")
    bench.write(deadline("report", soon(minutes=30), ["1h"], note='"<!channel> & all"'))
    await bench.start()
    await desk.until(1)
    body = desk.bodies[0]
    assert "About report is due in" in body["text"]
    assert {block["type"] for block in body["blocks"]} >= {"header", "section"}
    assert "<!channel>" not in json.dumps(body)
    bench.wants("desk report upcoming 1h")


async def test_slack_saying_200_but_not_ok_is_no_delivery(bench: Bench) -> None:
    """A 200 whose body says that it failed is tried again until Slack says `ok`."""
    desk = await bench.slack("desk")
    desk.answer(Reply(body=b"rollup_error"))
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await daemon.says("notice.retried")
    assert daemon.events("notice.delivered") == []
    await desk.until(2)
    delivered = await daemon.says("notice.delivered")
    assert (delivered["channel"], len(desk.requests)) == ("desk", 2)
    bench.wants("desk report upcoming 1h")


async def test_a_dead_channel_delays_no_other(bench: Bench) -> None:
    """While one receiver leaves a request hanging, the other has its notices on time."""
    slow, ops = await bench.webhook("slow"), await bench.webhook("ops")
    slow.answer(Reply(ending="hang"))
    first = deadline("first", soon(minutes=20), ["1h"], channels='["slow", "ops"]')
    bench.write(first)
    await bench.start()
    await slow.until(1)
    due = soon(seconds=10)
    bench.write(first, deadline("second", due, ["0"], channels='["ops"]'))
    await ops.until(2)
    late = (ops.requests[1].at - due).total_seconds()
    assert (ops.bodies[1]["data"]["deadline"]["id"], 0.0 <= late <= 1.0) == ("second", True)
    bench.wants("ops first upcoming 1h", "ops second due 0", "slow first upcoming 1h")


async def test_a_receiver_that_asks_for_rest_has_it_though_it_takes_what_came_before(bench: Bench) -> None:
    """Retry-After holds the whole channel, also when a message that was on its way then is accepted afterwards."""
    ops = await bench.webhook("ops")
    ops.answer(Reply(status=429, headers=(("retry-after", "5"),)), Reply(delay=2.0))
    bench.write(*(deadline(name, soon(minutes=30), ["1h"]) for name in ("one", "two")))
    await bench.start()
    await ops.until(3)
    first, _, third = ops.requests
    assert (third.at - first.at).total_seconds() >= 5.0
    bench.wants("ops one upcoming 1h", "ops two upcoming 1h")
