"""What a mail server's answers mean: for one recipient, and for the mail as a whole. Pure tables.

A refusal is for good only where it is about this recipient or this mail; what a person can mend is tried again.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from enum import Enum, auto

import aiosmtplib

from alerter.domain.notices.outcome import Cause

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH_RECIPIENT = frozenset({550, 551, 553})


class Stage(Enum):
    """How far the dialogue had come when it failed."""

    CONNECTING = auto()
    SECURING = auto()
    LOGGING_IN = auto()
    SENDER = auto()
    RECIPIENTS = auto()
    CONTENT = auto()


class Verdict(Enum):
    """What is to be done: try again soon, slowly until somebody mends it, in plain text, or never."""

    LATER = auto()
    NEEDS_PERSON = auto()
    TOO_BIG = auto()
    NEVER = auto()

    @property
    def cause(self) -> Cause:
        """The cause of a retry with this verdict."""
        return Cause.NEEDS_PERSON if self is Verdict.NEEDS_PERSON else Cause.TEMPORARY


def judge_recipient(code: int, answer: str) -> Verdict:
    """The verdict on one recipient, from the answer to RCPT."""
    if code < 500:
        return Verdict.LATER
    subject, detail = _enhanced(answer)
    if subject == 1 or (subject, detail) == (2, 1):
        return Verdict.NEVER
    if subject is None and code in _NO_SUCH_RECIPIENT:
        return Verdict.NEVER
    return Verdict.NEEDS_PERSON if subject == 7 or code not in _NO_SUCH_RECIPIENT else Verdict.NEVER


def judge_answer(stage: Stage, code: int, answer: str) -> Verdict:
    """The verdict on the mail, from an answer that was no yes."""
    if code < 500:
        return Verdict.LATER
    subject, detail = _enhanced(answer)
    if stage in (Stage.SENDER, Stage.CONTENT) and (code == 552 or (subject, detail) == (3, 4)):
        return Verdict.TOO_BIG
    if stage is Stage.CONTENT and subject != 7:
        return Verdict.NEVER
    return Verdict.NEEDS_PERSON


def judge_error(stage: Stage, error: Exception) -> Verdict:
    """The verdict on a dialogue that broke off without an answer."""
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _chain(error)):
        return Verdict.NEEDS_PERSON
    if isinstance(error, (aiosmtplib.SMTPTimeoutError, ConnectionError, OSError)):
        return Verdict.LATER
    # What is left are things the server does not offer: encryption, or a way to log in.
    return Verdict.NEEDS_PERSON if stage in (Stage.SECURING, Stage.LOGGING_IN) else Verdict.LATER


def _enhanced(answer: str) -> tuple[int | None, int | None]:
    match = _ENHANCED.search(answer)
    return (int(match[2]), int(match[3])) if match else (None, None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
