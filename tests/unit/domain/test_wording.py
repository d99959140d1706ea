"""Messages in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from alerter.domain.dates.zone import load_zone
from alerter.domain.messages.message import ActionTaken, Links, Message, Moved
from alerter.domain.messages.wording import hint, line, subject, text
from alerter.domain.notices.notice import Kind, Reason
from alerter.domain.planning.deadline import Certainty, OnAck, Severity
from tests.messages import NEW_YORK, TIKTOK, TIKTOK_MOVED, UTC_ZONE, deadline, instant, message, plain, tiktok, wall

MOVED = Moved(before=TIKTOK, after=TIKTOK_MOVED)


def about_tiktok(now: str, kind: Kind = Kind.UPCOMING) -> Message:
    """A message about a date-only deadline."""
    return message(kind=kind, deadline=tiktok(), due=TIKTOK, now=instant(now), lead=None)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (message(), "[7 days] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"),
        (
            message(now=instant("2025-11-09T05:01")),
            "[1 day] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST",
        ),
        (
            message(now=instant("2025-11-10T03:01")),
            "[2 hours] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST",
        ),
        (
            message(kind=Kind.DUE, now=instant("2025-11-10T05:01")),
            "[due now] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST",
        ),
        (
            message(kind=Kind.OVERDUE, now=instant("2025-11-12T05:01")),
            "[overdue by 2 days] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST",
        ),
        (
            message(kind=Kind.CLOSED, closed_as="met"),
            "[closed: met] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST",
        ),
        (message(kind=Kind.OPENS), "[opens] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"),
        (message(kind=Kind.RECHECK), "[please re-check] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"),
        (message(kind=Kind.MOVED), "[moved] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"),
        (about_tiktok("2025-09-10T13:00"), "[7 days] TikTok sale or ban - Wed 17 Sep 2025"),
        (about_tiktok("2025-09-17T13:00", Kind.DUE), "[due today] TikTok sale or ban - Wed 17 Sep 2025"),
        (about_tiktok("2025-09-19T13:00", Kind.OVERDUE), "[overdue by 2 days] TikTok sale or ban - Wed 17 Sep 2025"),
        (plain(Kind.TEST), '[test] This is a test of the channel "ops"; nothing is due'),
        (plain(Kind.PROBLEM, text="The config was rejected.\nLine 3"), "[problem] The config was rejected."),
        (plain(Kind.DIGEST, title="monday"), "[monday] Nothing is due"),
    ],
)
def test_subject_says_how_far_what_and_when(told: Message, expected: str) -> None:
    """The subject holds the time really left or the event, the title and the due date."""
    assert subject(told) == expected


def test_bundle_counts_its_deadlines() -> None:
    """A bundle's subject says how many deadlines it holds and names the first, each once."""
    told = plain(Kind.BUNDLE, items=(message(), about_tiktok("2025-11-03T05:01"), message(id="ntc_2")))
    assert subject(told) == "[2 deadlines] TikTok sale or ban; U.S.-China tariff truce expires"


def test_moved_text_names_both_dates_and_how_often() -> None:
    """A moved message says from when to when, and for which time."""
    told = message(kind=Kind.MOVED, deadline=tiktok(due=date(2025, 12, 16)), due=TIKTOK, moved=MOVED, moves=4)
    assert line(told).startswith(
        "TikTok sale or ban has moved from Wed 17 Sep 2025 to Tue 16 Dec 2025, moved for the 4th time."
    )
    assert "Moved: from Wed 17 Sep 2025 to Tue 16 Dec 2025, moved for the 4th time" in text(told)


def test_a_bundle_of_moves_says_so_and_names_both_dates() -> None:
    """Its subject is no list of reminders, and each item says from when to when, how often, and why."""
    one = message(
        kind=Kind.MOVED, deadline=tiktok(due=date(2025, 12, 16), note="Third order."), due=TIKTOK, moved=MOVED, moves=4
    )
    told = plain(Kind.BUNDLE, items=(one, replace(one, id="ntc_2")))
    assert subject(told) == "[1 deadline has moved] TikTok sale or ban"
    words = (
        "- [moved] TikTok sale or ban - Moved from Wed 17 Sep 2025 to Tue 16 Dec 2025, for the 4th time. Third order."
    )
    assert words in text(told).split("\n")


def test_text_says_everything() -> None:
    """The full text holds dates in both zones, certainty, severity, note, owner, link and what can be done."""
    assert text(message(moves=1)).split("\n") == [
        "U.S.-China tariff truce expires is due in 7 days: Mon 10 Nov 2025, 00:01 EST.",
        "",
        "Due (New York): Mon 10 Nov 2025, 00:01 EST (in 7 days)",
        "Your time (Madrid): Mon 10 Nov 2025, 06:01 CET",
        "Moved: once so far",
        "Certainty: Likely to be extended again - plan for both",
        "Severity: critical",
        "Note: Both sides must decide whether to renew the pause.",
        "Owner: trade desk",
        "Link: https://example.org/source",
        "",
        "Acknowledge: https://deadlines.example.com/a/1",
        "Details: https://deadlines.example.com/deadlines/x",
        "Acknowledging ends all further reminders of this date.",
    ]


def test_same_zone_is_not_told_twice() -> None:
    """Readers in the deadline's own zone see one time."""
    assert "Your time" not in text(message(zone=NEW_YORK))


def test_end_of_a_day_is_told_to_readers_elsewhere() -> None:
    """A date-only deadline ends on another date for readers in another zone."""
    assert "Your time: until Thu 18 Sep 2025, 03:59 UTC" in text(
        message(deadline=tiktok(), due=TIKTOK, zone=UTC_ZONE, now=instant("2025-09-10T13:00"))
    )


@pytest.mark.parametrize(
    ("zone", "named"),
    [
        ("Asia/Shanghai", "Due (Shanghai): Wed 17 Sep 2025 "),
        ("UTC", "Due (UTC): Wed 17 Sep 2025 "),
        ("Etc/GMT+5", "Due (UTC-5): Wed 17 Sep 2025 "),
        ("AoE", "Due: Wed 17 Sep 2025, AoE "),
    ],
)
def test_the_zone_of_a_day_is_named_to_readers_elsewhere(zone: str, named: str) -> None:
    """By its city, or where it has none by its name."""
    date_only = replace(tiktok(), zone=load_zone(zone))
    assert named in text(message(deadline=date_only, due=TIKTOK, zone=NEW_YORK, now=instant("2025-09-10T13:00")))


def test_a_day_anywhere_on_earth_always_says_so() -> None:
    """In subject, sentence and moves, whatever the readers' zone: theirs is never it."""
    anywhere = replace(tiktok(), zone=load_zone("AoE"))
    told = message(kind=Kind.MOVED, deadline=anywhere, due=TIKTOK, zone=anywhere.zone, moved=MOVED)
    assert subject(told).endswith(" - Wed 17 Sep 2025, AoE")
    assert "from Wed 17 Sep 2025, AoE to Tue 16 Dec 2025, AoE" in text(told)
    assert "Due: Wed 17 Sep 2025, AoE" in text(told)


def test_what_is_closed_says_nothing_of_how_sure_its_date_is() -> None:
    """There is nothing left to plan for; while it is open the same deadline says so in text and line."""
    closed = message(kind=Kind.CLOSED, closed_as="met")
    assert ["extended" in said for said in (text(closed), line(closed))] == [False, False]
    assert ["extended" in said for said in (text(message()), line(message()))] == [True, True]


def test_ordinary_deadline_says_nothing_of_certainty_and_severity() -> None:
    """What is confirmed and normal needs no words."""
    told = text(message(deadline=deadline(certainty=Certainty.CONFIRMED, severity=Severity.NORMAL)))
    assert "Certainty" not in told
    assert "Severity" not in told


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"late_by": 10_800}, "This message is 3 hours late."),
        ({"is_repeat_possible": True}, "Repeat possible: you may already have had this message."),
        ({"reason": Reason.FALLBACK}, "Sent here because another channel could not deliver it."),
    ],
)
def test_unusual_delivery_is_explained(changes: dict[str, object], expected: str) -> None:
    """A late, perhaps repeated or substitute message says so, in the line and in the text."""
    assert expected in line(message(**changes))
    assert expected in text(message(**changes))


def test_a_minute_is_not_late() -> None:
    """Lateness is told from 60 seconds on."""
    assert "late" not in text(message(late_by=59))


def test_action_is_told_with_who_and_why() -> None:
    """A message about an acknowledgement leads with it."""
    action = ActionTaken(at=instant("2025-11-03T09:00"), action="ack", by="Ana", note="on it")
    told = message(lead=None, reason=Reason.ACKNOWLEDGED, actions=(action,))
    assert subject(told) == "[acknowledged] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"
    assert line(told).startswith("U.S.-China tariff truce expires: Acknowledged by Ana: on it.")
    assert "Acknowledged by Ana: on it (Mon 3 Nov 2025, 04:00 EST)" in text(told)


def test_snooze_says_until_when() -> None:
    """A snooze names its end."""
    action = ActionTaken(at=instant("2025-11-03T09:00"), action="snooze", by="Ana", detail="2025-11-04T14:00:00+00:00")
    assert "Snoozed until Tue 4 Nov 2025, 09:00 EST by Ana" in text(message(actions=(action,)))


def test_what_a_snooze_put_off_is_still_about_the_date() -> None:
    """The notice that comes when the snooze ends says what falls due, and in brackets how soon."""
    action = ActionTaken(at=instant("2025-11-03T09:00"), action="snooze", by="Ana", detail="2025-11-04T14:00:00+00:00")
    told = message(kind=Kind.DUE, lead="0", now=instant("2025-11-10T05:01"), reason=Reason.SNOOZED, actions=(action,))
    assert subject(told) == "[due now] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST"
    assert line(told).startswith("U.S.-China tariff truce expires is due now: Mon 10 Nov 2025, 00:01 EST.")


def test_a_line_says_once_each_who_did_what() -> None:
    """What a longer form says in facts of its own; the last deed is told already where the message is about it."""
    ack = ActionTaken(at=instant("2025-11-03T09:00"), action="ack", by="Ana", note="counsel is informed")
    snooze = ActionTaken(at=instant("2025-11-03T10:00"), action="snooze", by="Ben", detail="2025-11-04T14:00:00+00:00")
    acked, snoozed = "Acknowledged by Ana: counsel is informed", "Snoozed until Tue 4 Nov 2025, 09:00 EST by Ben"
    upcoming, about_ack = (
        message(actions=(snooze, ack)),
        message(actions=(snooze, ack), lead=None, reason="acknowledged"),
    )
    closed = message(actions=(snooze, ack), kind=Kind.CLOSED, closed_as="met")
    assert line(upcoming).endswith(f"00:01 EST. {snoozed}. {acked}. Likely to be extended again.")
    assert line(about_ack) == f"U.S.-China tariff truce expires: {acked}. {snoozed}. Likely to be extended again."
    assert line(closed) == f"U.S.-China tariff truce expires is closed: met ({acked}). {snoozed}."


def test_digest_goes_day_by_day_with_the_passed_on_top() -> None:
    """A digest groups its items by due date; what has passed comes first."""
    now = instant("2025-11-03T13:30")
    told = plain(
        Kind.DIGEST, title="monday", now=now, items=(message(now=now), about_tiktok("2025-11-03T13:30", Kind.OVERDUE))
    )
    assert text(told).split("\n")[2:] == [
        "Passed, nobody said it was met",
        "- [overdue by 47 days] TikTok sale or ban - Wed 17 Sep 2025",
        "  Acknowledge: https://deadlines.example.com/a/1",
        "",
        "Mon 10 Nov 2025",
        "- [6 days] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST",
        "  Acknowledge: https://deadlines.example.com/a/1",
    ]


def test_bundle_keeps_what_is_closed_apart() -> None:
    """A closed deadline is not among those that have passed."""
    now = instant("2025-11-12T05:01")
    told = plain(Kind.BUNDLE, now=now, items=(message(now=now, kind=Kind.CLOSED, closed_as="met"),))
    assert text(told).split("\n")[2:4] == [
        "Closed",
        "- [closed: met] U.S.-China tariff truce expires - Mon 10 Nov 2025, 00:01 EST",
    ]


def test_message_of_a_deadline_that_is_gone_keeps_its_title() -> None:
    """Where the deadline was removed meanwhile, its title is what is left to say."""
    assert subject(plain(Kind.UPCOMING, title="Truce")) == "[reminder] Truce"
    assert subject(plain(Kind.UPCOMING)) == "[reminder] A deadline"


def test_empty_digest_says_so() -> None:
    """An empty digest is a message too."""
    assert text(plain(Kind.DIGEST, title="monday")) == "Nothing is due."


def test_problem_keeps_its_lines() -> None:
    """A problem's text is told as it is."""
    told = plain(Kind.PROBLEM, title="Config rejected", text="a.toml:3:1: error\nb.toml:4:1: error")
    assert text(told) == "Config rejected.\n\na.toml:3:1: error\nb.toml:4:1: error"


@pytest.mark.parametrize(
    ("now", "countdown"),
    [
        ("2025-11-10T05:02:00", "1 minute ago"),
        ("2025-11-10T08:01:00", "3 hours ago"),
        ("2025-11-10T20:01:00", "today at 00:01"),
        ("2025-11-12T05:01:00", "2 days ago"),
    ],
)
def test_due_in_the_past_is_spoken_of_in_the_past(now: str, countdown: str) -> None:
    """A passed due date was due, though it be a minute ago."""
    told = message(kind=Kind.OVERDUE, now=instant(now))
    assert line(told).startswith(f"U.S.-China tariff truce expires was due {countdown}: Mon 10 Nov 2025, 00:01 EST.")


def test_braces_and_percents_are_only_text() -> None:
    """Nothing in a title is read as a format or template."""
    hostile = "{d.__class__} ${x} {{7*7}} %s"
    assert hostile in text(message(deadline=deadline(title=hostile)))


def test_subject_is_bounded_and_text_is_whole() -> None:
    """A very long title is cut in the subject and whole in the text."""
    told = message(deadline=deadline(title="x" * 1_000_000))
    assert len(subject(told)) < 300
    assert len(text(told)) > 1_000_000


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words(kind: Kind) -> None:
    """Each kind has a subject, a line and a text, with and without a deadline."""
    for told in (message(kind=kind), plain(kind, text="words")):
        assert all([subject(told), line(told), text(told)])


def test_opening_window_names_its_day() -> None:
    """A window's opening is told with its date."""
    told = message(kind=Kind.OPENS, deadline=deadline(opens=date(2025, 10, 1), due=wall("2025-11-10T00:01")))
    assert "opens on Wed 1 Oct 2025 and is due in 7 days" in line(told)


def test_a_note_keeps_its_lines() -> None:
    """Below its label, set apart from what follows; a line alone stays beside it."""
    told = text(message(deadline=deadline(note="1. call counsel\r\n\n  2. file  \n")))
    assert "\nNote:\n  1. call counsel\n\n  2. file\nOwner: trade desk\n" in told
    assert "\nNote: file\n" in text(message(deadline=deadline(note="file\n")))


def test_next_notice_is_told_in_the_readers_time() -> None:
    """What comes after this message is said, on the readers' own clock."""
    assert "Next notice: Sun 9 Nov 2025, 14:30 CET" in text(message(next_at=instant("2025-11-09T13:30")))


def test_hint_says_what_acknowledging_would_stop() -> None:
    """Where everything stops, and where only the nagging does; nothing once somebody has acknowledged."""
    assert hint(message()) == "Acknowledging ends all further reminders of this date."
    on_ack = OnAck.LEADS
    told = message(deadline=deadline(on_ack=on_ack))
    assert hint(told) == "Acknowledging ends the overdue reminders and the escalation; the others still come."
    acted = ActionTaken(at=instant("2025-11-03T09:00"), action="ack", by="Ana")
    assert [hint(message(actions=(acted,))), hint(message(links=Links()))] == ["", ""]


def test_spanish_says_everything() -> None:
    """All words but those of the configuration are in the language of the channel."""
    told = message(language="es", moves=1, deadline=deadline(checked=date(2025, 9, 15)))
    assert text(told).split("\n") == [
        "U.S.-China tariff truce expires - vence dentro de 7 días: lun 10 nov 2025, 00:01 EST.",
        "",
        "Vence (Nueva York): lun 10 nov 2025, 00:01 EST (dentro de 7 días)",
        "Su hora (Madrid): lun 10 nov 2025, 06:01 CET",
        "Cambio de fecha: una vez hasta ahora",
        "Certeza: Es probable que se prorrogue otra vez: conviene prever ambos casos",
        "Última comprobación: lun 15 sept 2025",
        "Importancia: crítica",
        "Nota: Both sides must decide whether to renew the pause.",
        "Responsable: trade desk",
        "Enlace: https://example.org/source",
        "",
        "Acusar recibo: https://deadlines.example.com/a/1",
        "Detalles: https://deadlines.example.com/deadlines/x",
        "Con el acuse de recibo terminan todos los avisos de esta fecha.",
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_spanish_words(kind: Kind) -> None:
    """No kind falls back to English or fails, with and without a deadline."""
    for told in (message(kind=kind), plain(kind)):
        english, spanish = text(told), text(replace(told, language="es"))
        assert spanish
        assert spanish != english or kind is Kind.BUNDLE
