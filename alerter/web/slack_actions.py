"""Buttons pressed in Slack: only what Slack has signed within the last minutes, and only with links that still hold."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerter.channels.http_answer import Failure
from alerter.channels.slack_blocks import escape
from alerter.domain.decisions.acting import CannotDo, Deed
from alerter.domain.messages.deeds import deed as deed_words
from alerter.domain.messages.deeds import taken
from alerter.domain.planning.deadline import Status
from alerter.domain.words.language import ENGLISH, marked, speak
from alerter.domain.words.names import as_it_is
from alerter.domain.words.statement import Statement, spoken, stated
from alerter.ledger.doing import find_known
from alerter.ledger.errors import LedgerError
from alerter.web.desk.desk import Desk, NoSuchDeadline, NotReady
from alerter.web.request.problem import answer_problem
from alerter.web.request.reading import parse_form, read_body
from alerter.web.request.refusal import NOT_NOW
from alerter.web.signed.link_state import Standing, judge_link
from alerter.web.signed.links import Link

log = structlog.get_logger(__name__)

GOOD_FOR = 300  # seconds
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
SNOOZE_FOR = timedelta(days=1)
REPLY_WITHIN = timedelta(seconds=2)


def is_signed(secrets: Iterable[str], timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether Slack signed these bytes with one of the secrets, not long ago (`now` in seconds since 1970)."""
    if not _TIMESTAMP.fullmatch(timestamp) or abs(now - int(timestamp)) > GOOD_FOR:
        return False
    signed = b":".join([b"v0", timestamp.encode(), body])
    right = [f"v0={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return any([hmac.compare_digest(one.encode(), signature.encode()) for one in right])  # noqa: C419 - all, always


def slack_routes(desk: Desk) -> list[Route]:
    """POST /slack/actions."""

    async def act(request: Request) -> Response:
        body = await read_body(request)
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not is_signed(desk.signing_secrets().values(), timestamp, signature, body, desk.now().timestamp()):
            return answer_problem(401, "This was not signed by Slack, or too long ago.")
        try:
            pressed = _read(json.loads(parse_form(body).get("payload", "")))
        except (ValueError, TypeError, KeyError, IndexError):
            return answer_problem(400, "This is no press of a button.")
        if pressed is None:  # a button that only opens an address
            return Response(status_code=200)
        said = await _do(desk, pressed.token, pressed.by)
        sentence = spoken(said.what, speak(said.language))
        await _reply(pressed, sentence)
        return JSONResponse({"text": sentence})

    return [Route("/slack/actions", act, methods=["POST"])]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Press:
    """The signed token of the button, who pressed it, where to answer, and the thread in which it stands, if any."""

    token: str
    by: str
    answer_at: str
    thread: str | None


def _read(payload: dict[str, Any]) -> _Press | None:
    """The press of a button; None where it carries no token."""
    button, user = payload["actions"][0], payload["user"]
    token = button.get("value")
    if not isinstance(token, str):
        return None
    by = user.get("name") or user.get("username") or user["id"]
    return _Press(token=token, by=str(by), answer_at=str(payload.get("response_url", "")), thread=_thread_of(payload))


def _thread_of(payload: dict[str, Any]) -> str | None:
    """Slack names the thread with the message, and beside it as well where it sends no message along."""
    named = [payload[part].get("thread_ts") for part in ("message", "container") if isinstance(payload.get(part), dict)]
    return next((thread for thread in named if isinstance(thread, str)), None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of it, and the language of the channel that is to hear."""

    what: Statement
    language: str = ENGLISH


async def _do(desk: Desk, token: str, by: str) -> _Answer:
    """Have it done; what became of it."""
    try:
        link = desk.linker.read(token)
        if link is None:
            return _Answer(stated("refusal", "This button is not valid. Nothing was done."))
        return await _do_linked(desk, link, by)
    except NotReady:
        return _Answer(NOT_NOW)


async def _do_linked(desk: Desk, link: Link, by: str) -> _Answer:
    language = _language(desk, link.channel)
    try:
        deadline = desk.find(link.deadline)
        known = await find_known(desk.ledger, link.deadline)
        if judge_link(link, deadline, known, desk.now()).standing not in (Standing.GOOD, Standing.DONE):
            words = marked(
                "refusal", "{deadline}: this button is of no use any more, the deadline has moved or is over."
            )
            return _Answer(stated(*words, deadline=link.deadline), language)
        snooze_for = SNOOZE_FOR if link.action == "snooze" else None
        status = Status.MET if link.action == "close" else None
        deed = Deed(
            action=link.action,
            by=by,
            snooze_for=snooze_for,
            status=status,
            due_key=link.due_key,
            channel=link.channel,
        )
        done = await desk.do(link.deadline, deed)
    except (CannotDo, NoSuchDeadline) as error:
        return _Answer(error.why, language)
    except LedgerError:
        return _Answer(NOT_NOW, language)
    done_so = deed_words(taken(done.action), deadline.zone, speak(language))
    return _Answer(as_it_is(f"{deadline.title}: {done_so}"), language)


def _language(desk: Desk, channel: str) -> str:
    found = desk.watch_list.channels.get(channel)
    return found.language if found is not None else ENGLISH


async def _reply(pressed: _Press, sentence: str) -> None:
    """Say so where the button stands: Slack shows nobody what a press of a button is answered."""
    if not pressed.answer_at.startswith(("https://", "http://")):
        return
    from alerter.channels.http import Http  # noqa: PLC0415 - takes long: only who sends needs it

    http = Http(limit=REPLY_WITHIN)
    place = {} if pressed.thread is None else {"thread_ts": pressed.thread}
    body = {"response_type": "in_channel", "replace_original": False, **place, "text": escape(sentence)}
    try:
        answer = await http.post(pressed.answer_at, {"content-type": "application/json"}, json.dumps(body).encode())
        if isinstance(answer, Failure):
            log.warning("slack.unanswered", detail=answer.detail)
    finally:
        await http.close()
