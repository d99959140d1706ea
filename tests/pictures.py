"""Takes the pictures of the README: `python -m tests.pictures`. Needs Debian's chromium.

The page is the real daemon's on the example watch list, after a week of September 2025 on a virtual clock; mail and
Slack message are the reviewed ones of the snapshots. Slack's own drawing is imitated, the content is what would
be posted.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import shutil
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from alerter.channels.email_html import html
from alerter.channels.slack_blocks import payload
from alerter.engine.time.clock import SystemClock
from alerter.ledger.ledger import Ledger
from tests.acceptance.harness import EXAMPLE, Bench
from tests.acceptance.waiting import until
from tests.application import running
from tests.browser.browsing import DESKTOP, browsing, page_of
from tests.snapshots.moments import told
from tests.snapshots.pages import Scene

FOLDER = Path(__file__).parents[1] / ".github/pictures"
FIRST_DAY = datetime(2025, 9, 8, 4, tzinfo=UTC)
MONDAY = datetime(2025, 9, 15, 13, tzinfo=UTC)

SLACK_STYLE = """
body { margin: 0; padding: 20px; width: 640px; color: #1d1c1d; background: #fff }
body { font: 15px/1.46 Lato, "Noto Sans", sans-serif }
h2 { font-size: 18px; margin: 0 0 8px }
p { margin: 8px 0 }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px }
.actions span { display: inline-block; border: 1px solid #bbb; border-radius: 4px }
.actions span { padding: 6px 12px; margin: 0 8px 8px 0; font-weight: 700 }
.actions .primary { background: #007a5a; border-color: #007a5a; color: #fff }
.context { color: #616061; font-size: 13px }
a { color: #1264a3; text-decoration: none }
"""


async def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with browsing() as browser:
        await _take_site(browser)
        message = told("tiktok", "a-week-before", "en")
        await _take_text(browser, "mail", html(message), (720, 620))
        await _take_text(browser, "slack", _as_slack_shows(payload(message)), (680, 430))


async def _take_site(browser: Browser) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        async with AsyncExitStack() as stack:
            bench = Bench(Path(folder), stack)
            shutil.copytree(EXAMPLE, bench.folder / "config", dirs_exist_ok=True)
            await _live_through_the_week(bench)
            async with running(bench, SystemClock(start=MONDAY), listen="127.0.0.1:0") as daemon:
                await until(lambda: daemon.daemon.last_cycle_at is not None, "the first cycle")
                assert daemon.web is not None
                address = f"http://127.0.0.1:{daemon.web.port}"
                await _take(browser, "page", f"{address}/", DESKTOP, dark=False)


async def _live_through_the_week(bench: Bench) -> None:
    ledger = Ledger(bench.store)
    await ledger.open()
    scene = Scene(folder=bench.folder / "config", ledger=ledger, at=FIRST_DAY)
    await scene.desk.open()
    await scene.live_until(MONDAY)
    await ledger.close()


async def _take(browser: Browser, name: str, address: str, size: tuple[int, int], *, dark: bool) -> None:
    async with page_of(browser, size=size, dark=dark) as (page, _):
        await page.goto(address)
        await page.screenshot(path=FOLDER / f"{name}.png")


async def _take_text(browser: Browser, name: str, content: str, size: tuple[int, int]) -> None:
    async with page_of(browser, size=size) as (page, _):
        await page.set_content(content)
        await page.screenshot(path=FOLDER / f"{name}.png", full_page=True)


def _as_slack_shows(body: dict[str, Any]) -> str:
    parts = "".join(_block(block) for block in body["blocks"])
    return f"<!doctype html><meta charset=utf-8><style>{SLACK_STYLE}</style>{parts}"


def _block(block: dict[str, Any]) -> str:
    kind = block["type"]
    if kind == "header":
        return f"<h2>{escape(block['text']['text'])}</h2>"
    if kind == "actions":
        buttons = (f"<span class='{one.get('style', '')}'>{one['text']['text']}</span>" for one in block["elements"])
        return f"<p class='actions'>{''.join(buttons)}</p>"
    if kind == "context":
        return f"<p class='context'>{' '.join(_words(one['text']) for one in block['elements'])}</p>"
    if kind != "section":
        return "<hr>"
    text = f"<p>{_words(block['text']['text'])}</p>" if "text" in block else ""
    fields = "".join(f"<div>{_words(one['text'])}</div>" for one in block.get("fields", ()))
    return text + (f"<div class='fields'>{fields}</div>" if fields else "")


def _words(text: str) -> str:
    """Slack's mrkdwn, as far as the messages use it; its entities are HTML's own."""
    linked = re.sub(r"<(https?://[^|>]+)\|([^>]+)>", r'<a href="\1">\2</a>', text)
    linked = re.sub(r"<(https?://[^|>]+)>", r'<a href="\1">\1</a>', linked)
    return re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", linked).replace("\n", "<br>")


if __name__ == "__main__":
    asyncio.run(main())
