"""What is answered where no route has an answer: a page to browsers, problem details to programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerter.domain.words.statement import Statement, stated
from alerter.web.pages.rendering import make_ready, refuse_page
from alerter.web.pages.words import words_for
from alerter.web.request.problem import answer_problem
from alerter.web.request.refusal import Refusal


async def answer_http_exception(request: Request, error: Any) -> Response:
    """A refusal, ours or Starlette's own (no such path, wrong method)."""
    if not isinstance(error, HTTPException):
        raise error
    if _wants_page(request):
        return await _page(request, error.status_code, _why(error))
    return answer_problem(error.status_code, error.detail, dict(error.headers or {}))


async def answer_fault(request: Request, error: Exception) -> Response:
    """A fault of our own, without telling strangers what it was; the log has it."""
    why = stated("refusal", "Something went wrong here; the log says what.")
    return await _page(request, 500, why) if _wants_page(request) else answer_problem(500, str(why))


def _wants_page(request: Request) -> bool:
    is_for_programs = request.url.path.startswith("/api/")
    return "text/html" in request.headers.get("accept", "") and not is_for_programs


async def _page(request: Request, status: int, why: Statement) -> Response:
    await make_ready()
    words = words_for(request, datetime.now(UTC), None)
    return refuse_page(request, words, status, words.tell(why))


def _why(error: HTTPException) -> Statement:
    if isinstance(error, Refusal):
        return error.why
    if error.status_code == 404:
        return stated("refusal", "There is no such page.")
    return stated("refusal", "This cannot be asked for in this way.")
