"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import JSONResponse, Response


def answer_problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """An `application/problem+json` answer with this status and explanation."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def answer_refusal(status: int, detail: str) -> Response:
    """A problem for somebody who may not, with what would let them in."""
    return answer_problem(status, detail, {"www-authenticate": "Bearer"} if status == 401 else None)
