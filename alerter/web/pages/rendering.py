"""Pages from templates: escaped, in the reader's language, and with headers that let nothing else be loaded."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from alerter.domain.words.plain_text import web_address
from alerter.domain.words.spoken_time import day
from alerter.web.pages.words import Words

if TYPE_CHECKING:
    from jinja2 import Environment

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}
TYPES = {
    "style.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


async def make_ready() -> None:
    """Load what pages are made with, once, and beside the loop: it would hold it up for a tenth of a second."""
    if _templates.cache_info().currsize == 0:
        loading = ThreadPoolExecutor(1, thread_name_prefix="pages")
        await asyncio.get_running_loop().run_in_executor(loading, _load)
        loading.shutdown(wait=False)


def answer_page(
    request: Request,
    template: str,
    words: Words,
    values: Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The page of this template. `up` in it leads from the page's folder to the root, under whatever prefix."""
    up = "../" * (request.url.path.removeprefix(request.scope.get("root_path", "")).count("/") - 1)
    text = (
        _templates()
        .get_template(template)
        .render(say=words.say, words=words, language=words.speech.code, up=up, version=_version, **values)
    )
    own = {"content-language": words.speech.code, "vary": "accept-language, cookie"}
    return HTMLResponse(text, status, {**HEADERS, **own, **(headers or {})})


def refuse_page(request: Request, words: Words, status: int, sentence: str) -> Response:
    """The page that says why something was not done."""
    return answer_page(request, "refused.html", words, {"sentence": sentence}, status=status)


async def answer_static(request: Request) -> Response:
    """One of the files that pages are made with; what it is called changes with what is in it."""
    name = request.path_params["name"]
    if name not in TYPES:
        return Response("not found", 404, HEADERS, "text/plain")
    headers = {**HEADERS, "cache-control": "public, max-age=31536000, immutable"}
    return Response(_read(name), 200, headers, TYPES[name])


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """All templates, parsed."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - takes room: only pages need it

    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["web_address"] = web_address
    for name in environment.list_templates():
        environment.get_template(name)
    return environment


def _load() -> None:
    day(date.min)  # with what Babel knows of the language
    _templates()


@lru_cache(maxsize=8)
def _read(name: str) -> bytes:
    return files(__package__).joinpath("static", name).read_bytes()


@lru_cache(maxsize=8)
def _version(name: str) -> str:
    return hashlib.blake2b(_read(name), digest_size=6).hexdigest()
