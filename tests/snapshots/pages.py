"""The pages about the watch list of `config/`: a week before the truce ends, on the day, and after the move.

The engine has lived through the weeks before on a virtual clock. Two of the channels that the example shows as
comments are in use, so that there are quiet hours and several readers.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from alerter.channels.registry import build_all, channel_types
from alerter.config.load import load
from alerter.config.settings import Service
from alerter.domain.decisions.acting import Deed
from alerter.domain.notices.outcome import Delivered
from alerter.domain.planning.deadline import Status
from alerter.engine.rehearsal import Edition, Script, rehearse_on
from alerter.ledger.ledger import Ledger
from alerter.web.desk.desk import Desk
from alerter.web.site import site_routes
from tests.acceptance.harness import EXAMPLE, STORE
from tests.acceptance.test_replay import move_tiktok, move_truce
from tests.messages import instant
from tests.snapshots.moments import BASE

TOKEN = "a-long-token"
BEGIN = instant("2025-09-22T12:00")
REGISTERED = instant("2025-10-02T13:20")
A_WEEK_BEFORE = instant("2025-11-03T14:05")
INFORMED = instant("2025-11-03T15:10")
MOVE = instant("2025-11-04T18:00")
MOVED = instant("2025-11-04T18:30")
ON_THE_DAY = instant("2025-11-10T05:05")
PATHS = {"page": "/", "story": "/deadlines/tariff-truce"}
ANSWERS = {
    "screen": Delivered(detail="written"),
    "desk": Delivered(detail="status 200: ok"),
    "legal": Delivered(detail="250 2.0.0 Ok: queued", to=("legal@example.com",)),
}
_COMMENTED = re.compile(r"^# (\[channels\.(?:desk|legal)\]\n(?:# \w.*\n)+)", re.MULTILINE)
_CHANGING = ((re.compile(r"\?v=[0-9a-f]+"), "?v=0"), (re.compile(r'(name="form_token" value=")[^"]+'), r"\1…"))


@dataclass(kw_only=True)
class Scene:
    """What is watched, told and known at an instant."""

    folder: Path
    ledger: Ledger
    at: datetime
    edition: Edition = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        service = Service(
            base_url=BASE,
            token=SecretStr(TOKEN),
            link_key=SecretStr("a-key-for-links"),
            calendar_key=SecretStr("a-key-for-the-calendar"),
        )
        self.desk = Desk(
            ledger=self.ledger,
            now=lambda: self.at,
            service=lambda: service,
            find_watch_list=lambda: self.edition.watch_list,
            find_troubles=list,
            acted_on=lambda _: None,
        )
        self.take()

    def take(self) -> None:
        """Watch what the folder says now."""
        environ = {"SLACK_WEBHOOK_URL": "https://hooks.slack.example/x"}
        loaded = load([self.folder], channel_types=channel_types(), environ=environ, secrets=False)
        assert loaded.watch_list is not None, loaded.problems
        self.edition = Edition(loaded.watch_list, build_all(loaded.channel_settings))

    async def live_until(self, end: datetime) -> None:
        """Let time pass."""
        span = (self.at, end)
        answers = [(name, span, answer) for name, answer in ANSWERS.items()]
        script = Script(start=self.at, end=end, answers=answers)
        await rehearse_on(self.ledger, self.edition, script, add_links=self.desk.add_links)
        self.at = end

    async def pages(self) -> dict[str, str]:
        """Each page in each language, as who has logged in gets it, by the name of its file."""
        transport = httpx.ASGITransport(app=Starlette(routes=site_routes(self.desk)))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            await http.post("/login", data={"token": TOKEN})
            return {
                f"{language}/{{}}/{name}": _lasting((await http.get(path, headers={"accept-language": language})).text)
                for language in ("en", "es")
                for name, path in PATHS.items()
            }


async def pages_at_all_moments(folder: Path) -> dict[str, str]:
    """All pages that are kept, by the names of their files."""
    pages: dict[str, str] = {}

    async def keep(moment: str, scene: Scene) -> None:
        pages.update({name.format(moment): text for name, text in (await scene.pages()).items()})

    before, on_the_day = folder / "before", folder / "on-the-day"
    _write_config(before)
    async with opened(before, BEGIN) as scene:
        await scene.live_until(REGISTERED)
        registered = Deed(action="close", by="Ana", note="registered", status=Status.MET)
        await scene.desk.do("analog-chip-registration", registered)
        await scene.live_until(A_WEEK_BEFORE)
        await keep("a-week-before", scene)
    shutil.copytree(before, on_the_day)
    async with opened(on_the_day, A_WEEK_BEFORE) as scene:
        await scene.live_until(ON_THE_DAY)
        await keep("on-the-day", scene)
    async with opened(before, A_WEEK_BEFORE) as scene:
        await scene.live_until(INFORMED)
        await scene.desk.do("tariff-truce", Deed(action="ack", by="Bo", note="counsel is informed"))
        await scene.live_until(MOVE)
        move_truce(scene.folder)
        scene.take()
        await scene.live_until(MOVED)
        await keep("after-the-move", scene)
    return pages


@asynccontextmanager
async def opened(folder: Path, at: datetime) -> AsyncIterator[Scene]:
    """The scene that the folder's configuration and ledger make."""
    ledger = Ledger(f"sqlite:///{folder / STORE}")
    await ledger.open()
    try:
        scene = Scene(folder=folder, ledger=ledger, at=at)
        await scene.desk.open()
        yield scene
    finally:
        await ledger.close()


def _write_config(folder: Path) -> None:
    """The example after TikTok's move, with two more of its channels."""
    shutil.copytree(EXAMPLE, folder)
    main = folder / "alerter.toml"
    text, count = _COMMENTED.subn(lambda found: re.sub("^# ", "", found[0], flags=re.MULTILINE), main.read_text())
    assert count == 2
    main.write_text(text)
    move_tiktok(folder)


def _lasting(text: str) -> str:
    """The page without what differs each time it is made."""
    for pattern, replacement in _CHANGING:
        text = pattern.sub(replacement, text)
    return text
