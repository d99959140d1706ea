"""What a person's closing as void means for what is derived: told alike wherever deadlines are listed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.website import Site, serving, words

SOURCE = """
[[deadline]]
id = "source"
title = "The source"
due = 2099-11-10
leads = ["1d"]
"""
CHILD = """
[[deadline]]
id = "child"
title = "The child"
after = { id = "source", offset = "20d" }
leads = ["40000d", "1d"]
"""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A daemon that has told of the child on both channels; then somebody closed its source as void."""
    async with serving(tmp_path, SOURCE, CHILD) as made:
        await made.delivered(2)
        closed = await made.http.post("/api/v1/deadlines/source/close", json={"by": "Ana", "as": "void"})
        assert closed.status_code == 200, closed.text
        yield made


async def get(site: Site, path: str) -> Any:
    return (await site.http.get(f"/api/v1/{path}")).json()


async def test_pages_list_it_as_over(site: Site) -> None:
    """Not among what is coming, with nothing to do about it and nothing more to be told."""
    page, story = words(await site.http.get("/")), words(await site.http.get("/deadlines/child"))
    coming, _, over = page.partition("Over")
    assert ["The child" in coming.partition("Coming up")[2], "The child" in over] == [False, True]
    assert [part in story for part in ("void", "What to do", "What will be told")] == [True, False, False]


async def test_api_and_status_and_plan_and_feed_agree(site: Site) -> None:
    """Void in each, whichever way it is asked for, and nothing is planned."""
    listed = {one["id"]: one["status"] for one in (await get(site, "deadlines?status=void"))["deadlines"]}
    story = await get(site, "deadlines/child")
    status = (await site.bench.command("status", "--format", "json")).json
    plan = await site.bench.command("plan", "--until", "2100-01-01", "--deadline", "child", "--format", "json")
    feed = (await site.http.get("/calendar.ics?notices=true")).text
    assert listed == {"source": "void", "child": "void"}
    assert (story["deadline"]["status"], story["planned"]) == ("void", [])
    assert [one["status"] for one in status["deadlines"] if one["id"] == "child"] == ["void"]
    assert [] == status["next"] == json.loads(plan.out)["notices"]
    assert [feed.count("STATUS:CANCELLED"), "The child (1d)" in feed] == [2, False]


async def test_its_links_do_nothing(site: Site) -> None:
    """They say that it is over, and nothing is written."""
    links = await site.links("child")
    answers = [await site.http.get(links["ack"]), await site.http.post(links["ack"], data={"by": "Bea"})]
    assert [answer.status_code for answer in answers] == [410, 410]
    assert all("This is over already." in words(answer) for answer in answers)
    assert await site.actions() == [("source", "close", "Ana", "")]


async def test_it_cannot_be_acted_on(site: Site) -> None:
    """Nobody would hear of it: over the API, on the page and at the command line they hear why not."""
    answer = await site.http.post("/api/v1/deadlines/child/ack", json={"by": "Bea"})
    ran = await site.bench.command("close", "child", "--as", "met")
    why = "'child' is void already, as is what it follows"
    assert (answer.status_code, answer.json()["detail"]) == (409, why)
    assert (ran.code, why in ran.err) == (1, True)
    assert await site.actions() == [("source", "close", "Ana", "")]


async def test_a_source_that_moves_brings_it_back(site: Site) -> None:
    """The closing was about the date that it had."""
    await site.take(SOURCE.replace("11-10", "11-20"), CHILD)
    listed = {one["id"]: one["status"] for one in (await get(site, "deadlines"))["deadlines"]}
    assert listed == {"source": "open", "child": "open"}
