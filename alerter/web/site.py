"""Everything that is served besides the probes."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from alerter.web.api.routes import api_routes
from alerter.web.calendar.routes import feed_routes
from alerter.web.desk.desk import Desk
from alerter.web.pages.link_pages import link_routes
from alerter.web.pages.rendering import answer_static
from alerter.web.pages.routes import page_routes
from alerter.web.slack_actions import slack_routes


def site_routes(desk: Desk) -> list[BaseRoute]:
    """The routes of the API, the signed links, the calendar and the pages."""
    return [
        *api_routes(desk),
        *link_routes(desk),
        *slack_routes(desk),
        *feed_routes(desk),
        *page_routes(desk),
        Route("/static/{name}", answer_static),
    ]
