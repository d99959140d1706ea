"""The reloader at moments that no file can be made to hit: a request, or a write, in the middle of a read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from alerter.channels.registry import ChannelUnavailableError, channel_types
from alerter.config.load import Loaded, content_hash, load
from alerter.engine.intake.reload import Reloader
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Ledger

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
        clock = VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.taken: list[Loaded] = []
        self.refused_count = 0
        self._lacks = lacks
        self.reloader = Reloader(
            files,
            take=self._take,
            refuse=self._refuse,
            current=lambda: None,
            clock=clock,
            ops=Ops(Ledger("sqlite:///:memory:"), clock),
        )

    async def _take(self, loaded: Loaded) -> None:
        if self._lacks:
            raise ChannelUnavailableError(self._lacks)
        self.taken.append(loaded)

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
