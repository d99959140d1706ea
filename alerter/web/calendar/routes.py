"""`/calendar.ics`: the feed for calendar programs, which cannot log in and so bring its own key in the address."""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerter.domain.decisions.forecast import forecast
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import Statement, stated
from alerter.web.api.routes import answering
from alerter.web.calendar.feed import MEDIA_TYPE, is_listed, make_feed, notice_events
from alerter.web.desk.desk import Desk
from alerter.web.request.access import find_refusal
from alerter.web.request.problem import answer_problem
from alerter.web.request.refusal import Refusal

NOTICES_AHEAD = timedelta(days=92)
HEADERS = {"cache-control": "private, max-age=300", "content-disposition": 'inline; filename="deadlines.ics"'}


def feed_routes(desk: Desk) -> list[Route]:
    """The feed; `?tag=` (repeatable) chooses, `?notices=true` adds what will be sent."""

    async def calendar(request: Request) -> Response:
        if why := _find_refusal(request, desk):
            raise Refusal(403, why)
        wants_notices = request.query_params.get("notices", "false").lower()
        if wants_notices not in ("true", "false"):
            return answer_problem(400, "notices is true or false.")
        chosen = _choose(desk, frozenset(request.query_params.getlist("tag")))
        content = await _make(desk, chosen, with_notices=wants_notices == "true")
        return Response(content, headers={**HEADERS, "content-type": MEDIA_TYPE})

    return [Route("/calendar.ics", answering(calendar))]


def _find_refusal(request: Request, desk: Desk) -> Statement | None:
    given = request.query_params.get("key")
    if given is None:
        refusal = find_refusal(request, desk.token)
        needs_key = stated("refusal", "The calendar needs its key: {address}", address="/calendar.ics?key=….")
        return needs_key if refusal else None
    if desk.calendar_key and any(_is_same(given, key) for key in (desk.calendar_key, desk.subscription_key)):
        return None
    return stated("refusal", "That is not the calendar's key.")


def _is_same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode(), key.encode())


def _choose(desk: Desk, tags: frozenset[str]) -> WatchList:
    now, watch_list = desk.now(), desk.watch_list
    wanted = {name: one for name, one in watch_list.deadlines.items() if _fits(one, tags) and is_listed(one, now)}
    return replace(watch_list, deadlines=wanted)


def _fits(deadline: Deadline, tags: frozenset[str]) -> bool:
    return not tags or not tags.isdisjoint(deadline.tags)


async def _make(desk: Desk, chosen: WatchList, *, with_notices: bool) -> bytes:
    standing, known = await desk.as_it_stands(chosen)
    now = desk.now()

    def work() -> bytes:
        planned = forecast(standing, now, now + NOTICES_AHEAD, known) if with_notices else []
        return make_feed(standing.deadlines.values(), known, now, notice_events(planned, standing))

    return await asyncio.to_thread(work)
