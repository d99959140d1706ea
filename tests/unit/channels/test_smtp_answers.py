"""What a mail server's answers mean."""

from __future__ import annotations

import ssl

import aiosmtplib
import pytest

from alerter.channels.smtp_answers import Stage, Verdict, judge_answer, judge_error, judge_recipient


@pytest.mark.parametrize(
    ("code", "answer", "expected"),
    [
        (421, "closing", Verdict.LATER),
        (450, "busy", Verdict.LATER),
        (451, "4.7.1 greylisted", Verdict.LATER),
        (452, "too many", Verdict.LATER),
        (521, "no mail here", Verdict.NEEDS_PERSON),
        (530, "5.7.0 log in first", Verdict.NEEDS_PERSON),
        (550, "no such user", Verdict.NEVER),
        (550, "5.1.1 no such user", Verdict.NEVER),
        (550, "5.2.1 disabled", Verdict.NEVER),
        (550, "5.7.1 policy", Verdict.NEEDS_PERSON),
        (551, "not local", Verdict.NEVER),
        (552, "5.2.2 mailbox full", Verdict.NEEDS_PERSON),
        (553, "5.1.3 bad address", Verdict.NEVER),
        (554, "5.7.1 blocked", Verdict.NEEDS_PERSON),
        (554, "5.1.0 no", Verdict.NEVER),
    ],
)
def test_recipients_are_judged_by_code_and_subject(code: int, answer: str, expected: Verdict) -> None:
    """Only a recipient that does not exist is refused for good."""
    assert judge_recipient(code, answer) is expected


@pytest.mark.parametrize(
    ("stage", "code", "answer", "expected"),
    [
        (Stage.CONNECTING, 421, "busy", Verdict.LATER),
        (Stage.CONNECTING, 554, "no", Verdict.NEEDS_PERSON),
        (Stage.LOGGING_IN, 535, "5.7.8 wrong", Verdict.NEEDS_PERSON),
        (Stage.LOGGING_IN, 454, "4.7.0 later", Verdict.LATER),
        (Stage.SENDER, 452, "storage", Verdict.LATER),
        (Stage.SENDER, 550, "5.7.1 not yours", Verdict.NEEDS_PERSON),
        (Stage.SENDER, 552, "too big", Verdict.TOO_BIG),
        (Stage.CONTENT, 451, "later", Verdict.LATER),
        (Stage.CONTENT, 552, "5.3.4 too big", Verdict.TOO_BIG),
        (Stage.CONTENT, 554, "5.3.4 too big", Verdict.TOO_BIG),
        (Stage.CONTENT, 550, "5.7.1 spam", Verdict.NEEDS_PERSON),
        (Stage.CONTENT, 554, "no", Verdict.NEVER),
    ],
)
def test_mails_are_judged_by_stage_and_code(stage: Stage, code: int, answer: str, expected: Verdict) -> None:
    """The same code means different things at different stages."""
    assert judge_answer(stage, code, answer) is expected


def _bad_certificate() -> aiosmtplib.SMTPConnectError:
    error = aiosmtplib.SMTPConnectError("x")
    error.__cause__ = ssl.SSLCertVerificationError("x")
    return error


@pytest.mark.parametrize(
    ("stage", "error", "expected"),
    [
        (Stage.CONNECTING, aiosmtplib.SMTPConnectError("x"), Verdict.LATER),
        (Stage.CONNECTING, aiosmtplib.SMTPConnectTimeoutError("x"), Verdict.LATER),
        (Stage.CONNECTING, _bad_certificate(), Verdict.NEEDS_PERSON),
        (Stage.SECURING, aiosmtplib.SMTPException("not offered"), Verdict.NEEDS_PERSON),
        (Stage.SECURING, aiosmtplib.SMTPServerDisconnected("x"), Verdict.LATER),
        (Stage.LOGGING_IN, aiosmtplib.SMTPException("no method"), Verdict.NEEDS_PERSON),
        (Stage.CONTENT, aiosmtplib.SMTPServerDisconnected("x"), Verdict.LATER),
        (Stage.CONTENT, TimeoutError(), Verdict.LATER),
    ],
)
def test_broken_dialogues_are_judged_by_cause(stage: Stage, error: Exception, expected: Verdict) -> None:
    """What breaks off passes; what is not offered, or not to be trusted, needs a person."""
    assert judge_error(stage, error) is expected
