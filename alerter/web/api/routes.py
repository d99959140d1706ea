"""The API over HTTP: who may, what was asked, and every refusal as problem details."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerter.domain.decisions.acting import CannotDo
from alerter.ledger.errors import LedgerError
from alerter.web.api.asking import Asked, read_query, read_values
from alerter.web.api.openapi import describe_api
from alerter.web.api.operations import OPERATIONS, Operation
from alerter.web.desk.desk import Desk, NoSuchDeadline, NotReady
from alerter.web.request.access import find_refusal
from alerter.web.request.problem import answer_problem, answer_refusal
from alerter.web.request.reading import read_json

Endpoint = Callable[[Request], Awaitable[Response]]

NO_STORE = {"cache-control": "no-store"}


def api_routes(desk: Desk) -> list[Route]:
    """Everything below /api/v1 but the request to reload."""
    routes = [
        Route(operation.path, _endpoint(desk, operation), methods=[operation.method], name=operation.name)
        for operation in OPERATIONS
        if operation.answer is not None
    ]

    async def openapi(request: Request) -> Response:
        return JSONResponse(describe_api(desk.service().base_url), headers=NO_STORE)

    return [*routes, Route("/api/v1/openapi.json", guarded(desk, openapi))]


def guarded(desk: Desk, endpoint: Endpoint) -> Endpoint:
    """The endpoint for those who may; see `answering`."""

    async def answer(request: Request) -> Response:
        if refusal := find_refusal(request, desk.token):
            return answer_refusal(*refusal)
        return await answering(endpoint)(request)

    return answer


def answering(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with what it cannot do told as a problem."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NoSuchDeadline as error:
            return answer_problem(404, str(error))
        except CannotDo as error:
            return answer_problem(409, str(error))
        except NotReady as error:
            return answer_problem(503, str(error), {"retry-after": "1"})
        except LedgerError:
            return answer_problem(503, "The ledger cannot be asked at the moment.", {"retry-after": "5"})

    return answer


def _endpoint(desk: Desk, operation: Operation) -> Endpoint:
    async def answer(request: Request) -> Response:
        if operation.has_body:
            read_query(Asked, request.query_params)
            asked: Any = read_values(operation.asked, await read_json(request))
        else:
            asked = read_query(operation.asked, request.query_params)
        assert operation.answer is not None  # noqa: S101 -- only those have routes
        names = (request.path_params["id"],) if "id" in request.path_params else ()
        return JSONResponse(await operation.answer(desk, asked, *names), operation.status, NO_STORE)

    return guarded(desk, answer)
