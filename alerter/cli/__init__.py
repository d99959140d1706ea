"""The command line: one file per command in `commands/`, each imported only when it is asked for.

Results go to standard output, everything else to standard error. Exit codes: 0 fine, 1 the answer
is no, 2 wrong usage or a configuration that cannot be used.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback

from alerter.cli.failure import NO, Failure
from alerter.cli.leaving import heed_signals_early, occupy_closed_streams


def main() -> None:
    """Run the command that the arguments name and leave with its exit code."""
    is_daemon = "run" in sys.argv[1:]
    if is_daemon:
        heed_signals_early()
    _prepare_output(is_daemon=is_daemon)
    code = run_command()
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _report_os_error(error)
        _drop_output()
    sys.exit(code)


def run_command(args: list[str] | None = None) -> int:
    """Run one command with these arguments (the process's own by default); returns its exit code."""
    from alerter.cli.application import build_application

    try:
        build_application()(args=args, prog_name="alerter")
    except SystemExit as ended:
        return _code_of(ended)
    except Failure as failure:
        return _report(failure)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except OSError as error:
        return _report_os_error(error)
    except Exception:  # noqa: BLE001 - the last resort, whatever the command; shown without any secret
        return _report_fault(traceback.format_exc())
    return 0


def _code_of(ended: SystemExit) -> int:
    """The exit code that a library ends with; a reader who has seen enough is no trouble, though to them it is."""
    if isinstance(ended.__context__, BrokenPipeError):
        return _report_os_error(ended.__context__)
    return ended.code if isinstance(ended.code, int) else 0


def _prepare_output(*, is_daemon: bool) -> None:
    """Let no character that the terminal's encoding lacks, and no closed output, end a command."""
    occupy_closed_streams(is_daemon=is_daemon)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _report(failure: Failure) -> int:
    _say(f"alerter: {failure}")
    return failure.code


def _report_os_error(error: OSError) -> int:
    """What the system refuses is told in a line; a reader who has seen enough, as `head` has, is no trouble."""
    if isinstance(error, BrokenPipeError):
        return 0
    where = f"{error.filename}: " if error.filename else ""
    _say(f"alerter: {where}{error.strerror or type(error).__name__}")
    return NO


def _report_fault(trace: str) -> int:
    from alerter.config.redaction import redacted

    _say(f"{redacted(trace)}alerter: this is a fault in alerter itself, please report it")
    return NO


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return  # nobody listens any more


def _drop_output() -> None:
    """Point standard output nowhere, so that nothing complains when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
