"""What a person sees and does in a browser."""

from __future__ import annotations

import email.policy
import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.browsing import DESKTOP, PHONE, browsing, page_of, violations
from tests.servers import MailServer, mail_server
from tests.website import PASSED, REVIEW, TRUCE, Site, serving

pytestmark = pytest.mark.browser


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A daemon that has told the truce and the review on both channels."""
    async with serving(tmp_path, TRUCE, REVIEW, PASSED) as made:
        await made.delivered(4)
        yield made


async def is_too_wide(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


async def test_a_person_reads_filters_opens_and_acknowledges_by_a_mails_link(tmp_path: Path) -> None:
    """From the list to the story, by the button in a mail to the deed; the next message and the page say who did it."""
    async with mail_server() as mails, serving(tmp_path, TRUCE, REVIEW, PASSED, more=_letters(mails)) as site:
        await site.delivered(6)
        async with browsing() as browser, page_of(browser) as (page, complaints):
            await page.goto(site.address)
            await expect(page.get_by_role("heading", name="Passed, nobody said it was met")).to_be_visible()
            await page.get_by_label("Text").fill("truce")
            await page.get_by_role("button", name="Show", exact=True).click()
            await expect(page.get_by_role("heading", name="Quarterly review")).to_have_count(0)
            await page.get_by_role("heading", name="Tariff truce expires").get_by_role("link").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Tariff truce expires")
            await expect(page.get_by_text("Nobody has done anything about it yet.")).to_be_visible()
            await page.goto("about:blank")
            await page.set_content(site.here(_about_the_truce(mails)))
            await page.get_by_role("link", name="Acknowledge").click()
            await expect(page.get_by_text("No more reminders for Tue 10 Nov 2099, 00:01 EST.")).to_be_visible()
            await page.get_by_label("Your name").fill("Ana")
            await page.get_by_label("Why, for the others").fill("with counsel")
            await page.get_by_role("button", name="Acknowledge").click()
            await expect(page.get_by_role("status")).to_have_text("Acknowledged by Ana: with counsel")
            await page.get_by_role("link", name="The whole story").click()
            await expect(page.get_by_text("Acknowledged by Ana", exact=True)).to_be_visible()
            await site.other.until(3)
            assert "Acknowledged by Ana: with counsel" in site.other.bodies[2]["data"]["text"]
            assert complaints == []


def _letters(mails: MailServer) -> str:
    return (
        '[channels.letters]\ntype = "email"\nto = ["desk@example.com"]\nfrom = "alerter@example.com"\n'
        f'smtp = {{ host = "localhost", port = {mails.port}, security = "none" }}\n'
    )


def _about_the_truce(mails: MailServer) -> str:
    """The HTML of the mail about it."""
    letters = [email.message_from_bytes(mail.content, policy=email.policy.default) for mail in mails.mails]
    letter = next(letter for letter in letters if "Tariff truce" in str(letter["Subject"]))
    assert isinstance(letter, EmailMessage)
    body = letter.get_body(("html",))
    assert body is not None
    return str(body.get_content())


async def test_everything_works_without_javascript(site: Site) -> None:
    """Filter, story and deed are plain links and forms."""
    async with browsing() as browser, page_of(browser, scripts=False) as (page, complaints):
        await page.goto(f"{site.address}/?owner=risk")
        await page.get_by_role("heading", name="Quarterly review").get_by_role("link").click()
        await page.get_by_label("Your name").fill("Bo")
        await page.get_by_role("combobox", name="as").select_option("met")
        await page.get_by_role("button", name="Close").click()
        await expect(page.get_by_role("status")).to_contain_text("Done.")
        assert (await site.actions(), complaints) == ([("review", "close", "Bo", "")], [])


async def test_the_page_brings_itself_up_to_date(site: Site) -> None:
    """What others do shows without loading the page again."""
    async with browsing() as browser, page_of(browser) as (page, complaints):
        await page.clock.install()
        await page.goto(site.address)
        await expect(page.get_by_text("Passed, nobody said it was met")).to_be_visible()
        await site.http.post("/api/v1/deadlines/filing/ack", json={"by": "Ana"})
        await page.clock.run_for(16_000)
        await expect(page.get_by_text("acknowledged by Ana")).to_be_visible()
        assert complaints == []


async def test_what_somebody_has_filled_in_stays_when_the_page_brings_itself_up_to_date(site: Site) -> None:
    """Also where they have left the field, as on a phone to put the keyboard away."""
    async with browsing() as browser, page_of(browser, size=PHONE) as (page, _):
        await page.clock.install()
        await page.goto(f"{site.address}/deadlines/truce")
        reason, ending = page.get_by_label("Why, for the others"), page.locator("select[name=as]")
        await reason.fill("with counsel")
        await ending.select_option("lapsed")
        await reason.blur()
        await site.http.post("/api/v1/deadlines/truce/ack", json={"by": "Ana"})
        await page.clock.run_for(16_000)
        await expect(page.get_by_text("Acknowledged by Ana")).to_be_visible()
        await expect(reason).to_have_value("with counsel")
        await expect(ending).to_have_value("lapsed")


async def test_axe_finds_nothing_wrong_on_any_page(site: Site) -> None:
    """Light and dark, on a desk and on a phone; and no page is wider than its window."""
    links = await site.links("truce")
    await site.http.post("/api/v1/deadlines/review/snooze", json={"by": "Ana", "for": "2d"})
    paths = ["/", "/?span=2w", "/?span=1y&text=nothing", "/deadlines/truce", "/deadlines/none", "/login", "/a/altered"]
    pages = [*(f"{site.address}{path}" for path in paths), links["ack"], links["snooze"], links["close"]]
    found: list[str] = []
    async with browsing() as browser:
        for size, dark in ((DESKTOP, False), (DESKTOP, True), (PHONE, False), (PHONE, True)):
            async with page_of(browser, size=size, dark=dark) as (page, _):
                for address in pages:
                    await page.goto(address)
                    found += [f"{address} {size} {dark}: {one}" for one in await violations(page)]
                    found += [f"{address} is too wide"] if await is_too_wide(page) else []
    assert found == []


async def test_no_page_is_too_wide_for_a_phone(tmp_path: Path) -> None:
    """However long the words that people write, an address above all."""
    word = f"https://e.org/?uri={'CELEX=32023R0956%26' * 9}"
    texts = "".join(f'{key} = "{word}"\n' for key in ("title", "note", "owner", "link"))
    table = f'[[deadline]]\nid = "long"\ndue = 2099-11-10\nleads = ["40000d", "1d"]\ntags = ["{word}"]\n{texts}'
    found: list[str] = []
    async with serving(tmp_path, table) as site, browsing() as browser, page_of(browser, size=PHONE) as (page, _):
        pages = (f"{site.address}/", f"{site.address}/deadlines/long", *(await site.links("long")).values())
        for address in pages:
            await page.goto(address)
            found += [address] if await is_too_wide(page) else []
        await site.http.post("/api/v1/deadlines/long/ack", json={"by": word, "note": word})
        await site.delivered(4)
        for address in pages:
            await page.goto(address)
            found += [f"{address} afterwards"] if await is_too_wide(page) else []
    assert found == []


async def test_the_keyboard_reaches_everything_in_order(site: Site) -> None:
    """First the way past the top, then filter and lists; what has the focus is seen."""
    async with browsing() as browser, page_of(browser) as (page, _):
        await page.goto(site.address)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        reached = []
        for _ in range(9):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.name || document.activeElement.innerText"))
        assert reached[:6] == ["text", "tag", "owner", "severity", "Show", "File the request"]
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


async def test_a_story_can_be_printed(site: Site) -> None:
    """On paper stands what was told and who acted, and nothing that is for clicking."""
    async with browsing() as browser, page_of(browser) as (page, _):
        await page.goto(f"{site.address}/deadlines/truce")
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="What was told, word for word")).to_be_visible()
        await expect(page.get_by_role("button", name="Acknowledge")).to_be_hidden()
        paper = await page.pdf(format="A4")
        assert re.match(rb"%PDF-", paper)
