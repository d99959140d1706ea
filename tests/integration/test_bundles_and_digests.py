"""Many notices at once become one message, and overviews come at their hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from alerter.domain.decisions.acting import Deed
from alerter.domain.planning.channel import Quiet
from alerter.domain.planning.deadline import Severity, Status
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.happening import Happening
from tests.watching import (
    at,
    channel,
    deadline,
    digest,
    down,
    fails,
    happenings,
    line,
    noon,
    rehearsed,
    watch_list,
    without_time,
)

TWO_AT_MOST = channel("desk", bundle_over=2)


def several(count: int) -> WatchList:
    """So many deadlines with one lead at one instant, for a desk that takes two at most."""
    return watch_list(*(deadline(f"d{n}", leads=("7d",)) for n in range(count)), channels=[TWO_AT_MOST])


def messages(found: list[Happening]) -> set[str | None]:
    """The subjects of what was delivered."""
    return {each.subject for each in found if each.event == "delivered"}


async def test_more_than_the_limit_become_one_message() -> None:
    """Three notices, one message; each stays a notice of its own."""
    found = await happenings(several(3))
    assert (len(found), len(messages(found))) == (3, 1)


async def test_as_many_as_the_limit_stay_apart() -> None:
    """Two notices, two messages."""
    assert len(messages(await happenings(several(2)))) == 2


async def test_a_critical_notice_goes_alone() -> None:
    """Critical ones are no part of a bundle."""
    taken = several(3)
    loud = deadline("loud", leads=("7d",), severity=Severity.CRITICAL)
    found = await happenings(replace(taken, deadlines={**taken.deadlines, "loud": loud}))
    assert len(messages(found)) == 2


async def test_a_channel_without_a_limit_never_bundles() -> None:
    """Every notice is a message of its own."""
    taken = watch_list(*(deadline(f"d{n}", leads=("7d",)) for n in range(9)))
    assert len(messages(await happenings(taken))) == 9


async def test_a_retry_repeats_the_same_bundle() -> None:
    """What was handed over together is retried together."""
    found = await happenings(several(3), answers=[fails("desk", "11-03 00:00", "11-03 12:30")])
    delivered = {each.at for each in found if each.event == "delivered"}
    assert (len(delivered), len(messages(found))) == (1, 1)


async def test_what_is_left_alone_of_a_bundle_is_named_with_its_date() -> None:
    """Two of three are dealt with before the retry: the last reads as a notice by itself."""
    acks = [(at("11-03 12:00:01"), name) for name in ("d0", "d1")]
    answers = [fails("desk", "11-03 00:00", "11-03 12:30")]
    found = await happenings(several(3), answers=answers, acks=acks, end=at("11-04 00:00"))
    assert messages(found) == {"[6 days] D2 - Mon 10 Nov 2025, 12:00 UTC"}


async def test_what_waits_for_the_morning_together_is_bundled() -> None:
    """Three dates first seen at night make one message when quiet hours end."""
    night = channel("desk", bundle_over=2, quiet=Quiet(start=time(22), end=time(7)))
    taken = watch_list(*(deadline(f"d{n}", leads=("7d",)) for n in range(3)), channels=[night])
    found = await happenings(taken, start=at("11-05 23:00"))
    assert (1, {at("11-06 07:00")}) == (
        len(messages(found)),
        {each.at for each in found if each.event == "delivered"},
    )


async def test_a_digest_comes_at_its_hour() -> None:
    """Each day at eight, whether or not there is anything to say."""
    lines = await rehearsed(watch_list(digests=[digest()]), end=at("11-03 00:00"))
    assert lines == ["11-01 08:00 delivered - digest - desk", "11-02 08:00 delivered - digest - desk"]


async def test_an_empty_digest_says_so() -> None:
    """Its text is not empty, and names no deadline."""
    found = await happenings(watch_list(digests=[digest()]), end=at("11-02 00:00"))
    text = (found[0].text or "").lower()
    assert ("no" in text, "truce" in text) == (True, False)


async def test_a_digest_lists_what_lies_within_its_horizon() -> None:
    """A date in nine days is in, one in forty is not."""
    taken = watch_list(
        deadline("near", leads=()), deadline("far", due=date(2025, 12, 20), leads=()), digests=[digest()]
    )
    found = await happenings(taken, end=at("11-02 00:00"))
    text = found[0].text or ""
    assert ("Near" in text, "Far" in text) == (True, False)


async def test_a_date_that_passed_unanswered_stays_on_top_of_digests() -> None:
    """Before what is ahead comes what passed and nobody said it was met."""
    taken = watch_list(
        deadline("ahead", due=date(2025, 11, 14), leads=()), deadline("behind", leads=()), digests=[digest()]
    )
    found = await happenings(taken, start=at("11-12 00:00"), end=at("11-13 00:00"))
    text = found[0].text or ""
    assert 0 <= text.index("Behind") < text.index("Ahead")


async def test_a_digest_says_who_acknowledged_or_snoozed_what_it_lists() -> None:
    """As long as that stands: not of another occurrence, of a snooze that is over, nor of a date that was moved."""
    weekly = deadline("weekly", due=date(2025, 11, 5), leads=(), repeat="FREQ=WEEKLY")
    moved, then = deadline("moved", leads=()), deadline("moved", due=noon(12), leads=())
    others = deadline("acked", leads=()), deadline("snoozed", leads=()), weekly
    digests = [digest(cron="0 8 2,5 * *", horizon=timedelta(days=9))]
    names = ("acked", "weekly", "moved")
    found = await happenings(
        watch_list(*others, moved, digests=digests),
        deeds=[
            *((at("11-01 12:00"), name, Deed(action="ack", by="Ann")) for name in names),
            (at("11-01 12:00"), "snoozed", Deed(action="snooze", by="Ben", snooze_for=timedelta(days=2))),
        ],
        reloads=[(at("11-03 12:00"), watch_list(*others, then, digests=digests))],
        end=at("11-06 00:00"),
    )
    first, second = ((each.text or "").split("\n") for each in found if each.kind == "digest")
    assert [entry for entry in first if entry.startswith("- ")] == [
        "- [3 days] Weekly - Wed 5 Nov 2025 (Acknowledged by Ann)",
        "- [8 days] Acked - Mon 10 Nov 2025, 12:00 UTC (Acknowledged by Ann)",
        "- [8 days] Moved - Mon 10 Nov 2025, 12:00 UTC (Acknowledged by Ann)",
        "- [8 days] Snoozed - Mon 10 Nov 2025, 12:00 UTC (Snoozed until Mon 3 Nov 2025, 12:00 UTC by Ben)",
    ]
    assert [entry for entry in second if entry.startswith("- ")] == [
        "- [due today] Weekly - Wed 5 Nov 2025 (Acknowledged by Ann)",
        "- [5 days] Acked - Mon 10 Nov 2025, 12:00 UTC (Acknowledged by Ann)",
        "- [5 days] Snoozed - Mon 10 Nov 2025, 12:00 UTC",
        "- [7 days] Moved - Wed 12 Nov 2025, 12:00 UTC",
        "- [7 days] Weekly - Wed 12 Nov 2025",
    ]


async def test_an_acknowledged_date_leaves_the_digest_when_it_passes() -> None:
    """Somebody said something."""
    taken = watch_list(deadline("behind", leads=()), digests=[digest()])
    found = await happenings(taken, acks=[(at("11-09 00:00"), "behind")], end=at("11-12 00:00"))
    assert "Behind" not in (found[-1].text or "")


async def test_a_closed_date_is_in_no_digest() -> None:
    """What is met needs no mention."""
    taken = watch_list(deadline("over", leads=(), status=Status.MET), digests=[digest()])
    found = await happenings(taken, end=at("11-02 00:00"))
    assert "Over" not in (found[0].text or "")


async def test_what_is_derived_from_a_void_date_is_in_no_digest() -> None:
    """Also where the digest lists nothing of what it is derived from."""
    taken = watch_list(
        deadline("source", due=date(2025, 12, 20), leads=()),
        deadline("child", leads=(), derived_from="source"),
        digests=[digest()],
    )
    void = Deed(action="close", by="Ann", status=Status.VOID)
    found = await happenings(taken, deeds=[(at("11-01 12:00"), "source", void)], end=at("11-03 00:00"))
    assert ["Child" in (each.text or "") for each in found] == [True, False]


async def test_after_downtime_the_latest_missed_digest_goes() -> None:
    """Of two missed the later goes, ten hours late."""
    lines = await rehearsed(
        watch_list(digests=[digest()]), downs=[down("11-01 12:00", "11-03 18:00")], end=at("11-04 00:00")
    )
    assert lines == ["11-01 08:00 delivered - digest - desk", "11-03 18:00 delivered - digest - desk"]


async def test_a_late_digest_is_counted_as_late_though_it_lists_deadlines() -> None:
    """What it lists is as of now; the digest itself is ten hours late."""
    taken = watch_list(deadline("source", due=date(2025, 11, 12), leads=()), digests=[digest()])
    found = await happenings(taken, downs=[down("11-01 07:00", "11-01 18:00")], end=at("11-02 00:00"))
    assert [(each.late_by, "Source" in (each.text or "")) for each in found] == [(36_000, True)]


async def test_a_digest_a_day_old_is_not_sent() -> None:
    """An overview of yesterday is no overview."""
    weekly = digest(cron="0 8 * * mon")
    lines = await rehearsed(
        watch_list(digests=[weekly]), downs=[down("11-02 00:00", "11-04 08:00:01")], end=at("11-06 00:00")
    )
    assert lines == []


async def test_quiet_hours_hold_a_digest() -> None:
    """An overview at five waits until seven."""
    taken = watch_list(
        digests=[digest(cron="0 5 * * *")], channels=[channel("desk", quiet=Quiet(start=time(22), end=time(7)))]
    )
    assert await rehearsed(taken, end=at("11-02 00:00")) == [
        "11-01 05:00 held - digest - desk quiet",
        "11-01 07:00 delivered - digest - desk",
    ]


async def test_quiet_hours_hold_a_digest_that_was_missed() -> None:
    """Back at six in the morning, after missing the one of eight: it goes at seven, and says how late it is."""
    quiet = channel("desk", quiet=Quiet(start=time(22), end=time(7)))
    taken = watch_list(digests=[digest()], channels=[quiet])
    found = await happenings(taken, downs=[down("11-01 07:00", "11-02 06:00")], end=at("11-02 07:30"))
    assert [line(each) for each in found] == [
        "11-02 06:00 held - digest - desk quiet",
        "11-02 07:00 delivered - digest - desk",
    ]
    assert "This message is 23 hours late." in (found[-1].text or "")


async def test_a_first_digest_that_was_missed_goes() -> None:
    """Down over the first tick there ever was: it goes late, as any other would."""
    downs = [down("11-01 07:00", "11-01 09:00")]
    lines = await rehearsed(watch_list(digests=[digest()]), downs=downs, end=at("11-02 00:00"))
    assert lines == ["11-01 09:00 delivered - digest - desk"]


async def test_a_digest_that_fails_goes_through_the_fallback() -> None:
    """After a quarter of an hour somebody else has the overview."""
    taken = watch_list(digests=[digest(cron="0 8 1 * *")], channels=[channel("desk", fallback="legal")])
    lines = await rehearsed(taken, answers=[fails("desk", "11-01 00:00", "11-01 12:00")], end=at("11-01 10:00"))
    assert [each for each in lines if "legal" in each] == ["11-01 08:15 delivered - digest - legal fallback"]


async def test_a_passed_occurrence_of_a_series_stays_in_digests() -> None:
    """Until somebody says something of it, or the next one passes."""
    weekly = deadline(due=date(2025, 11, 3), leads=("0",), repeat="FREQ=MONTHLY;BYMONTHDAY=3")
    taken = watch_list(weekly, digests=[digest(horizon=timedelta(days=2))])
    found = await happenings(taken, end=at("11-05 00:00"))
    assert "Truce" in (found[-1].text or "")


async def test_of_digests_held_to_one_instant_the_latest_goes() -> None:
    """A weekend's overviews would say the same on Monday."""
    quiet = channel("desk", quiet=Quiet(days=frozenset({5, 6})))
    lines = await rehearsed(watch_list(digests=[digest()], channels=[quiet]), end=at("11-03 09:00"))
    assert lines == [
        "11-01 08:00 held - digest - desk quiet",
        "11-01 08:00 skipped - digest - desk superseded",
        "11-02 08:00 held - digest - desk quiet",
        "11-03 00:00 delivered - digest - desk",
        "11-03 08:00 delivered - digest - desk",
    ]


AT_NIGHT = [channel("desk", quiet=Quiet(start=time(22), end=time(10)))]
HELD = "11-01 08:00 held - digest - desk quiet"


def overview(**changes: Any) -> WatchList:
    """One digest, for a desk where it is quiet until ten, of one deadline."""
    one = replace(digest(cron="0 8 1 11 *"), **changes)
    return watch_list(deadline("source", leads=()), digests=[one], channels=AT_NIGHT)


async def test_a_digest_taken_away_while_it_is_held_is_skipped() -> None:
    """Nobody is told that nothing is due."""
    nothing = watch_list(deadline("source", leads=()), channels=AT_NIGHT)
    lines = await rehearsed(overview(), reloads=[(at("11-01 09:00"), nothing)])
    assert lines == [HELD, "11-01 09:00 skipped - digest - desk removed"]


async def test_a_digest_taken_away_while_it_is_retried_is_skipped() -> None:
    """Also where the daemon was down meanwhile."""
    before = watch_list(digests=[digest(cron="0 8 1 11 *")])
    for downs in ([], [down("11-01 08:30", "11-01 09:30")]):
        lines = await rehearsed(
            before,
            downs=downs,
            reloads=[(at("11-01 09:00"), watch_list())],
            answers=[fails("desk", "11-01 08:00", "11-01 10:00")],
        )
        assert {without_time(each) for each in lines} == {
            "retried - digest - desk",
            "skipped - digest - desk removed",
        }


async def test_a_digest_given_to_another_channel_is_not_sent_to_the_first() -> None:
    """Nor is one that has another name now, which begins anew."""
    for changed in (overview(channels=("legal",)), overview(name="weekly")):
        lines = await rehearsed(overview(), reloads=[(at("11-01 09:00"), changed)])
        assert lines == [HELD, "11-01 09:00 skipped - digest - desk removed"]


async def test_a_digest_that_stays_goes_with_what_it_lists_now() -> None:
    """Whatever of it has changed while it was held."""
    for changed, is_listed in ((overview(cron="0 9 * * sun"), True), (overview(horizon=timedelta(days=2)), False)):
        found = await happenings(overview(), reloads=[(at("11-01 09:00"), changed)], end=at("11-01 12:00"))
        assert [line(each) for each in found] == [HELD, "11-01 10:00 delivered - digest - desk"]
        assert ("Source" in (found[-1].text or "")) is is_listed


async def test_the_fallback_of_a_digest_goes_while_there_is_the_digest() -> None:
    """Held for its own channel, though that is none of the digest's."""
    channels = [channel("desk", fallback="legal"), channel("legal", quiet=Quiet(start=time(8), end=time(10)))]
    before = watch_list(digests=[digest(cron="0 8 1 11 *")], channels=channels)
    for after, last in (
        (replace(before, fingerprint="same"), "11-01 10:00 delivered - digest - legal fallback"),
        (replace(before, digests={}), "11-01 09:00 skipped - digest - legal removed"),
    ):
        lines = await rehearsed(
            before, reloads=[(at("11-01 09:00"), after)], answers=[fails("desk", "11-01 08:00", "11-01 11:00")]
        )
        assert [each for each in lines if "legal" in each] == ["11-01 08:15 held - digest - legal quiet", last]
