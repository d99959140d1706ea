"""What the people who run the alerter hear of its own problems: at once, and never a storm."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerter.domain.decisions.record import Entry, Row
from alerter.domain.notices.notice import State
from alerter.domain.notices.outcome import Cause, Delivered, Refused, Retry
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import stated
from alerter.engine.happening import Happening
from alerter.engine.ops.ops import Ops
from alerter.engine.ops.problems import Problem
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Ledger
from tests.contract.ledger.making import ended
from tests.watching import at, channel, deadline, digest, fails, happenings, line, noon, watch_list

ALWAYS = at("11-01 00:00"), at("11-20 00:00")
REFUSED = Refused(detail="no such thing")
MEND = Retry(detail="401", cause=Cause.NEEDS_PERSON)


def many(count: int, *names: str) -> WatchList:
    """So many deadlines with a notice at noon of 3 November through each of these channels, and a pager for ops."""
    deadlines = [deadline(f"d{number:03}", leads=("7d",), channels=names) for number in range(count)]
    return watch_list(*deadlines, channels=[channel(name) for name in names], ops=["pager"])


def told(found: list[Happening]) -> list[Happening]:
    """The problems that arrived."""
    return [each for each in found if each.kind == "alerter.problem" and each.event == "delivered"]


async def test_many_dead_notices_are_one_message() -> None:
    """Two hundred refused at once are told at once, in one message that says how many and lists some."""
    found = await happenings(many(200, "desk"), answers=[("desk", *ALWAYS, REFUSED)], end=at("11-03 15:00"))
    dead = [each for each in found if each.event == "dead"]
    problems = told(found)
    assert (len(dead), problems[0].at) == (200, at("11-03 12:00"))
    assert len(problems) <= 3
    first = problems[0].text or ""
    assert "could not be delivered" in (problems[0].subject or "")
    assert (first.count("\n- "), "more" in first) == (10, True)


async def test_every_channel_broken_is_no_storm() -> None:
    """Thirty channels that refuse their logins are told together within a minute, and each hour once at most."""
    names = [f"c{number:02}" for number in range(30)]
    answers = [(name, *ALWAYS, MEND) for name in names]
    found = await happenings(many(2, *names), answers=answers, end=at("11-03 13:00"))
    problems = told(found)
    assert problems[0].at == at("11-03 12:00")
    assert len(problems) <= 2
    assert any(f"{count} channels need attention" in (problems[-1].subject or "") for count in (29, 30))


async def test_a_storm_that_goes_on_is_a_handful_an_hour() -> None:
    """For four hours a notice dies every four minutes: five messages in the first hour, then about one an hour."""
    start = datetime.fromisoformat("2025-11-10T12:00")
    deadlines = [deadline(f"d{n:03}", start + timedelta(minutes=4 * n), leads=("7d",)) for n in range(60)]
    taken = watch_list(*deadlines, ops=["pager"])
    problems = told(await happenings(taken, answers=[("desk", *ALWAYS, REFUSED)], end=at("11-03 16:00")))
    first_hour = [each for each in problems if each.at < at("11-03 13:00")]
    assert (problems[0].at, len(first_hour)) == (at("11-03 12:00"), 5)
    assert len(problems) <= 9


async def test_what_is_gathered_is_told_in_the_end() -> None:
    """Two that die a second apart: the second is not lost, it comes a minute later."""
    later = datetime.fromisoformat("2025-11-10T12:00:01")
    taken = watch_list(deadline("a", leads=("7d",)), deadline("b", later, leads=("7d",)), ops=["pager"])
    problems = told(await happenings(taken, answers=[("desk", *ALWAYS, REFUSED)], end=at("11-03 13:00")))
    assert [each.at for each in problems] == [at("11-03 12:00"), at("11-03 12:01")]
    assert "B (reminder)" in (problems[1].text or "")


async def test_ops_that_cannot_be_told_hear_little_when_they_can() -> None:
    """With the pager out for half a day too, its return brings a few messages, and none about the pager itself."""
    start = datetime.fromisoformat("2025-11-10T12:00")
    deadlines = [deadline(f"d{n:03}", start + timedelta(minutes=40 * n), leads=("7d",)) for n in range(18)]
    taken = watch_list(*deadlines, ops=["pager"])
    answers = [("desk", *ALWAYS, REFUSED), fails("pager", "11-03 00:00", "11-03 23:30")]
    problems = told(await happenings(taken, answers=answers, end=at("11-04 00:30")))
    assert 1 <= len(problems) <= 5
    assert not any("through pager" in (each.text or "") for each in problems)


async def test_a_person_left_out_is_told_to_ops() -> None:
    """A mail that one of its recipients will never get was delivered, and ops hear who did not get it."""
    partly = Delivered(detail="accepted: ok; eve@example.com: 550 no such user", refused={"eve@example.com": "550"})
    taken = watch_list(deadline(leads=("7d",)), ops=["pager"])
    problems = told(await happenings(taken, answers=[("desk", *ALWAYS, partly)], end=at("11-03 13:00")))
    assert ["eve@example.com" in (each.text or "") for each in problems] == [True]


async def test_deadlines_that_cannot_be_planned_are_one_message() -> None:
    """Three rules that cannot be followed, found in one look, are told together and at once."""
    taken = watch_list(*(deadline(f"d{number}", repeat=f"FREQ={number}") for number in range(3)), ops=["pager"])
    [problem] = told(await happenings(taken, start=at("11-01 00:00"), end=at("11-01 00:30")))
    assert (problem.at, "3 deadlines cannot be planned" in (problem.subject or "")) == (at("11-01 00:00"), True)


async def test_what_waits_for_a_channel_that_is_gone_is_skipped() -> None:
    """The pager failed and has another name now: nothing else would ever look at what it was to be told."""
    before = watch_list(deadline(leads=("7d",)), ops=["pager"])
    channels = {name: one for name, one in before.channels.items() if name != "pager"}
    found = await happenings(
        before,
        reloads=[(at("11-04 12:00"), replace(before, ops=(), channels=channels))],
        answers=[("desk", *ALWAYS, REFUSED), fails("pager", "11-03 00:00", "11-20 00:00")],
    )
    problems = [each for each in found if each.kind == "alerter.problem" and each.event != "retried"]
    assert [line(each) for each in problems] == ["11-04 12:00 skipped - problem - pager removed"]


async def test_a_dead_digest_is_told_to_ops() -> None:
    """An overview that is refused is a problem like a notice that is."""
    taken = watch_list(deadline(due=noon(10)), digests=[digest()], ops=["pager"])
    answers = [("desk", at("11-02 00:00"), at("11-02 12:00"), REFUSED)]
    problems = told(await happenings(taken, answers=answers, start=at("11-02 07:00"), end=at("11-02 09:00")))
    assert ["daily" in (each.text or "") for each in problems] == [True]


@pytest.mark.parametrize(
    ("languages", "kept"),
    [
        ("en en en", "A (x) through desk"),
        ("es es es", "A (x) por desk"),
        ("en en es", '"words": "{what} ({kind}) through'),
    ],
)
async def test_where_all_speak_one_language_the_ledger_keeps_words(languages: str, kept: str) -> None:
    """So version 1.0.0, which tells what stands there, may tell it while replicas roll; facts are for two languages."""
    codes = zip(("pager", "desk", "legal"), languages.split(), strict=True)
    ledger, now = Ledger("sqlite://"), at("11-03 12:00")
    await ledger.open()
    ops = Ops(ledger, VirtualClock(now))
    ops.watch_list = watch_list(channels=[channel(name, language=code) for name, code in codes], ops=["pager"])
    words = "{what} ({kind}) through {channel}: {answer}"
    text = stated("problem", words, what="A", kind="x", channel="desk", answer="no")
    await ops.report("dead a", stated("problem", "{n} notice could not be delivered", n=1), text)
    [claim] = (await ledger.claim(now, now, {"pager": 1}, timedelta(minutes=1))).claims
    await ledger.close()
    assert kept in (claim.entry.text or "")


class Interrupted(Ledger):
    """A ledger in the middle of whose work something happens."""

    while_asked: Callable[[], None] = staticmethod(lambda: None)
    while_written: Callable[[], None] = staticmethod(lambda: None)

    async def rows(self, ids: Sequence[str]) -> dict[str, Row]:
        self.while_asked()
        return await super().rows(ids)

    async def enqueue(self, entries: Sequence[Entry], *more: Any, **options: Any) -> int:
        self.while_written()
        return await super().enqueue(entries, *more, **options)


class Case:
    """The pager and what is told to it, minute by minute; `answers` is whether it says that it got it."""

    def __init__(self, ledger: Interrupted) -> None:
        self.told: list[str] = []
        self.answers = True
        self.clock = VirtualClock(at("11-03 12:00"))
        self.ops = Ops(ledger, self.clock)
        self.ops.watch_list = watch_list(ops=["pager"])
        self.ledger = ledger

    def problem(self, key: str, *, waits_for: int | None = None) -> Problem:
        """One that may wait so many minutes for others of its kind."""
        tell_by = self.clock.now() + timedelta(minutes=waits_for) if waits_for is not None else None
        return Problem(key=key, title=stated("problem", key), text=(stated("problem", key),), tell_by=tell_by)

    async def note(self, key: str, *, waits_for: int | None = None) -> None:
        """It is so now."""
        self.ops.note(self.problem(key, waits_for=waits_for))
        await self._tell()

    async def wait(self, minutes: int) -> None:
        """So long passes, and what may be told is told as soon as it may."""
        for _ in range(minutes):
            self.clock.set(self.clock.now() + timedelta(minutes=1))
            await self._tell()

    async def _tell(self) -> None:
        await self.ops.tell()
        now = self.clock.now()
        claims = (await self.ledger.claim(now, now, {"pager": 9}, timedelta(hours=9))).claims
        self.told += [f"{now:%H:%M} {claim.entry.text}" for claim in claims]
        if self.answers:
            await self.ledger.record([ended(claim, State.DELIVERED, now) for claim in claims])


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    """At noon, when nothing has been told."""
    ledger = Interrupted("sqlite://")
    await ledger.open()
    yield Case(ledger)
    await ledger.close()


async def test_what_comes_back_is_told_anew(case: Case) -> None:
    """Within the hour a problem that lasts is told once; one that was over is another."""
    await case.note("config a")
    await case.wait(5)
    await case.note("config a")
    case.ops.over("config a")
    await case.wait(5)
    await case.note("config a")
    case.ops.over("config a")
    await case.wait(5)
    await case.note("config a")
    assert case.told == ["12:00 config a", "12:10 config a", "12:15 config a"]


async def test_what_is_over_before_it_could_be_told_is_not_told(case: Case) -> None:
    """The second has to wait for a minute, and is mended by then."""
    await case.note("config a")
    await case.note("config b")
    case.ops.over("config b")
    await case.wait(60)
    assert case.told == ["12:00 config a"]


async def test_what_is_over_while_the_ledger_is_asked_is_not_told(case: Case) -> None:
    """It is asked what became of the first message, and the second is mended meanwhile."""
    await case.note("config a")
    await case.wait(5)
    case.ledger.while_asked = lambda: case.ops.over("config b")
    await case.note("config b")
    await case.note("config c")
    assert case.told == ["12:00 config a", "12:05 config c"]


async def test_what_takes_the_place_of_what_is_being_told_is_told(case: Case) -> None:
    """The first is mended, and another comes up, while it is written."""

    def meanwhile() -> None:
        case.ops.over("config a")
        case.ops.note(case.problem("config b"))

    case.ledger.while_written = meanwhile
    await case.note("config a")
    await case.wait(5)
    assert case.told == ["12:00 config a", "12:01 config b"]


async def test_what_comes_and_goes_is_no_storm(case: Case) -> None:
    """Each minute of an hour it is there and over again: some of it is told, a handful of times."""
    for _ in range(60):
        await case.note("config a")
        case.ops.over("config a")
        await case.wait(1)
    assert 1 <= len(case.told) <= 5


@pytest.mark.parametrize("answers", [True, False])
async def test_what_must_be_told_by_an_instant_waits_no_longer(case: Case, answers: bool) -> None:
    """However many messages of its kind there were, and whether or not the last one has arrived."""
    case.answers = answers
    for number in range(6):
        await case.note(f"removals {number}", waits_for=2)
        await case.wait(4)
        case.ops.over(f"removals {number}")
    assert [each.split()[2] for each in case.told] == ["0", "1", "2", "3", "4", "5"]
