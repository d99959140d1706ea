"""What a request brings, read within bounds: its body, a form, a JSON object."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from alerter.domain.words.statement import stated
from alerter.web.request.refusal import Refusal

MOST_BYTES = 64 * 1024
MOST_FIELDS = 50
BODY_WITHIN = 30.0  # seconds


async def read_body(request: Request) -> bytes:
    """The body; raises Refusal 413 where it is larger than anything that is meant to come, and 400 without its end."""
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for chunk in request.stream():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise Refusal(413, stated("refusal", "More than {n} bytes.", n=MOST_BYTES))
    except (ClientDisconnect, TimeoutError):  # no fault of ours: nobody reads the answer, and the log need not say so
        raise HTTPException(400, "The body breaks off.") from None
    return bytes(content)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name; raises Refusal."""
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await read_body(request)
    if content and form not in ("application/x-www-form-urlencoded", ""):
        raise Refusal(415, stated("refusal", "A form is sent as {type}.", type="application/x-www-form-urlencoded"))
    return parse_form(content)


def parse_form(content: bytes) -> dict[str, str]:
    """The fields of a urlencoded form, the last of each name; raises Refusal 400."""
    try:
        text = content.decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError:
        raise Refusal(400, stated("refusal", "This is no form.")) from None


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object of the body, empty where there is none; raises Refusal."""
    content = await read_body(request)
    if not content:
        return {}
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form != "application/json" and not form.endswith("+json"):
        raise HTTPException(415, "The body is sent as application/json.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is no JSON.") from None
    if not isinstance(document, dict):
        raise HTTPException(422, "The body is one JSON object.")
    return document
