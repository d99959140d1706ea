"""The API over real HTTP: what it lists, what it does, and whom it refuses."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.waiting import until_answered
from tests.website import PASSED, REVIEW, TRUCE, Site, serving

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PROBLEM = "application/problem+json"
PLACES = ["deadlines", "deadlines/truce", "notices", "actions", "status", "openapi.json"]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A daemon that has told the truce and the review on both channels."""
    async with serving(tmp_path, TRUCE, REVIEW, PASSED) as made:
        await made.delivered(4)
        yield made


async def get(site: Site, path: str, **query: Any) -> Any:
    answer = await site.http.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_deadlines_are_listed_by_due_date_with_all_there_is_to_say(site: Site) -> None:
    """Instants and no countdowns; who was told; how sure the date is."""
    listed = (await get(site, "deadlines"))["deadlines"]
    truce = next(one for one in listed if one["id"] == "truce")
    assert [one["id"] for one in listed] == ["filing", "review", "truce"]
    assert truce.pop("told") == ["desk", "ops"]
    assert truce == {
        "id": "truce",
        "title": "Tariff truce expires",
        "status": "open",
        "severity": "normal",
        "certainty": "likely-extended",
        "checked": "2025-09-14",
        "due": "2099-11-10T05:01:00Z",
        "due_local": "Tue 10 Nov 2099, 00:01 EST",
        "date_only": False,
        "timezone": "America/New_York",
        "repeat": None,
        "tags": ["us-china", "tariffs"],
        "owner": "trade desk",
        "note": "Both sides <decide>.",
        "link": "",
        "channels": ["ops", "desk"],
        "moves": 0,
        "acknowledged_by": None,
        "acknowledged_at": None,
        "closed_as": None,
        "closed_by": None,
        "snoozed_until": None,
    }


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"tag": "tariffs"}, ["truce"]),
    ({"tag": ["tariffs", "internal"]}, ["review", "truce"]),
    ({"owner": "risk"}, ["review"]),
    ({"severity": "high"}, ["review"]),
    ({"text": "QUARTERLY review"}, ["review"]),
    ({"text": "decide"}, ["truce"]),
    ({"status": "met"}, []),
    ({"tag": "tariffs", "owner": "risk"}, []),
]


async def test_lists_can_be_filtered(site: Site) -> None:
    """By tag, owner, least severity, words and status, all at once; deadlines and notices alike."""
    for query, expected in FILTERS:
        assert [one["id"] for one in (await get(site, "deadlines", **query))["deadlines"]] == expected
        if "status" not in query:
            told = (await get(site, "notices", state="delivered", **query))["notices"]
            assert {one["deadline"] for one in told} == set(expected)


async def test_lists_come_in_pages(site: Site) -> None:
    """`next` of one page is `after` of the following, until it is null; nothing is twice or missing."""
    for place, key, size in (("deadlines", "deadlines", 3), ("notices", "notices", 4)):
        whole = (await get(site, place))[key]
        found: list[Any] = []
        after: dict[str, str] = {}
        while True:
            page = await get(site, place, limit=1, **after)
            found += page[key]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert (size, whole) == (len(found), found)


async def test_what_was_told_is_as_in_the_history(site: Site) -> None:
    """The same fields with the same values as the command prints."""
    history = (await site.bench.command("history", "--format", "json")).json
    listed = (await get(site, "notices"))["notices"]
    assert sorted(history["notices"], key=lambda one: one["id"]) == sorted(listed, key=lambda one: one["id"])
    story = await get(site, "deadlines/truce")
    assert [one["id"] for one in history["notices"] if one["deadline"] == "truce"] == [
        one["id"] for one in story["notices"]
    ]
    assert all(INSTANT.fullmatch(one["planned_at"]) for one in listed)


async def test_what_will_be_told_is_as_in_the_plan(site: Site) -> None:
    """The story of a deadline ends with its planned notices of the next four hundred days; these lie beyond."""
    assert (await get(site, "deadlines/truce"))["planned"] == []


async def test_acting_is_kept_and_said_back(site: Site) -> None:
    """Who, why, about which date; done twice it is done once."""
    acked = await site.http.post("/api/v1/deadlines/truce/ack", json={"by": "Ana", "note": "on it"})
    again = await site.http.post("/api/v1/deadlines/truce/ack", json={"by": "Bo"})
    bare = await site.http.post("/api/v1/deadlines/filing/ack")
    snoozed = await site.http.post("/api/v1/deadlines/review/snooze", json={"for": "4h", "by": "Ana"})
    closed = await site.http.post("/api/v1/deadlines/review/close", json={"as": "lapsed", "by": "Bo"})
    answers = [acked, again, bare, snoozed, closed]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [answer.json()["repeated"] for answer in answers] == [False, True, False, False, False]
    assert acked.json()["due"] == "2099-11-10T05:01:00Z"
    assert await site.actions() == [
        ("truce", "ack", "Ana", "on it"),
        ("filing", "ack", "API", ""),
        ("review", "snooze", "Ana", ""),
        ("review", "close", "Bo", ""),
    ]
    listed = {one["id"]: one for one in (await get(site, "deadlines"))["deadlines"]}
    assert (listed["truce"]["acknowledged_by"], listed["review"]["status"]) == ("Ana", "lapsed")
    assert [one["action"] for one in (await get(site, "actions"))["actions"]] == ["close", "snooze", "ack", "ack"]


WRONG: list[tuple[str, dict[str, Any], int]] = [
    ("truce/snooze", {"json": {}}, 422),
    ("truce/snooze", {"json": {"for": "soon"}}, 422),
    ("truce/ack", {"json": {"who": "Ana"}}, 422),
    ("truce/ack", {"json": ["Ana"]}, 422),
    ("truce/close", {"json": {"as": "open"}}, 422),
    ("truce/ack", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
    ("truce/ack", {"content": b"by=Ana", "headers": {"content-type": "text/plain"}}, 415),
    ("truce/ack", {"json": {"note": "x" * 70_000}}, 413),
    ("nothing/ack", {"json": {}}, 404),
    ("filing/snooze", {"json": {"for": "1h"}}, 409),
    ("truce/ack?by=Ana", {"json": {}}, 422),
]
SENSELESS = ("limit=0", "limit=x", "after=x", "severity=huge", "state=odd", "since=2025-09-10", "colour=red")


async def test_what_cannot_be_done_is_a_problem_and_changes_nothing(site: Site) -> None:
    """Each with its status and a sentence, in the one form of RFC 9457."""
    for path, sent, status in WRONG:
        answer = await site.http.post(f"/api/v1/deadlines/{path}", **sent)
        assert (path, answer.status_code, answer.headers["content-type"]) == (path, status, PROBLEM)
        assert answer.json()["status"] == status
        assert answer.json()["detail"]
    assert await site.actions() == []


async def test_a_question_that_makes_no_sense_is_422(site: Site) -> None:
    """What is not known is not passed over."""
    for query in SENSELESS:
        answer = await site.http.get(f"/api/v1/notices?{query}")
        assert (query, answer.status_code, answer.headers["content-type"]) == (query, 422, PROBLEM)
    for text in ("2025-09-10", "now", "2025-09-10T13:00", "0001-01-01T00:00+01:00"):
        answer = await site.http.get("/api/v1/notices", params={"since": text})
        wanted = "since: should be an instant with its offset, such as 2025-09-10T13:00:00Z"
        assert (answer.status_code, answer.json()["detail"]) == (422, wanted)


async def test_status_says_how_the_channels_are_and_what_is_wrong(tmp_path: Path) -> None:
    """A channel that cannot be reached is named with the answer; nothing is said of its address."""
    dead = '[channels.dead]\ntype = "webhook"\nurl = "http://127.0.0.1:9/secret-path"\n'
    async with serving(tmp_path, TRUCE, more=dead) as site:

        async def trouble() -> Any:
            problems = (await get(site, "status"))["problems"]
            return next((one for one in problems if one["about"] == "channel dead"), None)

        assert "not reached" in (await until_answered(trouble, "a failure of the channel"))["text"]
        assert [one["name"] for one in (await get(site, "status"))["channels"]] == ["ops", "desk", "dead"]
        assert "secret-path" not in (await site.http.get("/api/v1/status")).text + (await site.http.get("/")).text


async def test_s23_without_a_token_only_this_machine_is_served(site: Site) -> None:
    """A forwarded request is not from here, whoever delivers it; a page elsewhere cannot use the browser either."""
    headers: list[dict[str, str]] = [
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"host": "rebound.example"},
        {"origin": "https://evil.example"},
    ]
    for place in PLACES:
        path = f"/api/v1/{place}"
        refused = [await site.http.get(path, headers=one) for one in headers]
        assert [(one.status_code, one.headers["content-type"]) for one in refused] == [(403, PROBLEM)] * 4
        assert (await site.http.get(path)).status_code == 200


async def test_with_a_token_it_is_needed_and_enough(tmp_path: Path) -> None:
    """Loopback alone no longer does; the holder of the token is served from anywhere."""
    async with serving(tmp_path, TRUCE, service='token = "a-long-token"\n') as site:
        right = {"authorization": "Bearer a-long-token", "x-forwarded-for": "203.0.113.9"}
        for place in PLACES:
            bare = await site.http.get(f"/api/v1/{place}")
            wrong = await site.http.get(f"/api/v1/{place}", headers={"authorization": "Bearer other"})
            assert [bare.status_code, wrong.status_code] == [401, 401]
            assert bare.headers["www-authenticate"] == "Bearer"
            assert (await site.http.get(f"/api/v1/{place}", headers=right)).status_code == 200
        act = "/api/v1/deadlines/truce/ack"
        assert ((await site.http.post(act)).status_code, await site.actions()) == (401, [])
        assert (await site.http.post(act, headers=right)).status_code == 200


async def test_a_removed_deadline_keeps_its_story(site: Site) -> None:
    """What was told of it is still to be had, and the list of what was removed names it."""
    await site.take(TRUCE, PASSED)

    async def removed() -> list[str]:
        return [one["id"] for one in (await get(site, "status"))["removed"]]

    async def is_removed() -> bool | None:
        return True if await removed() else None

    await until_answered(is_removed, "the removal")
    story = await get(site, "deadlines/review")
    assert await removed() == ["review"]
    assert (story["deadline"], bool(story["removed_at"]), len(story["notices"])) == (None, True, 2)
    answer: httpx.Response = await site.http.get("/deadlines/review")
    assert (answer.status_code, "Removed from the watch list" in answer.text) == (200, True)
