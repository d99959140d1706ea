"""The pages: everything at a glance, one deadline's story, the login. They work without JavaScript."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerter.domain.decisions.acting import CannotDo
from alerter.ledger.errors import LedgerError
from alerter.web.desk.desk import Desk, NoSuchDeadline, NotReady
from alerter.web.pages.link_pages import SNOOZES, deed_from
from alerter.web.pages.overview import read_view, show_overview
from alerter.web.pages.rendering import HEADERS, answer_page, make_ready, refuse_page
from alerter.web.pages.storyboard import read_place_asked, show_story
from alerter.web.pages.words import Words, words_for
from alerter.web.request.reading import read_form
from alerter.web.request.refusal import NOT_NOW, Refusal
from alerter.web.signed.login import Gate

Page = Callable[[Request, Gate, Words], Awaitable[Response]]


def page_routes(desk: Desk) -> list[Route]:
    """`/`, `/deadlines/ID`, `/login` and `/logout`."""

    async def index(request: Request, gate: Gate, words: Words) -> Response:
        view = read_view(request.query_params)
        values = await show_overview(desk, view, words)
        calendar = _calendar(desk, view.asked.tag, has_key=gate.is_logged_in(request))
        return _answer(request, gate, words, "index.html", {**values, "calendar": calendar})

    async def deadline(request: Request, gate: Gate, words: Words) -> Response:
        values = await show_story(desk, request.path_params["id"], read_place_asked(request.query_params), words)
        form = {"form_token": gate.form_token(request), "name": gate.name_of(request), "snoozes": SNOOZES}
        return _answer(
            request, gate, words, "deadline.html", {**values, **form, "said": request.query_params.get("done")}
        )

    async def act(request: Request, gate: Gate, words: Words) -> Response:
        return await _act(desk, request, gate, words)

    async def log_in(request: Request) -> Response:
        await make_ready()
        try:
            return await _log_in(desk, request)
        except NotReady:
            words = words_for(request, desk.now(), None)
            return refuse_page(request, words, 503, words.tell(NOT_NOW))

    async def log_out(request: Request, gate: Gate, words: Words) -> Response:
        answer = _see_other("login")
        if gate.is_ours(request, (await read_form(request)).get("form_token", "")):
            gate.log_out(answer)
        return answer

    return [
        Route("/", _guarded(desk, index)),
        Route("/deadlines/{id}", _guarded(desk, deadline), methods=["GET"]),
        Route("/deadlines/{id}", _guarded(desk, act), methods=["POST"]),
        Route("/login", log_in, methods=["GET", "POST"]),
        Route("/logout", _guarded(desk, log_out), methods=["POST"]),
    ]


async def _act(desk: Desk, request: Request, gate: Gate, words: Words) -> Response:
    """A person acts on the page; the page is shown again afterwards."""
    name, values = request.path_params["id"], await read_form(request)
    if not gate.is_ours(request, values.get("form_token", "")):
        sentence = words.say(
            "page", "This form is too old, or was not made here. Go back, load the page again and repeat."
        )
        return refuse_page(request, words, 403, sentence)
    action = values.get("action", "")
    if action not in ("ack", "snooze", "close"):
        return refuse_page(request, words, 422, words.say("page", "Choose what to do."))
    if not values.get("by", "").strip():
        return refuse_page(request, words, 422, words.say("page", "Say who you are."))
    try:
        done = await desk.do(name, deed_from(action, values, due_key=values.get("due_key") or None))
    except CannotDo as error:
        return refuse_page(request, words, 409, words.tell(error.why))
    answer = _see_other(f"./{name}?{urlencode({'done': done.action.action})}#actions")
    gate.keep_name(answer, done.action.by)
    return answer


async def _log_in(desk: Desk, request: Request) -> Response:
    gate = _gate(desk)
    words = words_for(request, desk.now(), None)
    is_refused = False
    if request.method == "POST":
        values = await read_form(request)
        if gate.is_same_site(request) and await gate.is_right(values.get("token", ""), desk.turnstile):
            answer = _see_other(_own_path(values.get("next", "")))
            gate.log_in(answer)
            return answer
        is_refused = True
    following = _own_path(request.query_params.get("next", ""))
    values_shown = {"is_refused": is_refused, "next": following, "is_needed": desk.token is not None}
    return answer_page(request, "login.html", words, values_shown, status=401 if is_refused else 200)


def _own_path(text: str) -> str:
    """A page of ours, relative to the root; anything else leads to the first page."""
    is_own = text.startswith(("./?", "./deadlines/")) and "//" not in text and "\\" not in text
    return text if is_own and text.isprintable() else "./"


def _guarded(desk: Desk, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """The page for those who may see it, with what cannot be done in words."""

    async def answer(request: Request) -> Response:
        await make_ready()
        watch_list = desk.find_watch_list()
        words = words_for(request, desk.now(), watch_list.zone if watch_list else None)
        try:
            gate = _gate(desk)
            refusal = gate.find_refusal(request)
            return await page(request, gate, words) if refusal is None else _turn_away(request, words, refusal[0])
        except NoSuchDeadline:
            return refuse_page(request, words, 404, words.say("page", "There is no such deadline."))
        except (NotReady, LedgerError):
            return refuse_page(request, words, 503, words.tell(NOT_NOW))
        except Refusal as error:
            return refuse_page(request, words, error.status_code, words.tell(error.why))

    return answer


def _turn_away(request: Request, words: Words, status: int) -> Response:
    if status == 401 and request.method == "GET":
        path = request.url.path.lstrip("/") + (f"?{request.url.query}" if request.url.query else "")
        up = "../" * (request.url.path.count("/") - 1)
        return _see_other(f"{up}login?{urlencode({'next': f'./{path}'})}")
    if status == 401:
        return refuse_page(request, words, 401, words.say("page", "Log in first."))
    sentence = words.say("page", "Without service.token the pages are served to the machine itself only.")
    return refuse_page(request, words, 403, sentence)


def _calendar(desk: Desk, tags: Sequence[str], *, has_key: bool) -> str | None:
    """Where to subscribe to the deadlines of these tags; None for who needs a key and has not logged in."""
    if desk.token is not None and not has_key:
        return None
    asked = [*((("key", desk.subscription_key),) if has_key else ()), *(("tag", tag) for tag in tags)]
    return "calendar.ics" + (f"?{urlencode(asked)}" if asked else "")


def _see_other(address: str) -> Response:
    return RedirectResponse(address, 303, HEADERS)


def _answer(request: Request, gate: Gate, words: Words, template: str, values: dict[str, object]) -> Response:
    session = {"logged_in": gate.is_logged_in(request), "form_token": gate.form_token(request)}
    return answer_page(request, template, words, {**session, **values})


def _gate(desk: Desk) -> Gate:
    return Gate(desk.key, desk.token, desk.service().base_url)
