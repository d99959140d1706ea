"""Signed links over HTTP: GET shows what a POST would do, POST does it once.

Mail scanners follow links, so a GET changes nothing whatever. Whoever has the link may act: it needs no login.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerter.domain.decisions.acting import CannotDo, Deed, action_for, notices_ended
from alerter.domain.decisions.record import Known
from alerter.domain.notices.notice import Notice
from alerter.domain.planning.deadline import Deadline
from alerter.ledger.doing import find_known
from alerter.ledger.errors import LedgerError
from alerter.web.api.asking import Acknowledgement, Closing, Snooze, read_values
from alerter.web.desk.desk import Desk, NoSuchDeadline, NotReady
from alerter.web.pages.rendering import answer_page, make_ready, refuse_page
from alerter.web.pages.words import Words, words_for
from alerter.web.request.reading import read_form
from alerter.web.request.refusal import NOT_NOW, Refusal
from alerter.web.signed.link_state import LinkState, Standing, judge_link
from alerter.web.signed.links import Link
from alerter.web.signed.login import Gate

SNOOZES = ("1h", "4h", "1d", "3d", "1w")
MOST_SHOWN = 12
_MODELS: dict[str, type[Acknowledgement]] = {"ack": Acknowledgement, "snooze": Snooze, "close": Closing}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One request for one link; `known` is what the ledger knows of its deadline."""

    request: Request
    link: Link
    deadline: Deadline | None
    known: Known | None
    state: LinkState


def link_routes(desk: Desk) -> list[Route]:
    """GET and POST /a/TOKEN."""

    async def follow(request: Request) -> Response:
        await make_ready()
        try:
            return await _follow(desk, request)
        except (NotReady, LedgerError):
            return _refuse(desk, request, 503, _words(desk, request).tell(NOT_NOW))
        except Refusal as error:
            return _refuse(desk, request, error.status_code, _words(desk, request).tell(error.why))

    return [Route("/a/{token}", follow, methods=["GET", "POST"])]


def deed_from(action: str, values: dict[str, str], **facts: str | None) -> Deed:
    """What a form wants done; raises Refusal 422. Fields that the action does not take are passed over."""
    model = _MODELS[action]
    names = {field.alias or name for name, field in model.model_fields.items()}
    asked = read_values(model, {name: value for name, value in values.items() if name in names})
    return Deed(
        action=action,  # type: ignore[arg-type]  # one of the keys above
        by=asked.by,
        note=asked.note,
        snooze_for=getattr(asked, "snooze_for", None),
        status=getattr(asked, "status", None),
        **facts,
    )


async def _follow(desk: Desk, request: Request) -> Response:
    link = desk.linker.read(request.path_params["token"])
    if link is None:
        words = _words(desk, request)
        sentence = words.say(
            "page", "This link is not valid: it was changed, or copied only in part. Nothing was done."
        )
        return _refuse(desk, request, 404, sentence)
    deadline = await desk.find_standing(link.deadline)
    known = await find_known(desk.ledger, link.deadline)
    state = judge_link(link, deadline, known, desk.now())
    case = _Case(request=request, link=link, deadline=deadline, known=known, state=state)
    if request.method != "POST" or state.standing is not Standing.GOOD:
        return _show(desk, case)
    return await _act(desk, case)


async def _act(desk: Desk, case: _Case) -> Response:
    """Do what the link is for, and show that it is done."""
    link = case.link
    values = await read_form(case.request)
    if not values.get("by", "").strip():
        values["by"] = link.channel
    deed = deed_from(link.action, values, due_key=link.due_key, channel=link.channel)
    try:
        done = await desk.do(link.deadline, deed)
    except (CannotDo, NoSuchDeadline) as error:
        return _refuse(desk, case.request, 409, _words(desk, case.request).tell(error.why))
    state = LinkState(standing=Standing.DONE, due=done.due, action=done.action)
    answer = _show(desk, replace(case, state=state), is_new=not done.is_repeat)
    _gate(desk).keep_name(answer, done.action.by)
    return answer


def _show(desk: Desk, case: _Case, *, is_new: bool = False) -> Response:
    deadline, state = case.deadline, case.state
    shown = _stopped(desk, case) if state.standing is Standing.GOOD else []
    return _answer(
        desk,
        case.request,
        "link.html",
        state.status,
        link=case.link,
        deadline=deadline,
        state=state,
        stopped=shown[:MOST_SHOWN],
        more_count=max(0, len(shown) - MOST_SHOWN),
        snoozes=SNOOZES,
        name=_gate(desk).name_of(case.request),
        is_new=is_new,
    )


def _stopped(desk: Desk, case: _Case) -> list[Notice]:
    """The notices that acting would end; of a snooze they depend on how long it is."""
    deadline, due = case.deadline, case.state.due
    if deadline is None or due is None or case.link.action == "snooze":
        return []
    actions = case.known.actions if case.known is not None else ()
    deed = Deed(action=case.link.action, by="", due_key=due.key)
    action = action_for(deadline, deed, due, actions, desk.now())
    return notices_ended(deadline, desk.watch_list.channels, action, actions, due)


def _gate(desk: Desk) -> Gate:
    return Gate(desk.key, desk.token, desk.service().base_url)


def _refuse(desk: Desk, request: Request, status: int, sentence: str) -> Response:
    return refuse_page(request, _words(desk, request), status, sentence)


def _answer(desk: Desk, request: Request, template: str, status: int, **values: object) -> Response:
    return answer_page(request, template, _words(desk, request), values, status=status)


def _words(desk: Desk, request: Request) -> Words:
    watch_list = desk.find_watch_list()
    return words_for(request, desk.now(), watch_list.zone if watch_list else None)
