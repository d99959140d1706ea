"""Everything that is served besides the probes."""

from __future__ import annotations

from starlette.routing import BaseRoute

from alerter.web.api_routes import api_routes
from alerter.web.desk import Desk


def site_routes(desk: Desk) -> list[BaseRoute]:
    """The routes of the API, the signed links and the pages."""
    return [*api_routes(desk)]
