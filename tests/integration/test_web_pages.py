"""The pages over real HTTP: what they show, to whom, and what can be done on them."""

from __future__ import annotations

import asyncio
import html
import re
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from alerter.web.pages import rendering
from tests.acceptance.waiting import until_answered
from tests.servers import Reply
from tests.website import PASSED, REVIEW, TRUCE, Site, serving, words

TOKEN = 'token = "a-long-token"\n'
HOURLY = """
[[deadline]]
id = "hourly"
title = "Look at the queue"
due = 2024-01-01T00:00:00
repeat = "FREQ=HOURLY"
leads = ["1h", "0"]
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A daemon that has told the truce and the review on both channels."""
    async with serving(tmp_path, TRUCE, REVIEW, PASSED) as made:
        await made.delivered(4)
        yield made


def field(page: httpx.Response, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None
    return found[1].replace("&#43;", "+").replace("&amp;", "&")


async def test_the_first_page_shows_everything_at_a_glance(site: Site) -> None:
    """What passed unanswered on top, what is coming with certainty and last check, what was sent, the channels."""
    shown = words(await site.http.get("/"))
    assert "Passed, nobody said it was met 1" in shown
    assert shown.index("File the request") < shown.index("Quarterly review") < shown.index("Tariff truce expires")
    assert "likely to be extended , checked Sun 14 Sep 2025" in shown
    assert "told: desk, ops" in shown
    assert shown.count("delivered") >= 4
    assert "ops webhook fine last delivered" in shown


async def test_what_waits_for_a_channel_goes_out_when_the_channel_does(site: Site) -> None:
    """No time is named that has passed already: the notice and its channel wait for the same."""
    site.other.answer(*[Reply(status=429, headers=(("retry-after", "3600"),))] * 9)
    await site.http.post("/api/v1/deadlines/truce/ack", json={"by": "Ana"})
    await site.other.until(3)

    async def both() -> list[str] | None:
        shown = words(await site.http.get("/"))
        found = re.findall(r"(?:goes out|desk webhook paused until) (.+? UTC)", shown)
        return found if len(found) == 2 else None

    goes_out, paused_until = await until_answered(both, "the channel to pause")
    assert goes_out == paused_until


async def test_a_timeline_says_that_it_does_not_show_all(tmp_path: Path) -> None:
    """A list may be longer than what can be drawn."""
    days = [f'[[deadline]]\nid = "d{day}"\ntitle = "Day {day}"\ndue = 2099-01-{day:02}\n' for day in range(1, 26)]
    async with serving(tmp_path, *days) as site:
        assert "Only the first 24 are drawn." in words(await site.http.get("/"))
        assert "are drawn." not in words(await site.http.get("/?text=Day+7"))


FILTERS: list[tuple[str, list[str]]] = [
    ("tag=tariffs", ["truce"]),
    ("owner=risk", ["review"]),
    ("severity=high", ["review"]),
    ("text=decide", ["truce"]),
    ("text=nothing+at+all", []),
    ("severity=odd", ["filing", "review", "truce"]),
]


async def test_the_page_can_be_filtered(site: Site) -> None:
    """Lists and timeline alike; a filter that makes no sense is passed over."""
    for query, expected in FILTERS:
        page = (await site.http.get(f"/?{query}")).text
        assert sorted(set(re.findall(r'href="deadlines/([a-z]+)"', page))) == expected


async def test_what_follows_on_a_page_is_chosen_as_the_page_is(tmp_path: Path) -> None:
    """By all of the tags of its address, any of which is enough, as in the API and the calendar."""
    many = [REVIEW.replace('"review"', f'"r{number}"') for number in range(41)]
    async with serving(tmp_path, TRUCE.replace("2099-11-10", "2099-12-10"), *many) as site:
        page = await site.http.get("/?tag=internal&tag=tariffs")
        [later] = re.findall(r'href="([^"]*)#coming-heading">Later ones', page.text)
        following = await site.http.get(html.unescape(later))
    assert "Tariff truce expires" in following.text


async def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_of_its_own(site: Site) -> None:
    """A strict policy, no inline script or style, every address our own."""
    for path in ("/", "/deadlines/truce", "/login", (await site.links("truce"))["ack"]):
        page = await site.http.get(path)
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
        assert "unsafe" not in policy
        assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?! src)", page.text) == []
        assert re.findall(r'(?:src|action)="(?:https?:)?//', page.text) == []
        assert page.headers["cache-control"] == "no-store"
    own = re.findall(r'"(static/[^"]+)"', (await site.http.get("/")).text)
    assert {(await site.http.get(f"/{name}")).status_code for name in own} == {200}
    assert (await site.http.get("/static/../pages.py")).status_code == 404


async def test_the_story_of_a_deadline_is_complete(site: Site) -> None:
    """Every date it had, every notice word for word with recipients and answers, every action with who and why."""
    link = (await site.links("truce"))["ack"]
    await site.http.post(link, data={"by": "Ana", "note": "with counsel"})
    await site.take(TRUCE.replace("2099-11-10", "2099-12-10") + 'settle = "1s"\n', REVIEW, PASSED)
    await site.delivered(4 + 1 + 2)
    shown = words(await site.http.get("/deadlines/truce"))
    assert "Every date it had Tue 10 Nov 2099, 00:01 EST Thu 10 Dec 2099, 00:01 EST moved once" in shown
    assert "Acknowledged by Ana : with counsel" in shown
    assert "delivered: status 200: ok" in shown
    assert shown.count("Tariff truce expires has moved from Tue 10 Nov 2099, 00:01 EST to Thu 10 Dec 2099") == 2
    told = {one["data"]["text"] for one in site.inbox.bodies if (one["data"]["deadline"] or {}).get("id") == "truce"}
    assert [text for text in told if text.split(". ")[0] not in shown] == []


async def test_a_person_acts_on_the_page(site: Site) -> None:
    """The form says what it stops; who acted is remembered for the next time."""
    page = await site.http.get("/deadlines/truce")
    assert "No more reminders for Tue 10 Nov 2099, 00:01 EST. Notices that this stops: 2." in words(page)
    form = {"form_token": field(page, "form_token"), "due_key": field(page, "due_key"), "by": "Ana", "note": "seen"}
    sent = await site.http.post("/deadlines/truce", data={**form, "action": "ack"})
    kept = {"cookie": sent.headers["set-cookie"].partition(";")[0]}
    done = await site.http.get(f"/deadlines/{sent.headers['location']}", headers=kept)
    assert sent.status_code == 303
    assert "Done. Everybody who was told hears of it." in words(done)
    assert 'name="by" value="Ana"' in done.text
    assert await site.actions() == [("truce", "ack", "Ana", "seen")]


NOT_OURS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {"form_token": ""}),
    ({}, {"form_token": "WyJmb3JtIiwiIl0.made.up"}),
    ({"origin": "https://evil.example"}, {}),
    ({"origin": "http://["}, {}),
    ({"sec-fetch-site": "cross-site"}, {}),
    ({"x-forwarded-for": "203.0.113.9"}, {}),
    ({"host": "rebound.example"}, {}),
    ({}, {"action": "burn"}),
    ({}, {"by": " "}),
    ({}, {"due_key": "2099-01-01"}),
]


async def test_a_form_that_is_not_ours_does_nothing(site: Site) -> None:
    """Neither other sites nor old or made-up forms act, and nobody without a name."""
    page = await site.http.get("/deadlines/truce")
    form = {"form_token": field(page, "form_token"), "due_key": field(page, "due_key"), "by": "Eve", "action": "ack"}
    for headers, change in NOT_OURS:
        answer = await site.http.post("/deadlines/truce", data={**form, **change}, headers=headers)
        assert (headers, change, answer.status_code in (403, 409, 422)) == (headers, change, True)
    assert await site.actions() == []


async def test_without_a_token_pages_are_for_this_machine_only(site: Site) -> None:
    """As the API: a request that was forwarded is refused, in words."""
    for path in ("/", "/deadlines/truce"):
        answer = await site.http.get(path, headers={"x-forwarded-for": "127.0.0.1"})
        assert (answer.status_code, "served to the machine itself only" in answer.text) == (403, True)
        assert "truce" not in answer.text


async def test_with_a_token_people_log_in_with_a_form(tmp_path: Path) -> None:
    """Wherever they wanted to go they go afterwards; the cookie is for this site's pages alone."""
    async with serving(tmp_path, TRUCE, service=TOKEN) as site:
        away = {"x-forwarded-for": "203.0.113.9"}
        sent = await site.http.get("/deadlines/truce", headers=away)
        assert (sent.status_code, sent.headers["location"]) == (303, "../login?next=.%2Fdeadlines%2Ftruce")
        wrong = await site.http.post("/login", data={"token": "guess"}, headers=away)
        right = await site.http.post(
            "/login", data={"token": "a-long-token", "next": "./deadlines/truce"}, headers=away
        )
        assert (wrong.status_code, "That is not the token." in wrong.text) == (401, True)
        assert (right.status_code, right.headers["location"]) == (303, "./deadlines/truce")
        cookie = right.headers["set-cookie"].lower()
        assert [part in cookie for part in ("httponly", "samesite=lax", "secure")] == [True] * 3
        kept = {"cookie": right.headers["set-cookie"].partition(";")[0], **away}
        page = await site.http.get("/deadlines/truce", headers=kept)
        assert (page.status_code, "a-long-token" in page.text) == (200, False)
        assert (await site.http.get("/api/v1/deadlines", headers=kept)).status_code == 401
        elsewhere = [await site.http.post("/login", data={"token": "a-long-token", "next": to}) for to in EVIL]
        assert {"./"} == {answer.headers["location"] for answer in elsewhere}


EVIL = ["https://evil.example", "//evil.example", "/\\evil.example", ".//evil.example", "./deadlines//evil", "./\n"]


async def test_a_login_ends_when_the_token_changes_or_somebody_logs_out(tmp_path: Path) -> None:
    """What the browser kept opens nothing any more."""
    async with serving(tmp_path, TRUCE, service=TOKEN) as site:
        right = await site.http.post("/login", data={"token": "a-long-token"})
        kept = {"cookie": right.headers["set-cookie"].partition(";")[0]}
        page = await site.http.get("/", headers=kept)
        out = await site.http.post("/logout", data={"form_token": field(page, "form_token")}, headers=kept)
        assert (200, 'alerter_login=""' in out.headers["set-cookie"]) == (page.status_code, True)
        await site.take(TRUCE, service='token = "another-token"\n')
        assert (await site.http.get("/", headers=kept)).status_code == 303


async def test_who_has_logged_in_can_subscribe_to_the_calendar(tmp_path: Path) -> None:
    """The link opens the feed as far as the filter goes, tells no key of the configuration, and nobody else gets it."""
    async with serving(tmp_path, TRUCE, REVIEW, service=TOKEN) as site:
        await _subscribe(site)
        await site.take(TRUCE, REVIEW, service=TOKEN + 'calendar_key = "a-calendar-key"\n')
        await _subscribe(site)


async def _subscribe(site: Site) -> None:
    right = await site.http.post("/login", data={"token": "a-long-token"})
    kept = {"cookie": right.headers["set-cookie"].partition(";")[0]}
    page = await site.http.get("/?tag=tariffs", headers=kept)
    link = html.unescape(re.findall(r'"(calendar\.ics[^"]*)"', page.text)[0])
    feed = await site.http.get(f"/{link}", headers={"x-forwarded-for": "203.0.113.9"})
    assert (feed.status_code, feed.text.count("BEGIN:VEVENT"), "Tariff truce" in feed.text) == (200, 1, True)
    assert site.application.desk.calendar_key not in page.text
    assert (await site.http.get(f"/{link.replace('key=', 'key=0')}")).status_code == 403
    with_token = await site.http.get("/", headers={"authorization": "Bearer a-long-token"})
    assert (with_token.status_code, "calendar.ics" in with_token.text) == (200, False)


async def test_on_this_machine_without_a_token_the_calendar_needs_no_key(site: Site) -> None:
    """The page's link has none, since nobody has logged in, and works here."""
    link = re.findall(r'"(calendar\.ics[^"]*)"', (await site.http.get("/")).text)
    assert link == ["calendar.ics"]
    assert (await site.http.get(f"/{link[0]}")).text.startswith("BEGIN:VCALENDAR")


async def test_what_is_not_there_is_said_in_words(site: Site) -> None:
    """404 with a page for people, and a problem for programs."""
    page = await site.http.get("/deadlines/nothing")
    assert (page.status_code, "There is no such deadline." in page.text) == (404, True)


async def test_a_page_speaks_the_readers_language(site: Site) -> None:
    """Words and dates follow what the browser asks for; a language that is not there is English."""
    page = await site.http.get("/", headers={"accept-language": "es-ES,es;q=0.9,en;q=0.5"})
    assert '<html lang="es">' in page.text
    assert "mar 10 nov 2099" in page.text
    assert "Vencido sin que nadie lo diera por cumplido" in page.text
    assert '<html lang="en">' in (await site.http.get("/", headers={"accept-language": "xx;q=x,tlh"})).text


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/deadlines/nothing", 404, "Ese plazo no existe."),
        ("/nowhere", 404, "Esta página no existe."),
        ("/calendar.ics?key=wrong", 403, "Esa no es la clave del calendario."),
        ("/a/wrong", 404, "Este enlace no es válido: se ha modificado o se copió solo en parte. No se ha hecho nada."),
    ],
)
async def test_a_refusal_speaks_the_readers_language(site: Site, path: str, status: int, sentence: str) -> None:
    """A browser gets a page in its language that says why; a program gets a problem in English."""
    spanish = {"accept-language": "es", "accept": "text/html,*/*;q=0.8"}
    page = await site.http.get(path, headers=spanish)
    assert (page.status_code, '<html lang="es">' in page.text) == (status, True)
    assert html.escape(sentence) in page.text


@pytest.mark.parametrize("path", ["/", "/login", "/a/wrong", "/nowhere"])
async def test_what_pages_are_made_with_is_loaded_beside_the_loop(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page of all, whichever it is, leaves that to another thread, and needs no more."""
    loaded_by: list[str] = []
    load = rendering._load

    def note_and_load() -> None:
        loaded_by.append(threading.current_thread().name.partition("_")[0])
        load()

    monkeypatch.setattr(rendering, "_load", note_and_load)
    rendering._templates.cache_clear()
    async with serving(tmp_path, TRUCE) as site:
        for _ in range(2):
            await site.http.get(path, headers={"accept": "text/html"})
    assert (loaded_by, rendering._templates.cache_info().misses) == (["pages"], 1)


@pytest.mark.parametrize("path", ["/?span=1y", "/deadlines/hourly"])
async def test_a_page_of_a_series_that_comes_often_holds_up_nothing_else(tmp_path: Path, path: str) -> None:
    """What is to come of it in a year takes long to plan; the loop has notices to send meanwhile."""
    async with serving(tmp_path, HOURLY) as site:
        await site.http.get(path)
        began = last = time.monotonic()
        longest, page = 0.0, asyncio.create_task(site.http.get(path))
        while not page.done():
            await asyncio.sleep(0)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert page.result().status_code == 200
    assert longest < (last - began) / 2
