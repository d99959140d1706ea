"""No text of the configuration breaks out of any form it is put into."""

from __future__ import annotations

import email
import email.policy
import json
import re
from email.headerregistry import Address
from email.message import EmailMessage
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from alerter.channels.apprise import escape as escape_markdown
from alerter.channels.email_html import html
from alerter.channels.email_message import Letterhead, compose
from alerter.channels.slack_blocks import payload
from alerter.domain.messages.message import ActionTaken, Message
from alerter.domain.messages.wording import line, subject, text
from tests.messages import deadline, instant, message

WORDS = st.one_of(
    st.text(max_size=80),
    st.text(st.sampled_from("<>&|*_`[]()!@#\"'\r\n\u2028\x00\x1b{}%\ud800\u202ea "), max_size=80),
)
OUR_LINKS = re.compile(r"<https?://[^<>|]+\|[^<>|]+>")
LETTERHEAD = Letterhead(sender=Address(addr_spec="desk@example.com"), to=(Address(addr_spec="ana@example.com"),))
HEADERS = email.message_from_bytes(compose(LETTERHEAD, message(), "s", "t")).keys()


class Tags(HTMLParser):
    """Collects what tags and attributes a page has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, its attributes and where its links lead."""
        self.found |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}
        assert all((value or "").startswith(("http://", "https://")) for name, value in attrs if name == "href")


def tags_of(page: str) -> set[str]:
    """The tags and attributes of a page."""
    parser = Tags()
    parser.feed(page)
    return parser.found


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """A message with any text wherever the config or a person may put one."""
    words = {name: draw(WORDS) for name in ("title", "note", "owner", "link")}
    action = ActionTaken(at=instant("2025-11-01T00:00"), action="ack", by=draw(WORDS), note=draw(WORDS))
    return message(deadline=deadline(**words), actions=(action,))


@settings(max_examples=60, deadline=None)
@given(messages())
def test_slack_has_no_marks_but_ours(told: Message) -> None:
    """Every angle bracket in a Slack message belongs to a link that we made, and the payload is JSON."""
    body = payload(told)
    inside = [part for block in body["blocks"] for part in (*block.get("fields", ()), *block.get("elements", ()))]
    texts = [part["text"] for part in (*body["blocks"], *inside) if "text" in part]
    words = [body["text"], *(said if isinstance(said, str) else said["text"] for said in texts)]
    assert not [said for said in words if set("<>") & set(OUR_LINKS.sub("", said))]
    json.loads(json.dumps(body).encode())


@settings(max_examples=60, deadline=None)
@given(messages())
def test_page_has_no_tags_but_ours(told: Message) -> None:
    """The HTML of a mail has the tags of the template, whatever the words."""
    assert tags_of(html(told)) <= tags_of(html(message(deadline=deadline(note="two\nlines"))))


@settings(max_examples=60, deadline=None)
@given(messages())
def test_mail_has_no_headers_but_ours(told: Message) -> None:
    """A mail has the headers it always has, one subject among them, and five parts."""
    content = compose(LETTERHEAD, told, subject(told), text(told))
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert list(parsed.keys()) == list(HEADERS)
    assert len(list(parsed.walk())) == 5


@settings(max_examples=200, deadline=None)
@given(messages())
def test_words_are_lines_that_can_be_printed(told: Message) -> None:
    """Subject and line are one line each, and no text holds a control character or half a character."""
    for said in (subject(told), line(told)):
        assert said.splitlines() == [said]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text(told))
    text(told).encode()


@given(WORDS)
def test_markdown_marks_are_all_escaped(words: str) -> None:
    """After the escaped marks are taken away no mark is left."""
    rest = re.sub(r"\\[\\`*_{}\[\]()<>#+\-.!|~&@]", "", escape_markdown(words))
    assert not set("\\`*_[]<>@") & set(rest)
