"""A database on SQLite or PostgreSQL, and its transactions.

Work is a plain function of a connection. On SQLite there is one, in a thread of its own: tasks take turns, each
in a transaction of its own, and other processes are waited for. On PostgreSQL there is a pool, and work gives
way to other tasks while it waits. A transaction that met others, or lost its connection, is run again as a
whole, so all that is run here must bear being repeated though its first run was committed (`sql.is_repeat`).
So is one that met a row that cannot be read (`mending`).
"""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from alerter.domain.words.statement import Fact, Statement, stated
from alerter.ledger import mending, schema, sql
from alerter.ledger.columns import Illegible
from alerter.ledger.cutoff import LONG_SECONDS, USUAL_SECONDS, Cutoff
from alerter.ledger.errors import LedgerHindered, LedgerLost, LedgerUnreachable, LedgerUnwritable
from alerter.ledger.lock import FileLock
from alerter.ledger.quarantine import Identity, Loss, find_loss, identify, set_aside
from alerter.ledger.reserve import Reserve
from alerter.ledger.sqlite import Sqlite
from alerter.ledger.trouble import PASSING, RETRIED, Trouble, is_refusal, pauses, trouble_of
from alerter.ledger.url import parse

if TYPE_CHECKING:
    from alerter.ledger.postgres import Postgres

T = TypeVar("T")
Work = Callable[[Connection], T]


class Database:
    """One database by its URL; see `Ledger`."""

    def __init__(self, url: str, *, exclusive: bool, renews: bool = True, makes: bool = True) -> None:
        self._url = parse(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.path = Path(self._url.database) if self.is_sqlite and self._url.database else None
        self._lock = FileLock(self.path) if exclusive and self.path else None
        self.reserve = Reserve(self.path) if exclusive and self.path else None
        self.loss: Loss | None = None
        self.cut_off_count = 0
        self.well_before: datetime | None = None
        self._identity: Identity | None = None
        self._is_exclusive = exclusive
        self._renews = renews
        self._makes = makes
        self._store: Sqlite | Postgres | None = None
        self._data_version: int | None = None

    async def open(self) -> None:
        """Take the lock, connect, and bring the schema up to date; lets go of everything if that fails.

        A lost ledger of ours is set aside (see `loss`) and a new one made, if it `renews`; what never was ours is left
        alone. Where there is none yet one is made, unless it `makes` none. Raises LedgerError.
        """
        try:
            self.well_before = self.reserve.well_at if self.reserve is not None and self._renews else None
            self._prepare_folder()
            try:
                await self._connect()
            except LedgerLost as error:
                if self.well_before is None:
                    raise
                await self._disconnect()
                self._set_aside(error.reason)
                await self._connect()
            if self.reserve is not None and self.path is not None:
                self._identity = identify(self.path)
                self.reserve.remember()
        except (OSError, sqlite3.Error) as error:
            await self.close()
            reason = (getattr(error, "strerror", None) or str(error)) + self._mending(error)
            raise self._unwritable(reason, is_passing=self._is_passing(error)) from None
        except BaseException:
            await self.close()
            raise

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, or may be one at any time."""
        return self._store is not None

    async def close(self) -> None:
        """Close the connections and let go of the lock."""
        await self._disconnect()
        if self._lock is not None:
            self._lock.release()

    def tend(self, well_at: datetime | None) -> Statement | None:
        """Keep until when it worked, and its reserve; returns what is wrong with that."""
        if self.reserve is None:
            return None
        try:
            self.reserve.remember(well_at)
            self.reserve.fill()
        except OSError as error:
            return stated("trouble", "beside the ledger nothing can be written: {error}", error=error.strerror or "")
        if self.reserve.is_whole:
            return None
        return stated("trouble", "the disk of the ledger {name} is full, or nearly so", name=self._name)

    async def _connect(self) -> None:
        self._prepare_file()
        self._store = self._open_store()
        await self._bring_up_to_date()

    def _open_store(self) -> Sqlite | Postgres:
        if self.is_sqlite:
            return Sqlite(self._url, self._check_file)
        from alerter.ledger.postgres import Postgres  # noqa: PLC0415 - much code, of use only to those who have it

        return Postgres(self._url)

    async def _disconnect(self) -> None:
        if self._store is not None:
            store, self._store = self._store, None
            await store.close()

    async def read(self, work: Work[T], *, within: float = USUAL_SECONDS) -> T:
        """Run the work in a transaction that writes nothing."""
        return await self._run(work, writes=False, within=within)

    async def write(self, work: Work[T], *, within: float = USUAL_SECONDS) -> T:
        """Run the work in a transaction that is committed at its end, or rolled back on an error.

        Raises LedgerUnwritable; LedgerUnreachable at the latest when `within` seconds are over (PostgreSQL).
        """
        return await self._run(work, writes=True, within=within)

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it, for the work of a transaction of this database."""
        return self._opened.wait_for(coroutine)

    @property
    def generation(self) -> tuple[int | None, int] | None:
        """See `Ledger.generation`."""
        return (self._data_version, self._store.change_count) if isinstance(self._store, Sqlite) else None

    async def has_changed(self) -> bool:
        """Whether another connection has committed since this was last asked (SQLite); else True."""
        if self.path is None:  # on a server it may have; to what is in memory there is no other
            return not self.is_sqlite
        version = await self.read(_read_data_version)
        before, self._data_version = self._data_version, version
        return before != version

    async def _run(self, work: Work[T], *, writes: bool, within: float) -> T:
        """Run the work; again after each row in its way that cannot be read was put in order."""
        met: Illegible | None = None
        while True:
            try:
                return await self._run_on(work, writes=writes, within=within)
            except Illegible as error:
                is_same, met = met is not None and met.value == error.value, error
            mend = partial(mending.mend, met=met)
            if not await self._run_on(mend, writes=True, within=LONG_SECONDS) and is_same:
                raise met

    async def _run_on(self, work: Work[T], *, writes: bool, within: float) -> T:
        cutoff, waits, is_repeat = Cutoff(within), pauses(), False
        while True:
            try:
                return await self._opened.run(work, cutoff, writes=writes, is_repeat=is_repeat)
            except (DBAPIError, PoolTimeoutError) as error:
                trouble = trouble_of(error)
                if trouble is Trouble.OURS:
                    raise
                self.cut_off_count += trouble is Trouble.LOST
                if self.reserve is not None and self.reserve.give_up(is_full=trouble is Trouble.FULL):
                    continue
                wait = next(waits, None)
                if trouble not in RETRIED or wait is None or (not self.is_sqlite and wait >= cutoff.left):
                    raise self._error(trouble, error, cutoff) from None
            await asyncio.sleep(wait)
            is_repeat = True

    @property
    def _opened(self) -> Sqlite | Postgres:
        if self._store is None:
            raise LedgerUnwritable(f"the ledger {self._name} is not open")
        return self._store

    def _prepare_folder(self) -> None:
        """Make the folder, and see that nobody else holds the database and that we may write beside it."""
        if self.path is None:
            return
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        if self._lock is not None:
            self._lock.acquire()
            if not os.access(folder, os.W_OK | os.X_OK):
                raise _error_of(errno.EROFS if is_read_only(folder) else errno.EACCES)
        if self.path.is_dir():
            raise _error_of(errno.EISDIR)

    def _prepare_file(self) -> None:
        """Make an empty file that only we can read, unless there is one; it is a loss where there was more."""
        if self.path is None:
            return
        if self.well_before is not None and self.loss is None:
            reason = find_loss(self.path)
            if reason is not None:
                raise self._lost(reason)
        if not self.path.exists():
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

    def _set_aside(self, reason: Fact) -> None:
        assert self.path is not None  # noqa: S101 - only files are set aside
        self.loss = set_aside(self.path, reason, datetime.now(UTC))

    def _check_file(self) -> None:
        """Raise LedgerLost where the open file is no longer the one that goes by its name."""
        if self._identity is not None and self.path is not None:
            reason = find_loss(self.path, self._identity)
            if reason is not None:
                raise self._lost(reason)

    async def _bring_up_to_date(self) -> None:
        is_current = await self.read(schema.is_current)
        if not self._makes and not await self.read(schema.is_there):
            raise self._lost("there is no ledger in it")
        if (encoding := await self.read(sql.lacks_letters)) is not None:
            raise self._unwritable(f"not every letter can be written in {encoding}, its encoding: make one in UTF8")
        if isinstance(self._store, Sqlite):
            await self._set_journal(self._store)
        if self.reserve is not None:
            answer = " ".join((await self.read(_quick_check, within=LONG_SECONDS)).split())
            if answer != "ok":
                raise self._lost(answer)
        if self.is_sqlite and await self.read(schema.is_foreign):
            raise self._lost(stated("loss", "it is another program's database"))
        if self._is_exclusive or not is_current:  # the daemon finds out at once that it cannot write
            await self.write(schema.upgrade, within=LONG_SECONDS)

    async def _set_journal(self, store: Sqlite) -> None:
        """Only now, since it may write, and a newer program's file is left alone."""
        try:
            await store.set_journal()
        except sqlite3.Error as error:
            raise self._unwritable(str(error)) from None

    @property
    def _name(self) -> str:
        return str(self.path) if self.path else self._url.set(query={}).render_as_string(hide_password=True)

    def _error(self, trouble: Trouble, error: DBAPIError | PoolTimeoutError, cutoff: Cutoff) -> LedgerUnwritable:
        reason = str(error.orig) if isinstance(error, DBAPIError) else "all connections are in use"
        if trouble is Trouble.DAMAGED:
            return self._lost(reason)
        if self.is_sqlite or trouble is Trouble.REFUSED:
            cause = error.orig if isinstance(error, DBAPIError) else error
            is_passing = trouble in PASSING or self._is_passing(cause)
            return self._unwritable(reason + self._mending(cause), is_passing=is_passing)
        if cutoff.is_over:
            reason = f"no answer within {cutoff.seconds:.0f} s"
        return LedgerUnreachable(f"cannot reach the ledger {self._name}: {self._without_secrets(reason)}")

    def _unwritable(self, reason: str, *, is_passing: bool = False) -> LedgerUnwritable:
        kind = LedgerHindered if is_passing else LedgerUnwritable
        reason = self._without_secrets(reason)
        return kind(f"cannot use the ledger {self._name} as uid {os.getuid()}: {reason}")

    def _is_passing(self, error: BaseException | None) -> bool:
        """Whether it is the disk that fails a ledger which is there: a new one may well be in the wrong place."""
        if self.path is None or not os.path.exists(self.path):  # noqa: PTH110 -- unlike pathlib's it never raises
            return False
        return _number(error) in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS) or (
            is_refusal(error) and is_read_only(self.path.parent)
        )

    def _mending(self, error: BaseException | None) -> str:
        """What to do about it, where it is a matter of who may write."""
        if self.path is None or not (_number(error) in (errno.EACCES, errno.EPERM, errno.EROFS) or is_refusal(error)):
            return ""
        folder = self.path.parent.absolute()
        if is_read_only(self.path.parent):
            return f"; {folder} is read-only: mount it writable, or have service.store name another place"
        place, words = shlex.quote(str(folder)), "the folder and what is in it must be that user's, and writable"
        return f"; {words}: chown -R {os.getuid()} {place} && chmod -R u+rwX {place}"

    def _lost(self, reason: Fact) -> LedgerLost:
        return LedgerLost(str(self._unwritable(str(reason))), reason)

    def _without_secrets(self, reason: str) -> str:
        secrets = [self._url.password, *(self._url.query.get(key) for key in ("password", "sslpassword"))]
        for secret in secrets:
            if secret:
                reason = reason.replace(str(secret), "***")
        return " ".join(reason.split())


def _quick_check(connection: Connection) -> str:
    """`ok`, or where pages of the file contradict each other."""
    return str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())


def _read_data_version(connection: Connection) -> int | None:
    version: int | None = connection.exec_driver_sql("PRAGMA data_version").scalar()
    return version


def is_read_only(folder: Path) -> bool:
    """Whether nothing can be written on the disk of that folder; False where that cannot be told."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _number(error: BaseException | None) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _error_of(number: int) -> OSError:
    return OSError(number, os.strerror(number))
