"""Signed links over real HTTP: what they show, what they do, and when they do nothing."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import get_args

import pytest

from alerter.domain.decisions.acting import Deeds
from alerter.domain.planning.due import sole_due
from alerter.ledger.errors import LedgerLost
from alerter.ledger.keys import LINK_KEY
from alerter.web.signed.links import Link
from tests.acceptance.harness import Bench
from tests.acceptance.waiting import until
from tests.application import running
from tests.servers import Reply
from tests.website import PASSED, REVIEW, TRUCE, Site, serving, words


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A daemon that has told the truce and the review on both channels."""
    async with serving(tmp_path, TRUCE, REVIEW, PASSED) as made:
        await made.delivered(4)
        yield made


async def test_a_message_offers_to_acknowledge_to_snooze_to_close_and_the_page(site: Site) -> None:
    """Every notice about a deadline has its links."""
    links = await site.links("truce")
    assert list(links) == ["ack", "snooze", "close", "page"]
    assert links["page"] == f"{site.address}/deadlines/truce"


async def test_a_scanner_that_follows_every_link_changes_nothing(site: Site) -> None:
    """GET, and HEAD, say beforehand what a POST would stop, and leave the ledger as it is."""
    links = await site.links("truce")
    shown = {name: await site.http.get(link) for name, link in links.items()}
    heads = [await site.http.head(link) for link in links.values()]
    assert {200} == {answer.status_code for answer in [*shown.values(), *heads]}
    assert "No more reminders for Tue 10 Nov 2099, 00:01 EST." in words(shown["ack"])
    assert "at most until Tue 10 Nov 2099, 00:01 EST." in words(shown["snooze"])
    assert "Nothing has been done yet." in words(shown["close"])
    assert await site.actions() == []


async def test_a_post_acts_once_and_the_others_hear_of_it(site: Site) -> None:
    """Who, why and from where are kept; the channel that was not acted from is told."""
    link = (await site.links("truce"))["ack"]
    first = await site.http.post(link, data={"by": "Ana", "note": "with counsel"})
    again = await site.http.post(link, data={"by": "Bo"})
    assert [first.status_code, again.status_code] == [200, 200]
    assert "Acknowledged by Ana: with counsel" in words(first)
    assert "Acknowledged by Ana: with counsel" in words(again)
    assert "nothing was done now" in words(again)
    assert await site.actions() == [("truce", "ack", "Ana", "with counsel")]
    await site.other.until(3)
    assert "Acknowledged by Ana: with counsel" in site.other.bodies[2]["data"]["text"]
    assert [body for body in site.inbox.bodies if "Acknowledged" in body["data"]["text"]] == []


async def test_who_is_being_told_while_somebody_acts_hears_of_it(site: Site) -> None:
    """The message on its way does not say so yet: the line follows."""
    site.other.answer(Reply(delay=2.0))
    later = TRUCE.replace('"truce"', '"later"')
    await site.take(TRUCE, REVIEW, PASSED, later)
    link = (await site.links("later"))["ack"]
    await site.other.until(3)
    assert (await site.http.post(link, data={"by": "Ana"})).status_code == 200
    await site.other.until(4)
    texts = [body["data"]["text"] for body in site.other.bodies[2:]]
    assert ["Acknowledged by Ana" in text for text in texts] == [False, True]


async def test_a_snooze_needs_only_how_long_and_is_kept_once(site: Site) -> None:
    """Sent twice in a hurry it is one snooze; without a name it says where the link came from."""
    link = (await site.links("truce"))["snooze"]
    missing = await site.http.post(link, data={"by": "Ana"})
    answers = [await site.http.post(link, data={"for": "4h"}) for _ in range(2)]
    assert [missing.status_code, *(answer.status_code for answer in answers)] == [422, 200, 200]
    assert await site.actions() == [("truce", "snooze", "ops", "")]


async def test_a_shorter_snooze_takes_the_place_of_a_longer_one(site: Site) -> None:
    """Who asks for less than others did means it; and asks once."""
    answers = [
        (await site.http.post("/api/v1/deadlines/truce/snooze", json={"for": length})).json()
        for length in ("4w", "1d", "1d")
    ]
    assert [answer["repeated"] for answer in answers] == [False, False, True]
    assert answers[0]["until"] > answers[1]["until"] == answers[2]["until"]
    assert len(await site.actions()) == 2


async def test_a_closed_deadline_takes_no_more_links(site: Site) -> None:
    """Closing ends every link but its own, which says who did it."""
    links = await site.links("review")
    closed = await site.http.post(links["close"], data={"by": "Ana", "as": "void"})
    late = await site.http.post(links["ack"], data={"by": "Bo"})
    again = await site.http.post(links["close"], data={"by": "Bo", "as": "met"})
    assert [closed.status_code, late.status_code, again.status_code] == [200, 410, 200]
    assert "This is over already. Nothing was done." in words(late)
    assert "Closed as void by Ana" in words(again)
    assert await site.actions() == [("review", "close", "Ana", "")]


async def test_an_altered_link_does_nothing(site: Site) -> None:
    """Whichever character is changed, also the last, of which not all bits count."""
    link = (await site.links("truce"))["ack"]
    start = link.rindex("/") + 1
    altered = [link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1 :] for at in range(start, len(link), 7)]
    altered += [link[:-1] + letter for letter in "ABCDEFGHIJ" if letter != link[-1]] + [link[:-1], f"{link}A"]
    statuses = {(await site.http.post(one, data={"by": "Eve"})).status_code for one in altered}
    assert ({404}, []) == (statuses, await site.actions())


async def test_after_the_date_moved_a_link_says_so_and_does_nothing(site: Site) -> None:
    """The old message is about a date that is not there any more."""
    links = await site.links("truce")
    await site.take(f'{TRUCE.replace("2099-11-10", "2099-12-10")}settle = "0s"\n', REVIEW, PASSED)
    await site.delivered(6)
    answers = [
        await site.http.post(links[name], data={"by": "Ana", "for": "1h"}) for name in ("ack", "snooze", "close")
    ]
    assert [answer.status_code for answer in answers] == [410] * 3
    assert "The date has moved since this message was sent. Nothing was done." in words(answers[0])
    assert "It is due now: Thu 10 Dec 2099, 00:01 EST." in words(answers[0])
    assert await site.actions() == []


async def test_while_a_changed_date_settles_a_link_is_about_the_date_of_its_message(site: Site) -> None:
    """It may come back; that is the date that the page names, before and after, and it is done once."""
    link = (await site.links("truce"))["ack"]
    await site.take(TRUCE.replace("2099-11-10", "2099-12-10"), REVIEW, PASSED)
    before = await site.http.get(link)
    done, again = [await site.http.post(link, data={"by": "Ana"}) for _ in range(2)]
    assert [answer.status_code for answer in (before, done, again)] == [200] * 3
    for answer in (before, done, again):
        assert "Tue 10 Nov 2099, 00:01 EST" in words(answer)
    assert "nothing was done now" in words(again)
    assert [action.due_key for action in await site.application.ledger.actions()] == [
        "2099-11-10T00:01:00[America/New_York]"
    ]


async def test_an_expired_link_does_nothing(site: Site) -> None:
    """Nobody answers any more for what passed years ago, whatever the link is for."""
    desk = site.application.desk
    due_key = sole_due(desk.find("filing")).key
    links = [Link(action=action, deadline="filing", due_key=due_key, channel="ops") for action in get_args(Deeds)]
    for link in links:
        path = f"/a/{desk.linker.write(link)}"
        sent = await site.http.post(path, data={"by": "Ana", "for": "1h"})
        for answer in (await site.http.get(path), sent):
            assert (answer.status_code, "<form" in answer.text) == (410, False)
            assert "The deadline has passed, and this link with it. Nothing was done." in words(answer)
    assert await site.actions() == []


async def test_links_of_what_is_gone_do_nothing(site: Site) -> None:
    """A deadline that was deleted cannot be acted on."""
    links = await site.links("review")
    await site.take(TRUCE, PASSED)
    answer = await site.http.post(links["ack"], data={"by": "Ana"})
    assert (answer.status_code, await site.actions()) == (410, [])
    assert "not on the watch list any more" in words(answer)


async def test_what_is_deleted_as_somebody_acts_is_said_in_words(site: Site) -> None:
    """The load that drops it is taken while the form is still on its way."""
    link = (await site.links("review"))["ack"]

    async def form() -> AsyncIterator[bytes]:
        yield b"by="
        await site.take(TRUCE, PASSED)
        yield b"Ana"

    answer = await site.http.post(link, content=form(), headers={"content-type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, await site.actions()) == (409, [])
    assert "There is no deadline 'review'." in html.unescape(words(answer))


async def test_links_need_no_login_and_are_served_behind_a_proxy(tmp_path: Path) -> None:
    """Whoever has the link may act, token or not, from wherever the proxy says they come."""
    async with serving(tmp_path, TRUCE, service='token = "a-long-token"\n') as site:
        link = (await site.links("truce"))["ack"]
        answer = await site.http.post(link, data={"by": "Ana"}, headers={"x-forwarded-for": "203.0.113.9"})
        assert (answer.status_code, await site.actions()) == (200, [("truce", "ack", "Ana", "")])


async def test_links_outlive_a_restart_and_die_with_their_key(tmp_path: Path) -> None:
    """The key is made once and kept in the ledger; a key of the configuration takes its place."""
    async with serving(tmp_path, TRUCE) as site:
        token = (await site.links("truce"))["ack"].rpartition("/")[2]
    async with serving(tmp_path, TRUCE) as site:
        assert (await site.http.get(f"/a/{token}")).status_code == 200
    async with serving(tmp_path, TRUCE, service='link_key = "another-key"\n') as site:
        assert (await site.http.get(f"/a/{token}")).status_code == 404


async def test_links_outlive_a_ledger_that_is_lost_in_use(tmp_path: Path) -> None:
    """The daemon that begins anew on an empty one goes on with the keys of the one before."""
    async with AsyncExitStack() as stack:
        bench = Bench(tmp_path, stack)
        await bench.webhook("ops")
        bench.write(TRUCE)
        async with running(bench, None) as first:
            await until(lambda: first.daemon.last_cycle_at is not None, "the first cycle")
            keys = first.desk.key, first.desk.calendar_key
        before = first.left_behind(LedgerLost("the ledger was lost", "the file is gone"))
        async with running(bench, None, f"sqlite:///{tmp_path / 'empty.db'}", before=before) as second:
            await until(lambda: second.daemon.last_cycle_at is not None, "the first cycle on the empty ledger")
            assert (second.desk.key, second.desk.calendar_key) == keys
            assert await second.ledger.meta_get(LINK_KEY) == keys[0]


async def test_without_a_base_url_messages_carry_no_links(tmp_path: Path) -> None:
    """There is nothing that they could start with."""
    async with serving(tmp_path) as site:
        site.bench.write(TRUCE)
        site.application.ask_reload()
        (body,) = await site.told(1)
        assert body["data"]["links"] == {}


async def test_s17_what_people_write_is_text_on_every_page(site: Site) -> None:
    """Names and notes come out literally: neither marks nor formats nor templates."""
    evil = "<script>alert(1)</script>{0.__class__}{{7*7}}%s"
    link = (await site.links("truce"))["ack"]
    answer = await site.http.post(link, data={"by": evil, "note": evil})
    page = await site.http.get("/deadlines/truce")
    refused = await site.http.post((await site.links("truce"))["ack"], data={"by": "Bo"})
    for shown in (answer, page, refused):
        assert (shown.status_code, "<script>alert" in shown.text) == (200, False)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{0.__class__}{{7*7}}%s" in shown.text
    await until(lambda: len(site.other.bodies) > 2, "the line to the other channel")
