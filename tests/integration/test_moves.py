"""A date that changes: everyone told hears of it once, and the leads count afresh."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from alerter.domain.decisions.acting import Deed
from alerter.domain.notices.outcome import Retry
from alerter.domain.planning.deadline import CatchUp, Deadline, Status
from tests.watching import at, deadline, down, fails, happenings, noon, rehearsed, watch_list, without_time

A = watch_list(deadline())
B = watch_list(deadline(due=noon(17)))
C = watch_list(deadline(due=noon(18)))
TOLD = "11-03 12:00 delivered truce upcoming 7d desk"
A_LINES = [TOLD, "11-09 12:00 delivered truce upcoming 1d desk", "11-10 12:00 delivered truce due 0 desk"]
B_LAST = ["11-16 12:00 delivered truce upcoming 1d desk", "11-17 12:00 delivered truce due 0 desk"]


async def test_g11_a_moved_date_is_told_once_it_has_settled() -> None:
    """A minute after the load every channel told gets one notice; then the new date's own leads follow."""
    assert [
        TOLD,
        "11-05 00:01 delivered truce moved - desk",
        "11-10 12:00 delivered truce upcoming 7d desk",
        *B_LAST,
    ] == await rehearsed(A, reloads=[(at("11-05 00:00"), B)])


async def test_a_moved_notice_names_both_dates_and_counts() -> None:
    """The text has the old and the new date, and how many times it has moved."""
    found = await happenings(A, reloads=[(at("11-05 00:00"), B)], end=at("11-06 00:00"))
    text = found[-1].text or ""
    assert ("10 Nov 2025" in text, "17 Nov 2025" in text) == (True, True)


async def test_a_date_that_moves_to_another_zone_names_both() -> None:
    """The old date stands on the clock on which it was told, the new one on its own."""
    here = watch_list(deadline(zone="America/New_York"))
    there = watch_list(deadline(zone="America/Los_Angeles"))
    found = await happenings(here, reloads=[(at("11-05 00:00"), there)], end=at("11-06 00:00"))
    said = "from Mon 10 Nov 2025, 12:00 EST to Mon 10 Nov 2025, 12:00 PST"
    assert said in (found[-1].text or "")


@pytest.mark.parametrize("is_ambiguous", [True, False])
@pytest.mark.parametrize(
    ("later", "kind"),
    [(deadline(due=noon(30), leads=("7d",)), "moved"), (deadline(leads=("7d @ 09:00",), status=Status.MET), "closed")],
)
async def test_who_may_have_been_told_hears_of_the_change(later: Deadline, kind: str, *, is_ambiguous: bool) -> None:
    """The answer to a reminder was lost, or it was a clear no; the date moves, or it is met, before the next try."""
    lost = "desk", at("11-03 08:00"), at("11-03 09:30"), Retry(detail="no answer", is_ambiguous=is_ambiguous)
    found = await happenings(
        watch_list(deadline(leads=("7d @ 09:00",))),
        reloads=[(at("11-03 09:10"), watch_list(later))],
        answers=[lost],
        end=at("11-04 00:00"),
    )
    told = [each.kind.removeprefix("deadline.") for each in found if each.event == "delivered"]
    assert told == ([kind] if is_ambiguous else [])


async def test_nobody_told_means_nobody_hears_of_the_move() -> None:
    """Who never heard of the old date needs no notice of the new one."""
    assert [
        "11-10 12:00 delivered truce upcoming 7d desk",
        *B_LAST,
    ] == await rehearsed(A, reloads=[(at("11-02 00:00"), B)])


async def test_g11_leads_already_past_are_covered_by_the_moved_notice() -> None:
    """Moved to a date three days ahead: the week's lead of the new date is not sent beside the move."""
    near = watch_list(deadline(due=noon(8)))
    assert sorted(await rehearsed(A, reloads=[(at("11-05 00:00"), near)])) == [
        TOLD,
        "11-05 00:01 delivered truce moved - desk",
        "11-05 00:01 skipped truce upcoming 7d desk superseded",
        "11-07 12:00 delivered truce upcoming 1d desk",
        "11-08 12:00 delivered truce due 0 desk",
    ]


async def test_a_channel_not_told_gets_its_tightest_passed_lead() -> None:
    """A channel whose notice failed until the move hears of the new date as if first seen, once it has rested."""
    near = watch_list(deadline(due=noon(8), leads=("7d", "6d")))
    first = watch_list(deadline(leads=("7d",)))
    lines = await rehearsed(
        first,
        reloads=[(at("11-03 18:00"), near)],
        answers=[fails("desk", "11-03 00:00", "11-03 18:00")],
        end=at("11-04 00:00"),
    )
    assert sorted(each for each in lines if " retried " not in each) == [
        "11-03 18:00 skipped truce upcoming 7d desk moved",
        "11-03 18:01 skipped truce upcoming 7d desk superseded",
        "11-03 18:06:42 delivered truce upcoming 6d desk first-seen",
    ]


async def test_changes_within_settle_become_one() -> None:
    """Two changes in a minute make one notice, a minute after the last."""
    reloads = [(at("11-05 00:00"), B), (at("11-05 00:00:40"), C)]
    lines = await rehearsed(A, reloads=reloads, end=at("11-06 00:00"))
    assert lines == [TOLD, "11-05 00:01:40 delivered truce moved - desk"]


async def test_a_date_that_comes_back_within_settle_was_never_moved() -> None:
    """Nothing is said of a change that was undone at once."""
    assert await rehearsed(A, reloads=[(at("11-05 00:00"), B), (at("11-05 00:00:30"), A)]) == A_LINES


async def test_nothing_goes_out_while_a_date_settles() -> None:
    """A lead of the old date that falls into the settling is not sent."""
    reloads = [(at("11-09 11:59:30"), B)]
    assert await rehearsed(A, reloads=reloads, end=at("11-10 00:00")) == [
        TOLD,
        "11-09 12:00:30 delivered truce moved - desk",
    ]


async def test_a_lead_within_the_settling_goes_when_the_date_comes_back() -> None:
    """What was kept back while a date settled just goes when it turns out not to have moved."""
    reloads = [(at("11-09 11:59:30"), B), (at("11-09 12:00:10"), A)]
    lines = await rehearsed(A, reloads=reloads)
    assert [TOLD, "11-09 12:00:10 delivered truce upcoming 1d desk", A_LINES[-1]] == lines


async def test_a_retrying_notice_survives_a_date_that_comes_back() -> None:
    """What was being retried is taken back by the change, and goes after all when it is undone."""
    lines = await rehearsed(
        A,
        reloads=[(at("11-03 18:00"), B), (at("11-03 18:00:30"), A)],
        answers=[fails("desk", "11-03 00:00", "11-03 18:00")],
        end=at("11-04 00:00"),
    )
    assert [without_time(each) for each in lines if " retried " not in each] == [
        "skipped truce upcoming 7d desk moved",
        "delivered truce upcoming 7d desk replanned",
    ]


async def test_a_date_moved_there_and_back_is_told_both_times() -> None:
    """After settling, the way back is a move of its own; the old date's next leads go, told ones do not again."""
    reloads = [(at("11-05 00:00"), B), (at("11-06 00:00"), A)]
    assert [
        TOLD,
        "11-05 00:01 delivered truce moved - desk",
        "11-06 00:01 delivered truce moved - desk",
        *A_LINES[1:],
    ] == await rehearsed(A, reloads=reloads)


async def test_a_second_move_tells_of_both_where_the_first_never_arrived() -> None:
    """The channel last heard of the first date: that is the old one in the notice it gets."""
    found = await happenings(
        A,
        reloads=[(at("11-05 00:00"), B), (at("11-05 06:00"), C)],
        answers=[fails("desk", "11-05 00:00", "11-05 06:00")],
        end=at("11-06 00:00"),
    )
    told = [each for each in found if each.event == "delivered"]
    text = told[-1].text or ""
    dates = tuple(day in text for day in ("10 Nov 2025", "17 Nov 2025", "18 Nov 2025"))
    assert (len(told), *dates) == (2, True, False, True)


async def test_a_third_move_names_the_date_told_last() -> None:
    """An undelivered notice long overtaken says nothing about the old date of a later one."""
    later = watch_list(deadline(due=noon(19)))
    found = await happenings(
        A,
        reloads=[(at("11-05 00:00"), B), (at("11-05 06:00"), C), (at("11-05 12:00"), later)],
        answers=[fails("desk", "11-05 00:00", "11-05 06:00")],
        end=at("11-06 00:00"),
    )
    text = found[-1].text or ""
    assert ("10 Nov 2025" in text, "18 Nov 2025" in text) == (False, True)


async def test_an_undelivered_moved_notice_survives_a_change_that_is_undone() -> None:
    """A moved notice still being tried is not lost when the date flaps once more within settle."""
    lines = await rehearsed(
        A,
        reloads=[(at("11-05 00:00"), B), (at("11-05 06:00"), C), (at("11-05 06:00:30"), B)],
        answers=[fails("desk", "11-05 00:00", "11-05 06:00:20")],
        end=at("11-06 00:00"),
    )
    assert [without_time(each) for each in lines[1:] if " retried " not in each] == [
        "skipped truce moved - desk moved",
        "delivered truce moved - desk",
    ]


async def test_a_date_moved_into_the_past_is_told_and_nothing_else() -> None:
    """The channel told learns the new date; leads of a date already past are not sent."""
    past = watch_list(deadline(due=noon(4)))
    assert await rehearsed(A, reloads=[(at("11-05 00:00"), past)]) == [TOLD, "11-05 00:01 delivered truce moved - desk"]


async def test_g11_another_zone_moves_a_date_time() -> None:
    """Noon elsewhere is another due date."""
    elsewhere = watch_list(deadline(zone="America/New_York"))
    lines = await rehearsed(A, reloads=[(at("11-05 00:00"), elsewhere)], end=at("11-06 00:00"))
    assert sorted(lines) == [
        TOLD,
        "11-05 00:01 delivered truce moved - desk",
        "11-05 00:01 skipped truce upcoming 7d desk superseded",
    ]


async def test_g11_another_zone_does_not_move_a_plain_date() -> None:
    """The day stays the day; only its instants shift."""
    here = watch_list(deadline(due=date(2025, 11, 10), leads=("7d", "1d")))
    there = watch_list(deadline(due=date(2025, 11, 10), leads=("7d", "1d"), zone="America/New_York"))
    assert await rehearsed(here, reloads=[(at("11-05 00:00"), there)]) == [
        "11-03 09:00 delivered truce upcoming 7d desk",
        "11-09 14:00 delivered truce upcoming 1d desk",
    ]


async def test_moves_are_counted_by_distinct_earlier_dates() -> None:
    """`history` and the ledger are counted together, and a date they share once."""
    first = watch_list(deadline(due=date(2025, 11, 10), history=["2025-10-01", "2025-10-15"]))
    second = watch_list(deadline(due=date(2025, 11, 17), history=["2025-10-01", "2025-10-15", "2025-11-10"]))
    found = await happenings(first, reloads=[(at("11-05 00:00"), second)], end=at("11-06 00:00"))
    assert (found[-1].kind.partition(".")[2], "3" in (found[-1].text or "")) == ("moved", True)


async def test_a_move_ends_an_acknowledgement() -> None:
    """What was acknowledged is not the new date: its leads go."""
    lines = await rehearsed(A, acks=[(at("11-04 00:00"), "truce")], reloads=[(at("11-05 00:00"), B)])
    assert ["11-10 12:00 delivered truce upcoming 7d desk", *B_LAST] == lines[-3:]


async def test_a_date_that_comes_back_is_not_acknowledged_any_more() -> None:
    """Moving away ended the acknowledgement, and moving back does not bring it about again."""
    reloads = [(at("11-05 00:00"), B), (at("11-06 00:00"), A)]
    lines = await rehearsed(A, acks=[(at("11-04 00:00"), "truce")], reloads=reloads)
    assert A_LINES[1:] == lines[-2:]


async def test_an_acknowledgement_while_a_date_settles_is_about_the_date_that_people_were_told() -> None:
    """Nobody has heard of the new date: its leads go, and the acknowledgement is over with the old one."""
    lines = await rehearsed(A, acks=[(at("11-05 00:00:30"), "truce")], reloads=[(at("11-05 00:00"), B)])
    assert [
        TOLD,
        "11-05 00:01 delivered truce moved - desk",
        "11-10 12:00 delivered truce upcoming 7d desk",
        *B_LAST,
    ] == lines


async def test_an_acknowledgement_while_a_date_settles_holds_where_the_date_comes_back() -> None:
    """It was about that very date."""
    reloads = [(at("11-05 00:00"), B), (at("11-05 00:00:40"), A)]
    assert await rehearsed(A, acks=[(at("11-05 00:00:20"), "truce")], reloads=reloads) == [
        TOLD,
        "11-05 00:00:40 delivered truce upcoming - desk acknowledged",
        "11-09 12:00 skipped truce upcoming 1d desk acknowledged",
        "11-10 12:00 skipped truce due 0 desk acknowledged",
    ]


async def test_a_snooze_while_a_date_settles_ends_with_the_move() -> None:
    """It put off what is not to come any more."""
    deeds = [(at("11-05 00:00:30"), "truce", Deed(action="snooze", by="Ann", snooze_for=timedelta(days=10)))]
    lines = await rehearsed(A, deeds=deeds, reloads=[(at("11-05 00:00"), B)])
    assert ["11-10 12:00 delivered truce upcoming 7d desk", *B_LAST] == lines[-3:]


CLOSING = (at("11-05 00:00:20"), "truce", Deed(action="close", by="Ann", status=Status.MET))


async def test_what_is_closed_while_its_date_settles_is_closed_for_the_new_date_too() -> None:
    """A closing is about the deadline as a whole: everybody told hears of it once, and nothing follows."""
    assert sorted(await rehearsed(A, deeds=[CLOSING], reloads=[(at("11-05 00:00"), B)])) == [
        TOLD,
        "11-05 00:01 delivered truce closed - desk",
        "11-05 00:01 delivered truce moved - desk",
        "11-10 12:00 skipped truce upcoming 7d desk closed",
        *(each.replace("delivered", "skipped") + " closed" for each in B_LAST),
    ]


async def test_what_is_closed_while_its_date_settles_stays_closed_where_the_date_comes_back() -> None:
    """Whichever date it turns out to have."""
    reloads = [(at("11-05 00:00"), B), (at("11-05 00:00:40"), A)]
    assert await rehearsed(A, deeds=[CLOSING], reloads=reloads) == [
        TOLD,
        "11-05 00:00:40 delivered truce closed - desk",
        *(each.replace("delivered", "skipped") + " closed" for each in A_LINES[1:]),
    ]


async def test_a_move_during_downtime_is_told_at_the_start() -> None:
    """The new date is found at start, settles, and is told; missed leads of the old date are not."""
    lines = await rehearsed(
        A, downs=[down("11-05 00:00", "11-09 18:00")], reloads=[(at("11-06 00:00"), B)], end=at("11-10 00:00")
    )
    assert lines == [TOLD, "11-09 18:01 delivered truce moved - desk"]


async def test_what_is_derived_moves_with_its_source() -> None:
    """Two dates that changed in one load are two moves, told together."""
    one = watch_list(deadline("source"), deadline("child", due=noon(12), derived_from="source"))
    two = watch_list(
        deadline("source", due=noon(17)),
        deadline("child", due=noon(19), derived_from="source"),
    )
    lines = await rehearsed(one, reloads=[(at("11-06 00:00"), two)], end=at("11-07 00:00"))
    assert sorted(lines[-2:]) == [
        "11-06 00:01 delivered child moved - desk",
        "11-06 00:01 delivered source moved - desk",
    ]


MONTHLY = deadline(due=date(2025, 9, 10), leads=("7d", "0"), repeat="FREQ=MONTHLY;BYMONTHDAY=10")


async def test_a_series_moves_by_no_passing_of_time() -> None:
    """The next occurrence is no new date."""
    assert await rehearsed(watch_list(MONTHLY), end=at("12-05 00:00")) == [
        "11-03 09:00 delivered truce upcoming 7d desk",
        "11-10 09:00 delivered truce due 0 desk",
        "12-03 09:00 delivered truce upcoming 7d desk",
    ]


async def test_a_series_moves_by_another_rule() -> None:
    """The next occurrence is the 12th instead of the 10th, and who was told hears it."""
    other = replace(MONTHLY, due=date(2025, 9, 12), repeat="FREQ=MONTHLY;BYMONTHDAY=12")
    assert await rehearsed(watch_list(MONTHLY), reloads=[(at("11-04 00:00"), watch_list(other))]) == [
        "11-03 09:00 delivered truce upcoming 7d desk",
        "11-04 00:01 delivered truce moved - desk",
        "11-05 09:00 delivered truce upcoming 7d desk",
        "11-12 09:00 delivered truce due 0 desk",
    ]


async def test_a_series_moves_though_nothing_was_said_of_its_next_date_yet() -> None:
    """Another rule between an occurrence and the first lead of the next: who was told of the last hears it."""
    other = replace(MONTHLY, due=date(2025, 9, 12), repeat="FREQ=MONTHLY;BYMONTHDAY=12")
    timed = replace(MONTHLY, due=datetime.fromisoformat("2025-09-10T12:00"))
    for first in (MONTHLY, timed):
        lines = await rehearsed(watch_list(first), reloads=[(at("11-14 00:00"), watch_list(other))])
        assert lines[2:] == ["11-14 00:01 delivered truce moved - desk"]


async def test_a_date_that_a_new_rule_puts_into_the_past_is_not_told() -> None:
    """With Tuesdays added on a Wednesday nobody hears that yesterday was a date."""
    weekly = deadline(due=noon(3), leads=("1d", "0"), repeat="FREQ=WEEKLY;BYDAY=MO")
    more = replace(weekly, repeat="FREQ=WEEKLY;BYDAY=MO,TU")
    lines = await rehearsed(watch_list(weekly), reloads=[(at("11-05 00:00"), watch_list(more))], end=at("11-10 00:00"))
    assert lines == [
        "11-02 12:00 delivered truce upcoming 1d desk",
        "11-03 12:00 delivered truce due 0 desk",
        "11-09 12:00 delivered truce upcoming 1d desk",
    ]


async def test_an_acknowledgement_while_a_series_moves_is_about_the_occurrence_that_moves() -> None:
    """Told or not yet told: the new date is nobody's to acknowledge, and its leads go."""
    other = replace(MONTHLY, due=date(2025, 9, 12), repeat="FREQ=MONTHLY;BYMONTHDAY=12")
    for day, expected in (("02", []), ("04", ["11-04 00:01 delivered truce moved - desk"])):
        reloads = [(at(f"11-{day} 00:00"), watch_list(other))]
        lines = await rehearsed(watch_list(MONTHLY), acks=[(at(f"11-{day} 00:00:30"), "truce")], reloads=reloads)
        assert [each for each in lines if "7d" not in each or "11-05" in each] == [
            *expected,
            "11-05 09:00 delivered truce upcoming 7d desk",
            "11-12 09:00 delivered truce due 0 desk",
        ]


async def test_an_acknowledgement_after_a_series_moved_is_about_the_new_date() -> None:
    """The date that was told is none of its dates any more."""
    other = replace(MONTHLY, due=date(2025, 9, 12), repeat="FREQ=MONTHLY;BYMONTHDAY=12")
    lines = await rehearsed(
        watch_list(MONTHLY), reloads=[(at("11-04 00:00"), watch_list(other))], acks=[(at("11-06 00:00"), "truce")]
    )
    assert lines[-2:] == [
        "11-06 00:00 delivered truce upcoming - desk acknowledged",
        "11-12 09:00 skipped truce due 0 desk acknowledged",
    ]


async def test_a_series_whose_rule_keeps_its_next_date_does_not_move() -> None:
    """A later start of the same rule changes nothing ahead."""
    later = replace(MONTHLY, due=date(2025, 11, 10))
    assert await rehearsed(watch_list(MONTHLY), reloads=[(at("11-04 00:00"), watch_list(later))]) == [
        "11-03 09:00 delivered truce upcoming 7d desk",
        "11-10 09:00 delivered truce due 0 desk",
    ]


async def test_a_longer_settle_is_kept_over_a_restart() -> None:
    """The minute, or hour, begins at the load that brought the new date, and a restart does not start it anew."""
    slow = timedelta(hours=1)
    before, after = watch_list(deadline(settle_for=slow)), watch_list(replace(B.deadlines["truce"], settle_for=slow))
    lines = await rehearsed(
        before,
        reloads=[(at("11-05 00:00"), after)],
        downs=[down("11-05 00:20", "11-05 00:30")],
        end=at("11-06 00:00"),
    )
    assert lines == [TOLD, "11-05 01:00 delivered truce moved - desk"]


async def test_under_all_every_notice_survives_a_date_that_comes_back() -> None:
    """With `catch_up = "all"` two notices being retried both go after a change that was undone."""
    each = deadline(leads=("168h", "167h"), catch_up=CatchUp.ALL)
    moved = replace(each, due=noon(17))
    lines = await rehearsed(
        watch_list(each),
        reloads=[(at("11-03 18:00"), watch_list(moved)), (at("11-03 18:00:30"), watch_list(each))],
        answers=[fails("desk", "11-03 00:00", "11-03 18:00:10")],
        end=at("11-04 00:00"),
    )
    assert [without_time(each) for each in lines if " delivered " in each] == [
        "delivered truce upcoming 168h desk catch-up",
        "delivered truce upcoming 167h desk catch-up",
    ]
