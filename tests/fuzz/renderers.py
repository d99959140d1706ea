"""Forms of messages: whatever text stands in a deadline, each channel's form stays valid, bounded and its own."""

from __future__ import annotations

import email
import email.policy
import io
import json
import re
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st
from icalendar import Calendar

from alerter.channels.port import Rendered, Sender
from alerter.channels.registry import Context, build, channel_types
from alerter.domain.messages.message import ActionTaken, Message
from alerter.domain.notices.notice import Kind
from tests.fuzz.target import Target
from tests.messages import deadline, instant, message, plain

SETTINGS: dict[str, dict[str, Any]] = {
    "console": {},
    "webhook": {"url": "https://ops.example.com/hook"},
    "slack": {"url": "https://hooks.example.com/services/T/B/X"},
    "email": {"to": ["ana@example.com"], "from": "desk@example.com", "smtp": {"host": "mail.example.com"}},
    "apprise": {"url": "json://ops.example.com"},
}
OUR_LINKS = re.compile(r"<https?://[^<>|]+\|[^<>|]+>")
MARKS = [
    "<!channel>", "<@U1>", "<https://x|y>", "&amp;", "</p><script>alert(1)</script>", '"', "onx='",
    "\r\nBcc: x@example.com\r\n.\r\n",
    "{{7*7}}", "{% raw %}", "${x}", "%s", "{0}", "]]>", "\n--- ", "[a](http://x)", "*_`~|#", "BEGIN:VEVENT\r\n;,\\n",
    "\x00\x1b[2J", "\u2028\u2029\x85", "\ud800", "\udfff", "\u202e\ufeff\u200d", "=?utf-8?q?x?=",
    "javascript:alert(1)", "https://e.example/?a=<b>|c",
]  # fmt: skip

words = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=4)), max_size=8).map(" ".join),
    st.integers(1, 6000).map(lambda length: "é&<x " * (length // 5)),
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A message of any kind with any text wherever the config or a person may put one."""
    if draw(st.integers(0, 3)) == 0:
        title, text = draw(words), draw(words)
        kind = draw(st.sampled_from([Kind.TEST, Kind.PROBLEM, Kind.DIGEST, Kind.BUNDLE]))
        items = tuple(_about(draw, number) for number in range(draw(st.integers(0, 4))))
        return plain(kind, title=title, **({"items": items} if kind in (Kind.DIGEST, Kind.BUNDLE) else {"text": text}))
    return _about(draw, 0)


def _about(draw: st.DrawFn, number: int) -> Message:
    named = {name: draw(words) for name in ("title", "note", "owner", "link")}
    tags = tuple(draw(st.lists(words, max_size=3)))
    kind = draw(st.sampled_from([Kind.UPCOMING, Kind.DUE, Kind.OVERDUE, Kind.RECHECK]))
    action = ActionTaken(at=instant("2025-11-01T00:00"), action="ack", by=draw(words), note=draw(words))
    return message(id=f"ntc_{number}", kind=kind, deadline=deadline(**named, tags=tags), actions=(action,))


def render(kind: str, told: Message) -> Rendered:
    """The message in the form of a channel of that kind."""
    return _sender(kind).render(told)


def _sender(kind: str) -> Sender:
    settings = channel_types()[kind].model_validate({"type": kind, **SETTINGS[kind]})
    return build(settings, "ops", Context(out=io.StringIO()))


SENDERS = {kind: _sender(kind) for kind in SETTINGS}


def check_form(told: Message) -> None:
    """All forms of one message hold what they must."""
    for kind, sender in SENDERS.items():
        rendered = sender.render(told)
        _check_words(rendered)
        _CHECKS[kind](rendered)


def _check_words(rendered: Rendered) -> None:
    assert len(rendered.subject.splitlines()) == 1, rendered.subject
    for said in (rendered.subject, rendered.text):
        said.encode()
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", said), said


def _check_console(rendered: Rendered) -> None:
    return  # its words are all there is


def _check_webhook(rendered: Rendered) -> None:
    body = json.loads(rendered.body)
    assert sorted(body) == ["data", "timestamp", "type"]


def _check_slack(rendered: Rendered) -> None:
    body = json.loads(json.dumps(rendered.body))
    texts = [body["text"]]
    assert len(body["blocks"]) <= 50
    for block in body["blocks"]:
        fields = [*([block["text"]] if "text" in block else []), *block.get("fields", [])]
        inner = [each for each in block.get("elements", []) if "text" in each]
        texts += [each["text"] for each in fields if each["type"] == "mrkdwn"]
        limit = 150 if block["type"] == "header" else 3000
        assert all(1 <= len(each["text"]) <= limit for each in fields), block
        texts += [each["text"] for each in inner if each["type"] == "mrkdwn"]
    assert not [said for said in texts if set("<>") & set(OUR_LINKS.sub("", said))]
    assert len(body["text"]) <= 40_000


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}
        links = [value or "" for name, value in attrs if name in ("href", "src")]
        assert all(link.startswith(("http://", "https://")) for link in links), links


def _tags_of(page: str) -> set[str]:
    parser = _Tags()
    parser.feed(page)
    return parser.found


def _parts(rendered: Rendered) -> EmailMessage:
    parsed = email.message_from_bytes(rendered.body, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _page(rendered: Rendered) -> str:
    part = _parts(rendered).get_body(("html",))
    return str(part.get_content()) if part is not None else ""


TOLD = message(deadline=deadline(note="two\nlines"))
USUAL = {kind: [render("email", told) for told in (TOLD, plain(kind, title="x", text="y", items=(message(),)))]
         for kind in (Kind.DIGEST, Kind.BUNDLE, Kind.TEST, Kind.PROBLEM)}  # fmt: skip
OUR_TAGS = {tag for forms in USUAL.values() for form in forms for tag in _tags_of(_page(form))}
OUR_HEADERS = {name for forms in USUAL.values() for form in forms for name in _parts(form).keys()}  # noqa: SIM118 - names repeat


def _check_email(rendered: Rendered) -> None:
    parsed = _parts(rendered)
    names = list(parsed.keys())
    assert set(names) <= OUR_HEADERS, names
    assert len(set(names)) == len(names), names
    assert _tags_of(_page(rendered)) <= OUR_TAGS
    for part in parsed.walk():
        if part.get_content_type() == "text/calendar":
            found = Calendar.from_ical(part.get_content())
            assert found.walk("VEVENT")
    assert max(map(len, rendered.body.splitlines())) <= 998


def _check_apprise(rendered: Rendered) -> None:
    rest = re.sub(
        r"\\[\\`*_{}\[\]()<>#+\-.!|~&@]",
        "",
        re.sub(r"\*\*|^- |<https?://[^<> ]+>", "", rendered.body, flags=re.MULTILINE),
    )
    assert not set("`*_[]<>@") & set(rest), rest


_CHECKS = {
    "console": _check_console,
    "webhook": _check_webhook,
    "slack": _check_slack,
    "email": _check_email,
    "apprise": _check_apprise,
}

TARGETS = (Target(name="forms of messages", values=messages(), check=check_form),)
