"""The small web side: `/livez`, `/readyz`, `/metrics` and `POST /api/v1/reload`.

It owns no state: everything it says it asks of the daemon through `ProbeState`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from alerter.ledger.ledger import LedgerError
from alerter.web.metrics import CONTENT_TYPE, Gauges, Metrics
from alerter.web.pages.faults import answer_fault, answer_http_exception
from alerter.web.request.access import find_bearer, find_refusal
from alerter.web.request.problem import answer_problem, answer_refusal

log = structlog.get_logger()

GAUGES_WITHIN = 5.0  # seconds


class ProbeState(Protocol):
    """What the daemon says of itself."""

    @property
    def token(self) -> str | None:
        """The bearer token of `service.token`, as it is now; None without one."""

    async def is_next_token(self, given: str) -> bool:
        """Whether that is what `service.token` names by now, though it is not yet the token."""

    def live(self) -> Sequence[str]:
        """Why the daemon should be restarted; empty while it is fine."""

    def ready(self) -> Sequence[str]:
        """Why the daemon does not do its work at the moment; empty while it does."""

    async def gauges(self) -> Gauges:
        """What is true now, for the metrics."""

    async def reload(self, accept_removals: bool) -> None:
        """Ask for the configuration to be read again; returns once the request is noted."""


def make_app(state: ProbeState, metrics: Metrics, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The web application over this state, with `more` to serve."""

    async def livez(_: Request) -> Response:
        return _answer_probe(state.live())

    async def readyz(_: Request) -> Response:
        return _answer_probe(state.ready())

    async def show_metrics(_: Request) -> Response:
        metrics.ready(not state.ready())
        await _refresh(state, metrics)
        return Response(metrics.expose(), headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})

    async def reload(request: Request) -> Response:
        refusal = find_refusal(request, state.token)
        if refusal is not None and not (refusal[0] == 401 and await state.is_next_token(find_bearer(request))):
            return answer_refusal(*refusal)
        accept_removals = request.query_params.get("accept_removals", "false").lower()
        if accept_removals not in ("true", "false"):
            return answer_problem(400, "accept_removals is true or false.")
        await state.reload(accept_removals == "true")
        return JSONResponse({"status": "accepted"}, 202)

    routes = [
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", show_metrics),
        Route("/api/v1/reload", reload, methods=["POST"]),
        *more,
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: answer_http_exception, Exception: answer_fault})


def _answer_probe(reasons: Sequence[str]) -> Response:
    body = {"status": "failing" if reasons else "ok", "reasons": list(reasons)}
    return JSONResponse(body, 503 if reasons else 200, {"cache-control": "no-store"})


async def _refresh(state: ProbeState, metrics: Metrics) -> None:
    """Counters are worth showing even while the ledger cannot be asked."""
    try:
        metrics.show(await asyncio.wait_for(state.gauges(), GAUGES_WITHIN))
    except (LedgerError, TimeoutError) as error:
        log.warning("metrics.gauges-failed", reason=str(error) or f"no answer within {GAUGES_WITHIN:g} s")
    except Exception:  # whatever else is wrong, a scrape is answered
        log.warning("metrics.gauges-failed", exc_info=True)
