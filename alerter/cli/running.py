"""The daemon's process: from the files to a running application, and from signals to its end."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from alerter.app import Application
from alerter.channels.registry import ChannelUnavailableError, channel_types
from alerter.config.load import Loaded
from alerter.config.log import background_writer, configure_logging
from alerter.config.source import FileSource, Options
from alerter.domain.dates.zone import NoZoneData
from alerter.engine.hardship.storekeeper import Before
from alerter.engine.time.watchdog import STUCK, Watchdog
from alerter.ledger.ledger import LedgerBusy, LedgerError, LedgerLost
from alerter.web.metrics import Metrics
from alerter.web.server import WebServerError

BAD_CONFIG = 78
BUSY = 75

NAMES_AT_ONCE = 64
"""Host names looked up at a time: those that a name server is silent about keep a thread for half a minute each."""

TURN_SECONDS = 0.0002
"""So long one thread computes while another waits (Python: 5 ms). The ledger's wants little each time, and sendings
wait for it."""

LIKELY_ALIVE = 5_000
"""So many new objects are made before the collector looks for cycles among them (Python: 700): of a herd's most are
still in use by then, and were walked through for nothing; and it takes no more than 2 ms."""

log = structlog.get_logger("alerter")


async def run_daemon(options: Options) -> int:
    """Run the daemon until a signal ends it; the exit code. The process is to end soon: it is watched until it has."""
    try:
        return await _run_daemon(FileSource(options, channel_types()))
    except NoZoneData as error:
        print(f"alerter: {error}", file=sys.stderr)
        return BAD_CONFIG
    except MemoryError:
        print("alerter: there is too little memory", file=sys.stderr)
        return STUCK


async def _run_daemon(source: FileSource) -> int:
    loaded = source.load()
    configure_logging(level=loaded.service.log_level, form=loaded.service.log_format, in_background=True)
    for problem in loaded.problems:
        background_writer().write(f"{problem}\n")
    if not loaded.is_usable:
        return BAD_CONFIG
    sys.setswitchinterval(TURN_SECONDS)
    gc.set_threshold(LIKELY_ALIVE)
    names = ThreadPoolExecutor(NAMES_AT_ONCE, thread_name_prefix="names")
    asyncio.get_running_loop().set_default_executor(names)
    watchdog = Watchdog()
    try:
        watchdog.start()
        await _run(loaded, source, watchdog)
    except (LedgerError, WebServerError, ChannelUnavailableError) as error:
        log.error("daemon.failed", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        return BUSY if isinstance(error, LedgerBusy) else BAD_CONFIG
    return 0


async def _run(loaded: Loaded, source: FileSource, watchdog: Watchdog) -> None:
    """Run the daemon; where its ledger is lost, another one in its place that knows what this one knew."""
    before, metrics = Before(), Metrics()
    while True:
        application = Application(loaded, source, watchdog=watchdog, metrics=metrics, before=before)
        _heed_signals(application)
        if watchdog.expects_end:  # the one before was told, when it had lost its ledger
            return
        try:
            await application.run()
        except LedgerLost as error:
            if before.well_at is not None and application.daemon.last_cycle_at is None:  # it was of no use
                raise
            log.error("daemon.begins_anew", reason=str(error))  # noqa: TRY400 -- the sentence says it all
            before = application.left_behind(error)
        else:
            return
        again = source.load()
        loaded = again if again.is_usable else loaded


def _heed_signals(application: Application) -> None:
    loop = asyncio.get_running_loop()

    def end(*_: object) -> None:  # not by the loop alone: that may be stuck
        if application.watchdog is not None:
            application.watchdog.expect_end()
        if not loop.is_closed():
            loop.call_soon_threadsafe(application.stop)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    loop.add_signal_handler(signal.SIGHUP, application.ask_reload)
    accepting = partial(application.ask_reload, accept_removals=True)
    loop.add_signal_handler(signal.SIGUSR1, accepting)
