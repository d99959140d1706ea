"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def answer_problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """An `application/problem+json` answer with this status and explanation."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def answer_refusal(status: int, detail: str) -> Response:
    """A problem for somebody who may not, with what would let them in."""
    return answer_problem(status, detail, {"www-authenticate": "Bearer"} if status == 401 else None)


async def answer_http_exception(request: Request, error: Any) -> Response:
    """Put Starlette's own refusals (no such path, wrong method) into the same form."""
    if not isinstance(error, HTTPException):
        raise error
    return answer_problem(error.status_code, error.detail, dict(error.headers or {}))


async def answer_fault(request: Request, error: Exception) -> Response:
    """A fault of our own, without telling strangers what it was; the log has it."""
    return answer_problem(500, "Something went wrong here; the log says what.")
