"""What the fixed words of ledger and configuration are called for people: kinds, states, reasons and the like.

Each function takes the word as it is kept; one that is not known, as a newer program may have left, is told as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from alerter.domain.notices.notice import Kind, Reason, State
from alerter.domain.notices.outcome import Cause
from alerter.domain.planning.deadline import Certainty, Severity, Status
from alerter.domain.words.statement import Statement, stated


def kind_name(kind: str) -> Statement:
    """`reminder`, `due`, `moved`: what a notice is."""
    return _find(_KINDS, kind)


def state_name(state: str) -> Statement:
    """`delivered`, `waiting`: what became of a notice."""
    return _find(_STATES, state)


def reason_name(reason: str) -> Statement:
    """Why a notice was not sent, or not by its plan."""
    return _find(_REASONS, reason)


def outcome_name(outcome: str) -> Statement:
    """How an attempt ended."""
    return _find(_OUTCOMES, outcome)


def status_name(status: str) -> Statement:
    """`met`, `lapsed`, `void`, `open`."""
    return _find(_STATUSES, status)


def severity_name(severity: str) -> Statement:
    """`low`, `normal`, `high`, `critical`."""
    return _find(_SEVERITIES, severity)


def certainty_name(certainty: str) -> Statement:
    """`confirmed`, `tentative`, `likely to be extended`."""
    return _find(_CERTAINTIES, certainty)


def as_it_is(text: str) -> Statement:
    """What no catalogue is asked about."""
    return Statement("", "{text}", (("text", text),))


def _find(names: Mapping[str, Statement], word: str) -> Statement:
    return names.get(word) or as_it_is(word)


_KINDS: Mapping[str, Statement] = {
    Kind.UPCOMING: stated("kind", "reminder"),
    Kind.DUE: stated("kind", "due"),
    Kind.OVERDUE: stated("kind", "overdue"),
    Kind.OPENS: stated("kind", "opens"),
    Kind.MOVED: stated("kind", "moved"),
    Kind.CLOSED: stated("kind", "closed"),
    Kind.RECHECK: stated("kind", "check the date"),
    Kind.BUNDLE: stated("kind", "several at once"),
    Kind.DIGEST: stated("kind", "digest"),
    Kind.TEST: stated("kind", "test"),
    Kind.PROBLEM: stated("kind", "problem"),
}
_STATES: Mapping[str, Statement] = {
    State.QUEUED: stated("state", "waiting"),
    State.SENDING: stated("state", "being sent"),
    State.RETRYING: stated("state", "being tried again"),
    State.DELIVERED: stated("state", "delivered"),
    State.SKIPPED: stated("state", "not sent"),
    State.DEAD: stated("state", "never delivered"),
}
_REASONS: Mapping[str, Statement] = {
    Reason.SUPERSEDED: stated("reason", "a later notice took its place"),
    Reason.MISSED: stated("reason", "missed, and too late to send"),
    Reason.ACKNOWLEDGED: stated("reason", "acknowledged"),
    Reason.SNOOZED: stated("reason", "snoozed"),
    Reason.CLOSED: stated("reason", "closed"),
    Reason.MOVED: stated("reason", "the date has moved"),
    Reason.REMOVED: stated("reason", "no longer planned"),
    Reason.FIRST_SEEN: stated("reason", "because the deadline was new"),
    Reason.REPLANNED: stated("reason", "after a change of plan"),
    Reason.CATCH_UP: stated("reason", "late, after an interruption"),
    Reason.FALLBACK: stated("reason", "in place of another channel"),
    "quiet": stated("reason", "quiet hours"),
    "refused": stated("reason", "refused for good"),
    "gave-up": stated("reason", "given up after many attempts"),
    "delivered-in-part": stated("reason", "not everybody got it"),
}
_OUTCOMES: Mapping[str, Statement] = {
    "delivered": stated("outcome", "delivered"),
    "refused": stated("outcome", "refused"),
    "unknown": stated("outcome", "broken off, outcome unknown"),
    Cause.TEMPORARY: stated("outcome", "did not work"),
    Cause.RATE_LIMITED: stated("outcome", "asked to wait"),
    Cause.NEEDS_PERSON: stated("outcome", "a person has to look at it"),
    Cause.CONTENT: stated("outcome", "the message was not accepted"),
}
_STATUSES: Mapping[str, Statement] = {
    Status.OPEN: stated("status", "open"),
    Status.MET: stated("status", "met"),
    Status.LAPSED: stated("status", "lapsed"),
    Status.VOID: stated("status", "void"),
}
_SEVERITIES: Mapping[str, Statement] = {
    Severity.LOW: stated("severity", "low"),
    Severity.NORMAL: stated("severity", "normal"),
    Severity.HIGH: stated("severity", "high"),
    Severity.CRITICAL: stated("severity", "critical"),
}
_CERTAINTIES: Mapping[str, Statement] = {
    Certainty.CONFIRMED: stated("certainty", "confirmed"),
    Certainty.TENTATIVE: stated("certainty", "tentative"),
    Certainty.LIKELY_EXTENDED: stated("certainty", "likely to be extended"),
}
