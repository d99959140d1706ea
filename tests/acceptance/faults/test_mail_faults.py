"""Mail whose answer is lost, and titles that would be headers: the daemon as a whole.

The names are those of the catalogue of faults. How each answer of a mail server is judged is in the contract suite.
"""

from __future__ import annotations

import pytest

from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.inbox import MailInbox


@pytest.fixture
async def desk(bench: Bench) -> MailInbox:
    """A mail server that wants STARTTLS and a login."""
    return await bench.mail("desk")


async def test_d8_a_mail_whose_answer_was_lost_comes_again_under_its_id(bench: Bench, desk: MailInbox) -> None:
    """The connection drops after the mail: it is repeated with the same Message-ID, and the repeat says so."""
    desk.server.data.append("drop")
    bench.write(deadline("report", soon(minutes=30), ["1h"]))
    daemon = await bench.start()
    await desk.until(2)
    await daemon.says("notice.delivered")
    first, second = desk.mails
    assert first["Message-ID"] == second["Message-ID"]
    body = second.get_body(("plain",))
    assert body is not None
    assert "Repeat possible" in body.get_content()
    bench.may_repeat.add("desk report upcoming 1h")
    bench.wants("desk report upcoming 1h")


async def test_d12_a_title_adds_no_header_and_no_recipient(bench: Bench, desk: MailInbox) -> None:
    """Line breaks of every kind in a title: one mail, one recipient, no header of the title's making."""
    title = r'"Truce\r\nBcc: eve@example.com\u2028X-Evil: 1\u0085\u000bTo: eve@example.com"'
    hostile = deadline("report", soon(minutes=30), ["1h"]).replace('"About report"', title)
    bench.write(hostile)
    daemon = await bench.start()
    await desk.until(1)
    await daemon.says("notice.delivered")
    (mail,) = desk.mails
    assert (mail["Bcc"], mail["X-Evil"], str(mail["To"])) == (None, None, "desk@example.com")
    assert [taken.recipients for taken in desk.server.mails] == [("desk@example.com",)]
    bench.wants("desk report upcoming 1h")
