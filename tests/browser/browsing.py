"""Debian's Chromium, driven as a person would drive it, and axe-core to judge what it shows."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DESKTOP, PHONE = (1280, 900), (390, 844)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A running browser."""
    program = shutil.which("chromium")
    assert program is not None, "these cases need Debian's chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=OPTIONS.split())
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def page_of(
    browser: Browser, *, size: tuple[int, int] = DESKTOP, dark: bool = False, scripts: bool = True
) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page of its own, and what the browser complains of: errors, refusals, requests that leave the machine."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda sent: (
            complaints.append(sent.url) if "://127.0.0.1:" not in sent.url and sent.url != "about:blank" else None
        ),
    )
    try:
        yield page, complaints
    finally:
        await context.close()


async def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page, each with the places."""
    found = (await Axe().run(page)).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]
