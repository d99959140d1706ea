"""Slack: what it is sent, and what each of its answers means."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerter.channels.port import Refreshing
from alerter.channels.registry import Context, build
from alerter.channels.slack import SlackSettings
from alerter.channels.slack_blocks import BLOCK_LIMIT, SECTION_LIMIT, escape, payload, thread_payload
from alerter.domain.dates.zone import load_zone
from alerter.domain.messages.message import ActionTaken, Message, Moved
from alerter.domain.notices.notice import Kind
from alerter.domain.notices.outcome import Cause, Delivered, Outcome, Refused, Retry
from alerter.domain.planning.due import Due
from tests.messages import TRUCE, deadline, instant, message, plain, wall
from tests.servers import Receiver, Reply, http_receiver

TOKEN = "xoxb-CANARY-TOKEN"
BEFORE = Due("2025-08-12T00:01:00[America/New_York]", wall("2025-08-12T00:01"), instant("2025-08-12T04:01"))
MOVED = Moved(before=BEFORE, after=TRUCE)


@pytest.fixture
async def slack() -> AsyncIterator[Receiver]:
    """Slack, as far as it takes messages."""
    async with http_receiver() as running:
        yield running


async def send(settings: dict[str, Any], told: Message | None = None) -> Outcome:
    """Send one message with these settings and close."""
    sender = build(
        SlackSettings.model_validate({"type": "slack", **settings}), "desk", Context(limit=timedelta(seconds=5))
    )
    told = told or message()
    try:
        return await sender.send(told, sender.render(told))
    finally:
        await sender.close()


async def post(slack: Receiver, status: int, body: str, told: Message | None = None, *, times: int = 1) -> Outcome:
    """The outcome of an answer by the incoming webhook."""
    slack.answer(*[Reply(status=status, body=body.encode())] * times)
    return await send({"url": f"{slack.url}/services/T/B/CANARY"}, told)


async def test_blocks_stand_at_top_level_with_text_beside(slack: Receiver) -> None:
    """The payload has blocks and a plain text, and no previews of links."""
    assert isinstance(await post(slack, 200, "ok"), Delivered)
    body = json.loads(slack.requests[0].body)
    assert sorted(body) == ["blocks", "text", "unfurl_links", "unfurl_media"]
    assert body["text"].startswith("U.S.-China tariff truce expires is due in 7 days")
    assert body["blocks"][0]["text"]["text"] == "U.S.-China tariff truce expires"


async def test_message_holds_all_that_is_promised(slack: Receiver) -> None:
    """Title, countdown, exact time, certainty, severity, note, link, owner and buttons are there."""
    await post(slack, 200, "ok")
    words = slack.requests[0].body.decode()
    for expected in (
        "Due in 7 days: Mon 10 Nov 2025, 00:01 EST",
        "Mon 10 Nov 2025, 06:01 CET",
        "Likely to be extended again - plan for both",
        "*Severity*\\ncritical",
        "Both sides must decide",
        "Link: <https://example.org/source|https://example.org/source>",
        "*Owner*\\ntrade desk",
        '"url":"https://deadlines.example.com/a/1"',
    ):
        assert expected in words


@pytest.mark.parametrize(
    ("status", "word", "expected"),
    [
        (200, "<html>log in</html>", Retry(detail="status 200: <html>log in</html>", cause=Cause.NEEDS_PERSON)),
        (200, '{"ok":false}', Retry(detail='status 200: {"ok":false}', cause=Cause.NEEDS_PERSON)),
        (201, "ok", Retry(detail="status 201: ok", cause=Cause.NEEDS_PERSON)),
        (302, "", Retry(detail="status 302", cause=Cause.NEEDS_PERSON)),
        (400, "user_not_found", Retry(detail="status 400: user_not_found", cause=Cause.NEEDS_PERSON)),
        (404, "channel_not_found", Retry(detail="status 404: channel_not_found", cause=Cause.NEEDS_PERSON)),
        (400, "invalid_token", Retry(detail="status 400: invalid_token", cause=Cause.NEEDS_PERSON)),
        (403, "invalid_token", Retry(detail="status 403: invalid_token", cause=Cause.NEEDS_PERSON)),
        (403, "action_prohibited", Retry(detail="status 403: action_prohibited", cause=Cause.NEEDS_PERSON)),
        (
            403,
            "posting_to_general_channel_denied",
            Retry(detail="status 403: posting_to_general_channel_denied", cause=Cause.NEEDS_PERSON),
        ),
        (403, "team_disabled", Retry(detail="status 403: team_disabled", cause=Cause.NEEDS_PERSON)),
        (404, "no_team", Retry(detail="status 404: no_team", cause=Cause.NEEDS_PERSON)),
        (404, "no_service", Refused(detail="status 404: no_service", closes_channel=True)),
        (404, "no_service_id", Refused(detail="status 404: no_service_id", closes_channel=True)),
        (404, "no_active_hooks", Refused(detail="status 404: no_active_hooks", closes_channel=True)),
        (410, "channel_is_archived", Refused(detail="status 410: channel_is_archived", closes_channel=True)),
        (
            429,
            "rate_limited",
            Retry(detail="status 429: rate_limited", cause=Cause.RATE_LIMITED, retry_after=timedelta(seconds=30)),
        ),
        (500, "rollup_error", Retry(detail="status 500: rollup_error", is_ambiguous=True)),
        (503, "", Retry(detail="status 503", is_ambiguous=True)),
    ],
)
async def test_c1_each_answer_has_its_outcome(slack: Receiver, status: int, word: str, expected: Outcome) -> None:
    """Slack's words decide, and only 200 with `ok` is a yes."""
    assert await post(slack, status, word) == expected
    assert len(slack.requests) == 1


@pytest.mark.parametrize(
    "word",
    [
        "invalid_payload",
        "no_text",
        "too_many_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "missing_text_or_fallback_or_attachments",
    ],
)
async def test_c4_form_that_is_not_taken_goes_out_in_plain_words(slack: Receiver, word: str) -> None:
    """A refused form is sent again at once as text, and that is the delivery."""
    assert await post(slack, 400, word) == Delivered(detail="status 200: ok")
    plain_body = json.loads(slack.requests[1].body)
    assert "blocks" not in plain_body
    assert "Mon 10 Nov 2025, 00:01 EST" in plain_body["text"]


async def test_c4_plain_words_that_are_not_taken_are_the_end(slack: Receiver) -> None:
    """Refused twice is refused for good."""
    outcome = await post(slack, 400, "invalid_payload", times=2)
    assert outcome == Refused(detail="status 400: invalid_payload")
    assert len(slack.requests) == 2


async def test_c3_limit_is_kept_as_long_as_asked(slack: Receiver) -> None:
    """Retry-After is handed on."""
    slack.answer(Reply(status=429, body=b"rate_limited", headers=(("retry-after", "17"),)))
    outcome = await send({"url": f"{slack.url}/x"})
    assert isinstance(outcome, Retry)
    assert (outcome.cause, outcome.retry_after) == (Cause.RATE_LIMITED, timedelta(seconds=17))


async def test_broken_off_yes_is_ambiguous(slack: Receiver) -> None:
    """A 200 whose body breaks off may have been a yes."""
    slack.answer(Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n", ending="close"))
    outcome = await send({"url": f"{slack.url}/x"})
    assert isinstance(outcome, Retry)
    assert outcome.is_ambiguous


def bot(slack: Receiver) -> dict[str, Any]:
    """Settings of a bot."""
    return {"token": TOKEN, "channel": "#trade", "api_url": f"{slack.url}/api"}


async def test_bot_starts_a_thread_and_follows_it(slack: Receiver) -> None:
    """The first message's timestamp comes back as the reference, and the next hangs on it."""
    slack.default = Reply(body=b'{"ok":true,"ts":"1762146060.000100"}')
    first = await send(bot(slack))
    second = await send(bot(slack), message(thread="1762146060.000100"))
    assert isinstance(first, Delivered)
    assert isinstance(second, Delivered)
    assert (first.reference, second.reference) == ("1762146060.000100", "1762146060.000100")
    bodies = [json.loads(request.body) for request in slack.requests]
    assert [body.get("thread_ts") for body in bodies] == [None, "1762146060.000100"]
    assert bodies[0]["channel"] == "#trade"
    assert slack.requests[0].path == "/api/chat.postMessage"
    assert slack.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_yes_of_the_bot_counts_however_long_the_message_that_it_repeats(slack: Receiver) -> None:
    """The API answers with the whole message: a long one is no answer that broke off, and is not sent again."""
    echo = {"ok": True, "channel": "C024BE91L", "ts": "1762146060.000100", "message": {"blocks": ["x" * 200_000]}}
    slack.default = Reply(body=json.dumps(echo).encode())
    outcome = await send(bot(slack))
    assert isinstance(outcome, Delivered)
    assert (outcome.reference, outcome.place) == ("1762146060.000100", "C024BE91L")
    assert len(outcome.detail) < 300


def threaded(**changes: Any) -> Message:
    """A later message of a deadline that has a thread."""
    return message(**{"thread": "1762146060.000100", "next_at": instant("2025-11-09T13:30"), **changes})


POSTED = Reply(body=b'{"ok":true,"ts":"1762146999.000200","channel":"C024BE91L"}')


async def refresh(settings: dict[str, Any], told: Message) -> str:
    """Have the first message of a thread changed, and close."""
    settings = {"type": "slack", **settings}
    sender = build(SlackSettings.model_validate(settings), "desk", Context(limit=timedelta(seconds=1)))
    assert isinstance(sender, Refreshing)
    try:
        return await sender.refresh(told, "C024BE91L")
    finally:
        await sender.close()


async def test_it_says_where_the_message_stands(slack: Receiver) -> None:
    """What is needed to change the message later comes back with its timestamp; a webhook tells neither."""
    slack.answer(POSTED)
    posted, by_webhook = await send(bot(slack)), await send({"url": f"{slack.url}/x"})
    assert isinstance(posted, Delivered)
    assert (posted.reference, posted.place) == ("1762146999.000200", "C024BE91L")
    assert isinstance(by_webhook, Delivered)
    assert (by_webhook.reference, by_webhook.place) == (None, None)


async def test_first_message_of_a_thread_says_how_things_stand(slack: Receiver) -> None:
    """The message that began the thread is changed, to words that do not age."""
    acted = ActionTaken(at=instant("2025-11-03T09:00"), action="ack", by="Ana", note="on it")
    slack.answer(POSTED)
    assert await refresh(bot(slack), threaded(moved=MOVED, moves=2, actions=(acted,))) == "ok"
    assert [request.path for request in slack.requests] == ["/api/chat.update"]
    update = json.loads(slack.requests[0].body)
    assert (update["channel"], update["ts"]) == ("C024BE91L", "1762146060.000100")
    words = json.dumps(update, ensure_ascii=False)
    for expected in (
        "*Due Mon 10 Nov 2025, 00:01 EST*",
        "from Tue 12 Aug 2025, 00:01 EDT to Mon 10 Nov 2025, 00:01 EST, moved for the 2nd time",
        "Acknowledged by Ana: on it",
        "*Next notice*\\nSun 9 Nov 2025, 14:30 CET",
    ):
        assert expected in words
    assert "in 7 days" not in words


async def test_first_message_of_a_thread_says_when_it_is_closed(slack: Receiver) -> None:
    """A closed deadline heads its thread as closed."""
    slack.answer(POSTED)
    await refresh(bot(slack), threaded(kind=Kind.CLOSED, closed_as="met"))
    assert "*Closed: met*" in slack.requests[0].body.decode()


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(body=b'{"ok":false,"error":"message_not_found"}'), "message_not_found"),
        (Reply(status=429, body=b'{"ok":false,"error":"ratelimited"}'), "ratelimited"),
        (Reply(status=500, body=b"<html>"), "status 500"),
        (Reply(ending="reset"), "the answer was lost (ClientOSError)"),
        (Reply(ending="hang"), "no answer within 1 s"),
    ],
    ids=["gone", "limited", "broken", "reset", "silent"],
)
async def test_change_that_fails_is_a_word(slack: Receiver, reply: Reply, word: str) -> None:
    """Whatever becomes of the first message is said, in time, and tried once."""
    slack.default = reply
    assert await refresh(bot(slack), threaded()) == word
    assert len(slack.requests) == 1


async def test_webhook_changes_no_message(slack: Receiver) -> None:
    """An incoming webhook has no threads."""
    assert await refresh({"url": f"{slack.url}/x"}, threaded()) == "a webhook changes nothing"
    assert not slack.requests


def test_what_is_left_alone_of_a_bundle_has_its_buttons() -> None:
    """It is shown as it would be by itself, under the bundle's id."""
    settings = SlackSettings.model_validate({"type": "slack", "url": "https://hooks.slack.test/x"})
    made = build(settings, "desk", Context())
    left = made.render(plain(Kind.BUNDLE, id="ntc_bundle", items=(message(),)))
    assert left.body == payload(message(id="ntc_bundle"))


@pytest.mark.parametrize(
    "word",
    [
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    ],
)
async def test_what_a_thread_does_not_take_stands_in_the_channel(slack: Receiver, word: str) -> None:
    """Somebody deleted the first message, or locked its thread: the notice goes out beside it, at once."""
    slack.answer(Reply(body=f'{{"ok":false,"error":"{word}"}}'.encode()), POSTED)
    assert isinstance(await send(bot(slack), threaded()), Delivered)
    first, second = [json.loads(request.body) for request in slack.requests]
    assert first.pop("thread_ts") == "1762146060.000100"
    assert second == first


async def test_neither_thread_nor_form_need_be_taken(slack: Receiver) -> None:
    """Plain words in the channel are what is left, whichever Slack refuses first."""
    locked, long = (Reply(body=f'{{"ok":false,"error":"{word}"}}'.encode()) for word in ("thread_not_found", "no_text"))
    slack.answer(locked, long, POSTED, long, locked, POSTED)
    for _ in range(2):
        assert isinstance(await send(bot(slack), threaded()), Delivered)
        last = json.loads(slack.requests[-1].body)
        assert last.keys() & {"blocks", "thread_ts"} == set()


async def test_what_is_in_no_thread_is_refused_for_a_thread_once(slack: Receiver) -> None:
    """Without a thread such an answer is one that a person has to look at."""
    slack.default = Reply(body=b'{"ok":false,"error":"thread_not_found"}')
    outcome = await send(bot(slack))
    assert isinstance(outcome, Retry)
    assert outcome.cause is Cause.NEEDS_PERSON
    assert len(slack.requests) == 1


async def test_bundle_neither_begins_nor_joins_a_thread(slack: Receiver) -> None:
    """A message about several deadlines stands by itself."""
    slack.default = Reply(body=b'{"ok":true,"ts":"1762146060.000100"}')
    told = plain(Kind.BUNDLE, items=(message(), message(id="ntc_2")), thread="1762146060.000001")
    outcome = await send(bot(slack), told)
    assert isinstance(outcome, Delivered)
    assert outcome.reference is None
    assert "thread_ts" not in json.loads(slack.requests[0].body)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("invalid_auth", Retry(detail='status 200: {"ok":false,"error":"invalid_auth"}', cause=Cause.NEEDS_PERSON)),
        (
            "channel_not_found",
            Retry(detail='status 200: {"ok":false,"error":"channel_not_found"}', cause=Cause.NEEDS_PERSON),
        ),
        ("is_archived", Refused(detail='status 200: {"ok":false,"error":"is_archived"}', closes_channel=True)),
        (
            "ratelimited",
            Retry(
                detail='status 200: {"ok":false,"error":"ratelimited"}',
                cause=Cause.RATE_LIMITED,
                retry_after=timedelta(seconds=30),
            ),
        ),
    ],
)
async def test_bot_reads_the_error_in_the_json(slack: Receiver, word: str, expected: Outcome) -> None:
    """The API says no with 200."""
    slack.default = Reply(body=f'{{"ok":false,"error":"{word}"}}'.encode())
    assert await send(bot(slack)) == expected


@pytest.mark.parametrize("body", [b"ok", b"[]", b"null", b"\xff", b'{"ok":"true"}'])
async def test_bot_believes_only_json_that_says_yes(slack: Receiver, body: bytes) -> None:
    """Anything but `ok: true` is no yes."""
    slack.default = Reply(body=body)
    assert isinstance(await send(bot(slack)), Retry)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"url": "https://hooks.test/CANARY", "token": TOKEN},
        {"token": TOKEN},
        {"channel": "#trade"},
        {"url": "ftp://hooks.test/CANARY"},
    ],
)
def test_one_way_into_slack_is_configured(settings: dict[str, Any]) -> None:
    """Either a webhook, or a token with a channel; the error shows neither."""
    with pytest.raises(ValidationError) as refused:
        SlackSettings.model_validate({"type": "slack", **settings})
    assert "CANARY" not in str(refused.value)


def test_slack_is_paced_and_bundled_unless_told_otherwise() -> None:
    """One message a second, and bundles over five."""
    settings = SlackSettings.model_validate({"type": "slack", "url": "https://hooks.test/x"})
    assert (settings.rate, settings.bundle_over) == (1.0, 5)


@pytest.mark.parametrize("words", ["&" * 10_000, "<!channel> " * 5_000, "\U0001f600" * 50_000, "x" * 2899 + "&&&"])
def test_c5_escaped_text_is_cut_between_characters(words: str) -> None:
    """A cut text is within the limit and ends in no half entity."""
    cut = escape(words)
    assert len(cut) <= SECTION_LIMIT
    rest = cut.removesuffix("…(cut)")
    for entity in ("&amp;", "&lt;", "&gt;"):
        rest = rest.replace(entity, "")
    assert not set("&<>") & set(rest)


def test_c6_hostile_words_ping_nobody() -> None:
    """Every field's marks come out as entities; the only angle brackets are our own links."""
    hostile = "<!channel> <@U1> <!date^1^x|y> <http://x|Click>"
    told = message(deadline=deadline(title=hostile, note=hostile, owner=hostile, link=f"https://x/{hostile}"))
    words = json.dumps(payload(told), ensure_ascii=False)
    assert "<!" not in words
    assert "<@" not in words
    assert "|Click>" not in words
    assert "&lt;!channel&gt;" in words


def test_c5_largest_message_is_within_the_limits() -> None:
    """Fifty thousand characters and a thousand items stay within what Slack takes."""
    long = "\U0001f600&" * 25_000
    action = ActionTaken(at=instant("2025-11-03T09:00"), action="ack", by=long, note=long)
    told = message(deadline=deadline(title=long, note=long, owner=long, link=f"https://{long}"), actions=(action,) * 9)
    many = plain(Kind.BUNDLE, items=tuple(message(id=f"ntc_{n}", deadline=deadline(title=long)) for n in range(300)))
    for body in (payload(told), payload(many), thread_payload(told)):
        assert len(body["blocks"]) <= BLOCK_LIMIT
        assert len(body["text"]) <= 3000
        assert all(len(block["text"]["text"]) <= 3000 for block in body["blocks"] if "text" in block)
        assert len(body["blocks"][0]["text"]["text"]) <= 150
        assert all(len(block.get("fields", [])) <= 10 for block in body["blocks"])
        assert all(len(each["text"]) <= 2000 for block in body["blocks"] for each in block.get("fields", []))


def test_a_title_too_long_for_the_header_is_whole_below_it() -> None:
    """Of a notice, at the head of a thread, and of a digest's name; what fits is said once."""
    for count, is_whole in ((150, True), (151, False)):
        title = "x" * (count - 5) + "&"  # which is &amp; there
        for body in (
            payload(message(deadline=deadline(title=title))),
            thread_payload(message(deadline=deadline(title=title))),
        ):
            header, first = (block["text"]["text"] for block in body["blocks"][:2])
            assert (header == escape(title), first == escape(title)) == (is_whole, not is_whole)
    digest = payload(plain(Kind.DIGEST, title="y" * 200, items=(message(),)))
    assert digest["blocks"][1]["text"]["text"] == f"[{'y' * 200}] 1 deadline"


def test_a_note_keeps_its_lines() -> None:
    """One below the other, as they were written."""
    blocks = payload(message(deadline=deadline(note="call counsel\n\nfile")))["blocks"]
    assert [block for block in blocks if "call counsel\n\nfile" in block.get("text", {}).get("text", "")]


def test_a_long_list_names_every_deadline_or_says_how_many_more() -> None:
    """Sixty days in one digest are all there; of a thousand long ones the last line counts those that are not."""
    days = tuple(
        message(
            id=f"ntc_{n}",
            deadline=deadline(id=f"d{n}", title=f"Matter {n}!"),
            due=replace(TRUCE, at=TRUCE.at + timedelta(days=n), local=TRUCE.local + timedelta(days=n)),
        )
        for n in range(60)
    )
    said = json.dumps(payload(plain(Kind.DIGEST, title="all", items=days)))
    assert [n for n in range(60) if f"Matter {n}!" not in said] == []
    many = tuple(message(id=f"ntc_{n}", deadline=deadline(id=f"d{n}", title="long " * 40)) for n in range(1000))
    words = [block["text"]["text"] for block in payload(plain(Kind.BUNDLE, items=many))["blocks"] if "text" in block]
    shown = sum(line.startswith("• ") for part in words for line in part.split("\n"))
    assert words[-1] == f"and {1000 - shown} more"


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Madrid"])
def test_a_move_says_how_far_off_the_new_date_is(zone: str) -> None:
    """Its sentence names the dates; whether or not the readers live by the deadline's clock."""
    moved = message(kind=Kind.MOVED, lead=None, moved=MOVED, moves=1, zone=load_zone(zone))
    assert "in 7 days" in json.dumps(payload(moved, is_interactive=False)["blocks"])


def test_buttons_call_back_where_slack_is_signed() -> None:
    """With a signing secret the buttons carry what signs the address instead of the address."""
    blocks = payload(message(), is_interactive=True)["blocks"]
    buttons = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    assert buttons[0]["action_id"] == "ack"
    assert buttons[0]["value"] == "1"
    assert "url" not in buttons[0]


@pytest.mark.parametrize("language", ["en", "es"])
def test_buttons_have_the_same_names_in_every_language(language: str) -> None:
    """What a button is for follows from the action, not from its label."""
    blocks = payload(message(language=language), is_interactive=True)["blocks"]
    buttons = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    assert [button["action_id"] for button in buttons] == ["ack", "open_page"]
