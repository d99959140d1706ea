"""Mail and Slack messages about the watch list, as somebody has looked at them and found them good.

After a change that is meant, `RENEW=1 pytest -n 0 tests/snapshots` writes the files anew; then look at the difference,
and at the HTML in a browser, before committing it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from alerter.channels.email_html import html
from alerter.channels.slack_blocks import payload, thread_payload
from alerter.domain.messages.message import Message
from alerter.domain.messages.wording import subject, text
from tests.snapshots.moments import MOMENTS, everything
from tests.snapshots.pages import PATHS

HERE = Path(__file__).parent
MESSAGES = dict(everything())


def forms(message: Message) -> dict[str, str]:
    """The message in each form that is kept, by the ending of its file."""
    return {
        "txt": f"Subject: {subject(message)}\n\n{text(message)}\n",
        "html": html(message) + "\n",
        "slack.json": as_json(payload(message)),
        **({"thread.json": as_json(thread_payload(message))} if message.deadline else {}),
    }


def as_json(body: object) -> str:
    """The body as a person reads it."""
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", MESSAGES)
def test_message_looks_as_reviewed(name: str) -> None:
    """Each form of the message is, to the letter, the one that was looked at."""
    for ending, words in forms(MESSAGES[name]).items():
        path = HERE / f"{name}.{ending}"
        if os.environ.get("RENEW"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(words, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == words, f"{path} differs; see this file's docstring"


def test_no_snapshot_is_left_over() -> None:
    """Every file belongs to a message or a page."""
    pages = {f"{language}/{moment}/{page}.html" for language in ("en", "es") for moment in MOMENTS for page in PATHS}
    kept = {
        path.relative_to(HERE).as_posix() for path in HERE.glob("*/**/*") if path.is_file() and path.suffix != ".pyc"
    }
    assert kept == pages | {f"{name}.{ending}" for name, message in MESSAGES.items() for ending in forms(message)}
