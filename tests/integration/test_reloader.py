"""The reloader at moments that no file can be made to hit, as in the middle of a read, and what it tells `ops`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerter.channels.registry import ChannelUnavailableError, channel_types
from alerter.config.load import Loaded, content_hash, load
from alerter.domain.notices.notice import State
from alerter.engine.intake.judging import HOLD_FOR
from alerter.engine.intake.reload import Reloader
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Ledger, LedgerUnwritable
from tests.contract.ledger.making import ended

TOML = '[[deadline]]\nid = "one"\ntitle = "One"\ndue = 2036-01-01\n'


class Files:
    """A file as the configuration, and something that happens in the middle of each read."""

    def __init__(self, folder: Path, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.file = folder / "alerter.toml"
        self.file.write_text(TOML)
        self.meanwhile = meanwhile

    def paths(self) -> Sequence[Path]:
        """The one file."""
        return [self.file]

    def content_hash(self) -> str:
        """Of the one file."""
        return content_hash(self.paths())

    def read_token(self) -> str | None:
        """It has none."""
        return None

    def load(self) -> Loaded:
        """Read the file, and then let it happen."""
        loaded = load(self.paths(), channel_types=channel_types(), environ={})
        self.meanwhile()
        return loaded


class Case:
    """A reloader of these files, with what it took and how often it refused."""

    def __init__(self, files: Files, *, lacks: str = "") -> None:
        self.clock = VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.ledger = Ledger("sqlite://")
        self.taken: list[Loaded] = []
        self.refused_count = 0
        self.ledger_fails = False
        self._lacks = lacks
        self.ops = Ops(self.ledger, self.clock)
        self.reloader = Reloader(
            files,
            take=self._take,
            refuse=self._refuse,
            current=lambda: self.taken[-1].watch_list if self.taken else None,
            clock=self.clock,
            ops=self.ops,
        )

    async def _take(self, loaded: Loaded) -> None:
        if self._lacks:
            raise ChannelUnavailableError(self._lacks)
        if self.ledger_fails:
            raise LedgerUnwritable("disk full")
        self.taken.append(loaded)
        self.ops.watch_list = loaded.watch_list

    def _refuse(self) -> None:
        self.refused_count += 1


async def test_what_is_written_while_it_is_read_is_not_taken(tmp_path: Path) -> None:
    """What was read may be half of it: it is asked for again, and then taken."""
    files = Files(tmp_path)
    files.meanwhile = lambda: files.file.write_text(f"{TOML}# more\n")
    case = Case(files)
    await case.reloader._read(files.content_hash())
    assert (case.taken, case.reloader._asked.is_set()) == ([], True)
    await case.reloader._read(files.content_hash())
    assert [loaded.is_usable for loaded in case.taken] == [True]


async def test_who_asks_while_it_is_read_is_heard(tmp_path: Path) -> None:
    """A secret may have been rotated after it was read: SIGHUP in that moment means another read."""
    files = Files(tmp_path)
    case = Case(files)
    files.meanwhile = case.reloader.request
    await case.reloader._read(files.content_hash())
    assert (len(case.taken), case.reloader._asked.is_set(), case.reloader._must_read) == (1, True, True)


async def test_a_channel_that_cannot_be_had_here_is_a_refusal(tmp_path: Path) -> None:
    """A library that is missing is told like any other problem, and not tried again until something changes."""
    files = Files(tmp_path)
    case = Case(files, lacks="the library is missing")
    await case.reloader._read(files.content_hash())
    assert (case.taken, case.refused_count, case.reloader._asked.is_set()) == ([], 1, False)


async def told(case: Case, files: Files, *contents: str) -> list[str]:
    """What `ops` is told as the file becomes each of these, two minutes after the one before."""
    await case.ledger.open()
    words: list[str] = []
    for content in contents:
        files.file.write_text(content)
        await case.reloader._read(files.content_hash())
        now = case.clock.now()
        claims = (await case.ledger.claim(now, now, {"pager": 9}, timedelta(minutes=9))).claims
        await case.ledger.record([ended(claim, State.DELIVERED, now) for claim in claims])
        words += [claim.entry.title or "" for claim in claims]
        case.clock.set(now + timedelta(minutes=2))
    await case.ledger.close()
    return words


PAGED = f'[service]\nops = ["pager"]\n[channels.pager]\ntype = "console"\n{TOML}'
MANY = "".join(TOML.replace("one", f"d{number}") for number in range(9))


async def test_a_mistake_that_is_made_again_is_told_again(tmp_path: Path) -> None:
    """The same bytes as two minutes ago: what was mended in between is another problem, whatever is wrong."""
    files = Files(tmp_path)
    title = "The configuration has problems"
    assert await told(Case(files), files, PAGED, "x = [", PAGED, "x = [") == [title, title]


async def test_a_mistake_is_shown_while_the_ledger_is_away_and_told_to_ops_when_it_is_back(tmp_path: Path) -> None:
    """It is a refusal like any other, and no load that failed for the ledger's sake."""
    files = Files(tmp_path)
    files.file.write_text(PAGED)
    case = Case(files)
    await case.reloader._read(files.content_hash())
    files.file.write_text("x = [")
    await case.reloader._read(files.content_hash())
    assert (case.refused_count, "alerter.toml:1" in str(case.reloader.trouble)) == (1, True)
    await case.ledger.open()
    await case.ops.tell()
    now = case.clock.now()
    claims = (await case.ledger.claim(now, now, {"pager": 9}, timedelta(minutes=9))).claims
    await case.ledger.close()
    assert [claim.entry.title for claim in claims] == ["The configuration has problems"]


async def test_a_hold_that_comes_back_is_told_again(tmp_path: Path) -> None:
    """Nine of ten are gone, back, and gone again: each time there are ten minutes to say so."""
    files = Files(tmp_path)
    title = "Many deadlines would be dropped"
    assert await told(Case(files), files, PAGED + MANY, PAGED, PAGED + MANY, PAGED) == [title, title]


async def test_what_one_mistake_after_the_other_leaves_is_told_as_it_is(tmp_path: Path) -> None:
    """A hold of which the file is then no TOML at all is over, and told when the file is as it was."""
    files = Files(tmp_path)
    titles = ["Many deadlines would be dropped", "The configuration has problems", "Many deadlines would be dropped"]
    assert await told(Case(files), files, PAGED + MANY, PAGED, "x = [", PAGED) == titles


async def test_a_hold_that_has_stood_is_not_begun_anew_where_the_ledger_fails_then(tmp_path: Path) -> None:
    """It is taken as soon as it can be: its ten minutes are over."""
    files = Files(tmp_path)
    case = Case(files)
    await case.ledger.open()
    for content in (PAGED + MANY, PAGED):
        files.file.write_text(content)
        await case.reloader._read(files.content_hash())
    case.clock.set(case.clock.now() + HOLD_FOR)
    case.ledger_fails = True
    with pytest.raises(LedgerUnwritable):
        await case.reloader._read(files.content_hash())
    case.ledger_fails = False
    await case.reloader._read(files.content_hash())
    await case.ledger.close()
    assert [len(loaded.watch_list.deadlines) for loaded in case.taken if loaded.watch_list is not None] == [10, 1]
