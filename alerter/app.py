"""The composition root: builds everything from the configuration, and can be built inside a test.

Nothing happens on import. `Application` is the daemon with its parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

import structlog

from alerter import __version__
from alerter.channels.port import Sender
from alerter.channels.registry import build
from alerter.config.load import Loaded
from alerter.config.settings import Service
from alerter.config.source import FileSource
from alerter.config.uncollected import settle
from alerter.domain.dates.zone import have_rules_changed
from alerter.domain.messages.message import Message
from alerter.domain.words.statement import Statement, stated
from alerter.engine.daemon import LONGEST_WAIT, SHARED_WAIT, Daemon
from alerter.engine.delivery.dispatch import Dispatcher
from alerter.engine.delivery.thread_heads import ThreadHeads
from alerter.engine.handover.audit import Audit
from alerter.engine.handover.engine import Engine
from alerter.engine.handover.timekeeper import Timekeeper
from alerter.engine.happening import Happening, log_happening
from alerter.engine.hardship.emergency import Emergency
from alerter.engine.hardship.opening import when_reachable
from alerter.engine.hardship.standby import Standby
from alerter.engine.hardship.storekeeper import Before, Storekeeper
from alerter.engine.heartbeat import Heartbeat
from alerter.engine.intake.reload import Reloader
from alerter.engine.ops.ops import Ops
from alerter.engine.replica import Replica
from alerter.engine.time.clock import Clock, SystemClock
from alerter.engine.time.ledger_clock import LedgerClock
from alerter.engine.time.watchdog import Watchdog
from alerter.ledger.ledger import Ledger, LedgerHindered, LedgerLost
from alerter.web.desk.desk import Desk
from alerter.web.listen import parse_listen
from alerter.web.metrics import Gauges, Metrics
from alerter.web.probes import make_app
from alerter.web.request.access import is_same
from alerter.web.server import WebServer
from alerter.web.site import site_routes

POLL_EVERY = timedelta(seconds=5)
TEND_EVERY = timedelta(seconds=10)
PURGE_EVERY = timedelta(hours=6)
AUDIT_EVERY = timedelta(hours=12)

AT_START = ("store", "listen", "heartbeat", "log_level", "log_format")
"""What of `[service]` takes effect at the next start only."""

SILENT_SECONDS = 30.0
"""Without progress of the loop for so long the daemon should be restarted."""

STALE_AFTER = timedelta(seconds=30)
"""Without a finished cycle for so long the daemon is not ready."""

log = structlog.get_logger("alerter")


class Application:
    """The daemon and everything round it, for one ledger.

    `loaded` must be usable. Whatever is given by keyword takes the place of what would be built.
    """

    def __init__(
        self,
        loaded: Loaded,
        source: FileSource,
        *,
        clock: Clock | None = None,
        metrics: Metrics | None = None,
        watchdog: Watchdog | None = None,
        senders: Mapping[str, Sender] | None = None,
        before: Before | None = None,
    ) -> None:
        self._loaded = loaded
        self._at_start = loaded.service
        self._source = source
        self._given_senders = senders
        self._is_asked = False
        self._senders: dict[str, tuple[object, Sender]] = {}
        self.happenings: list[Happening] | None = None
        self.metrics = metrics or Metrics()
        self.service: Service = loaded.service
        self.ledger = Ledger(loaded.service.store, exclusive=True, clock=clock.now if clock is not None else None)
        self.clock = clock or (SystemClock() if self._is_alone else LedgerClock(self.ledger.now))
        self.replica = Replica(self.ledger, self.clock)
        self.wake = asyncio.Event()
        self.ops = Ops(self.ledger, self.clock, self.wake.set)
        self.heads = ThreadHeads(
            ledger=self.ledger,
            clock=self.clock,
            find_watch_list=lambda: self.engine.watch_list,
            find_senders=lambda: {} if self.daemon.stopping.is_set() else self.dispatcher.senders,
            add_links=self._add_links,
        )
        follow_up = self.heads.follow_up
        self.engine = Engine(
            ledger=self.ledger,
            clock=self.clock,
            ops=self.ops,
            observe=self._observe,
            follow_up=follow_up,
            recall=self._recall,
        )
        self.dispatcher = Dispatcher(
            ledger=self.ledger,
            clock=self.clock,
            ops=self.ops,
            observe=self._observe,
            look_again=self.engine.look_again,
            wake=self.wake.set,
            follow_up=follow_up,
            add_links=self._add_links,
        )
        self._before = before or Before()
        self.dispatcher.told.update(self._before.told)
        self.storekeeper = Storekeeper(self.ledger, self.clock, self.ops, self.engine, self._before)
        self.watchdog = watchdog
        self.timekeeper = Timekeeper(self.clock, self.ledger, self.ops, self.engine)
        self.audit = Audit(self.ledger, self.clock, self.ops)
        self.emergency = Emergency(self.ledger, self.clock, self.dispatcher.told, self._add_links)
        self.daemon = Daemon(
            clock=self.clock,
            engine=self.engine,
            dispatcher=self.dispatcher,
            ops=self.ops,
            wake=self.wake,
            emergency=self.emergency,
            replica=self.replica,
            timekeeper=self.timekeeper,
            watchdog=watchdog,
            longest_wait=LONGEST_WAIT if self._is_alone else SHARED_WAIT,
        )
        self.standby = Standby(self.emergency, self.clock)
        self.reloader = Reloader(
            source,
            take=self._take,
            refuse=self.metrics.config_rejected,
            current=lambda: self.engine.watch_list,
            clock=self.clock,
            ops=self.ops,
        )
        self.desk = Desk(
            ledger=self.ledger,
            now=self.clock.now,
            service=lambda: self.service,
            find_watch_list=lambda: self.engine.watch_list,
            find_troubles=self._troubles,
            acted_on=self._acted_on,
            signing_secrets=self._signing_secrets,
            kept_keys=dict(self._before.keys),
        )
        listen = parse_listen(loaded.service.listen)
        app = make_app(self, self.metrics, site_routes(self.desk))
        self.web = WebServer(app, listen) if listen is not None else None

    # -- running ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Run until asked to stop. Raises LedgerError and WebServerError."""
        async with AsyncExitStack() as stack:
            if self.watchdog is not None:
                ticking = asyncio.create_task(self.watchdog.keep_ticking(), name="tick")
                stack.push_async_callback(_end, [ticking])
            self._warn_of_mounts()
            stack.push_async_callback(self.ledger.close)
            stack.push_async_callback(self.heads.close)
            if self._is_alone:  # that somebody else holds it is found before anything is served
                with suppress(LedgerHindered):  # then it is waited for below
                    await self._open()
            if self.web is not None:
                await self.web.start()
                stack.push_async_callback(self.web.stop)
            say = self.daemon.cannot_start
            if not await when_reachable(self._begin, self.daemon.stopping, say, self._tell_meanwhile):
                return
            self._schedule(stack)
            tasks = [
                asyncio.create_task(self.reloader.run(), name="reload"),
                asyncio.create_task(self.reloader.watch(), name="watch"),
            ]
            stack.push_async_callback(_end, tasks)
            log.info("daemon.started", version=__version__, store=self.service.store.partition(":")[0])
            await self.daemon.run()
        log.info("daemon.stopped")

    async def _begin(self) -> None:
        """What the first cycle needs of the ledger; it may break off anywhere, and is then done from the start."""
        if not (self._is_alone and self.ledger.is_open):
            await self._open()
        await self.replica.measure()
        await self.timekeeper.begin()
        if self._is_alone:  # nobody else can hold a lease
            await self.ledger.release(self.clock.now(), all_leases=True)
        await self.desk.open()
        await self._take(self._loaded)
        await self.storekeeper.report()
        await self._tend()

    async def _open(self) -> None:
        await self.ledger.close()
        await self.ledger.open()
        if self._is_alone:
            self.storekeeper.begin()

    async def _tell_meanwhile(self) -> None:
        """There can be no cycle yet, but nothing is to be silent."""
        assert self._loaded.watch_list is not None  # noqa: S101 -- only usable loads get here
        senders, may_tell = self._build_senders(self._loaded), not self.timekeeper.stops_all
        await self.standby.tell(self._loaded.watch_list, senders, self.ledger.well_before, may_tell=may_tell)

    @property
    def _is_alone(self) -> bool:
        """Whether no other daemon can share the ledger."""
        return self.service.store.startswith("sqlite")

    def left_behind(self, lost: LedgerLost) -> Before:
        """What this daemon knows that its ledger no longer does."""
        return Before(
            reason=lost.reason,
            loss_count=self._before.loss_count + 1,
            well_at=self.daemon.last_cycle_at,
            told=self.dispatcher.told,
            keys=self.desk.kept_keys,
        )

    def stop(self) -> None:
        """Ask the daemon to end; asked again, to end sooner."""
        self.daemon.stop()

    def _warn_of_mounts(self) -> None:
        for name in self._source.single_mounts():
            hint = "a file saved by renaming, as editors do, will not be seen: mount its folder"
            log.warning("config.single_file_mount", file=name, hint=hint)

    def _schedule(self, stack: AsyncExitStack) -> None:
        self.daemon.every("config", POLL_EVERY, self.reloader.poll)
        self.daemon.every("zones", POLL_EVERY, self._look_at_zones)
        self.daemon.every("tend", TEND_EVERY, self._tend)
        self.daemon.every("purge", PURGE_EVERY, self._purge)
        self.daemon.every("audit", AUDIT_EVERY, self._audit)
        if self.service.heartbeat is not None:
            beat = Heartbeat(self.service.heartbeat.url.get_secret_value(), self.ready)
            self.daemon.every("heartbeat", self.service.heartbeat.every, beat.beat)
            stack.push_async_callback(beat.close)

    async def _look_at_zones(self) -> None:
        """After an update of the zone data everything is planned anew."""
        if have_rules_changed():
            log.info("zones.changed")
            self.reloader.request()

    async def _tend(self) -> None:
        await self.storekeeper.tend(self.daemon.last_cycle_at if self.daemon.failure is None else None)

    async def _purge(self) -> None:
        if self.clock.doubt is not None:  # what is deleted is gone
            return
        count = await self.ledger.purge(self.clock.now() - self.service.retention)
        if count:
            log.info("ledger.purged", count=count)

    async def _audit(self) -> None:
        missing = await self.audit.check(self.engine.watch_list) if self.engine.watch_list is not None else []
        if missing:
            log.error("audit.missing", notices=missing)

    async def _take(self, loaded: Loaded) -> None:
        """Watch what was loaded; channels that did not change keep their connections."""
        assert loaded.watch_list is not None  # noqa: S101 -- only usable loads get here
        await self.daemon.take(loaded.watch_list, self._build_senders(loaded))
        if self._is_asked:
            self.replica.force()
            self._is_asked = self.reloader.is_asked
        fixed = [key for key in AT_START if getattr(loaded.service, key) != getattr(self._at_start, key)]
        if fixed:
            log.warning("config.needs_restart", keys=fixed)
        self.service, self._loaded = loaded.service, loaded
        self.reloader.taken_at_start(loaded.watch_list.fingerprint)
        taken = loaded.watch_list
        self.metrics.config_loaded(self.clock.now(), taken.channels, fingerprint=taken.fingerprint)
        settle(len(loaded.watch_list.deadlines))

    def _build_senders(self, loaded: Loaded) -> dict[str, Sender]:
        if self._given_senders is not None:
            return dict(self._given_senders)
        kept = {name: pair for name, pair in self._senders.items() if loaded.channel_settings.get(name) == pair[0]}
        for name, settings in loaded.channel_settings.items():
            if name not in kept:
                kept[name] = (settings, build(settings, name))
        self._senders = kept
        return {name: sender for name, (_, sender) in kept.items()}

    def _observe(self, happening: Happening) -> None:
        if self.happenings is not None:
            self.happenings.append(happening)
        if happening.event == "retried":
            self.engine.look_again(happening.deadline)  # what ended it while it was on its way ends it now
        self.metrics.notice_state(happening.channel, happening.state)
        if happening.took_for is not None:
            self.metrics.delivery(happening.channel, happening.took_for)
        if happening.event == "delivered":
            self.metrics.lateness(happening.late_by)
        log_happening(happening)

    # -- what the web side asks -------------------------------------------------------------------

    @property
    def token(self) -> str | None:
        """The bearer token, as it is now."""
        return self.desk.token

    async def is_next_token(self, given: str) -> bool:
        """Whether that is what `service.token` names by now: who changed it can have it taken.

        Finding out takes its time, as of a guess when logging in.
        """
        if not given or self.desk.turnstile.is_crowded:
            return False
        await self.desk.turnstile.hold_up()
        token = await self.reloader.read_token()
        return token is not None and is_same(given, token)

    def live(self) -> Sequence[str]:
        """Why the daemon should be restarted."""
        return [str(reason) for reason in self._silences()]

    def _silences(self) -> Sequence[Statement]:
        silent_for = self.watchdog.silent_for if self.watchdog is not None else 0.0
        if silent_for <= SILENT_SECONDS:
            return []
        return [stated("trouble", "the loop has made no progress for {seconds} s", seconds=round(silent_for))]

    def ready(self) -> Sequence[str]:
        """Why the daemon does not do its work at the moment."""
        return [str(reason) for reason in self._reasons()]

    def _reasons(self) -> Sequence[Statement]:
        reasons = list(self._silences())
        last = self.daemon.last_cycle_at
        if self.daemon.stopping.is_set():
            reasons.append(stated("trouble", "it has been told to stop"))
        elif self.daemon.failure is not None:
            reasons.append(self.daemon.failure)
        elif self.timekeeper.stops_all:
            reasons.append(stated("trouble", "the clock is in doubt: nothing goes out"))
        elif last is None:
            reasons.append(stated("trouble", "the watch list is being taken"))
        elif self.clock.now() - last > STALE_AFTER:
            reasons.append(stated("trouble", "nothing has been planned or sent since {when}", when=last))
        if self.storekeeper.shortage is not None:
            reasons.append(self.storekeeper.shortage)
        return reasons

    def _troubles(self) -> Sequence[Statement]:
        """What is wrong with the daemon, for people."""
        return [*self._reasons(), *([self.reloader.trouble] if self.reloader.trouble else [])]

    def _add_links(self, message: Message) -> Message:
        return self.desk.add_links(message)

    async def _recall(self, deadlines: Collection[str]) -> None:
        await self.dispatcher.recall(deadlines)

    def _acted_on(self, deadline: str) -> None:
        self.engine.acted_on(deadline)
        self.wake.set()

    def _signing_secrets(self) -> dict[str, str]:
        """What proves that buttons were pressed in Slack, by channel."""
        settings = self._loaded.channel_settings
        found = {name: getattr(one, "signing_secret", None) for name, one in settings.items()}
        return {name: secret.get_secret_value() for name, secret in found.items() if secret is not None}

    async def gauges(self) -> Gauges:
        """What is true now, for the metrics."""
        watch_list = self.engine.watch_list
        return Gauges(
            queue_depth=dict.fromkeys(watch_list.channels if watch_list else (), 0) | await self.ledger.queue_depth(),
            overdue_unsent=await self.ledger.overdue_unsent(self.clock.now()),
            next_notice_at=self.engine.next_notice_at(),
            deadlines={status.value: count for status, count in self.engine.count_statuses().items()},
        )

    async def reload(self, accept_removals: bool) -> None:
        """Ask for the configuration to be read again."""
        self.ask_reload(accept_removals=accept_removals)

    def ask_reload(self, *, accept_removals: bool = False) -> None:
        """Somebody wants the files read again, and what they say to count."""
        self._is_asked = True
        self.reloader.request(accept_removals=accept_removals)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
