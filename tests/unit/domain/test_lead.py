"""What a lead looks like, and what it means."""

from __future__ import annotations

from datetime import time

import pytest

from alerter.domain.planning.lead import Lead, LeadError, Unit, parse_lead, parse_offset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", Lead("0", 0, Unit.DAYS)),
        ("30d", Lead("30d", 30, Unit.DAYS)),
        (" 3bd ", Lead("3bd", 3, Unit.BUSINESS_DAYS)),
        ("2w", Lead("2w", 2, Unit.WEEKS)),
        ("6mo", Lead("6mo", 6, Unit.MONTHS)),
        ("1y", Lead("1y", 1, Unit.YEARS)),
        ("90m", Lead("90m", 90, Unit.MINUTES)),
        ("2h", Lead("2h", 2, Unit.HOURS)),
        ("+1d", Lead("+1d", 1, Unit.DAYS, after=True)),
        ("1d@8:30", Lead("1d @ 08:30", 1, Unit.DAYS, at=time(8, 30))),
        ("+2bd  @  17:05", Lead("+2bd @ 17:05", 2, Unit.BUSINESS_DAYS, after=True, at=time(17, 5))),
        ("0d @ 18:00", Lead("0d @ 18:00", 0, Unit.DAYS, at=time(18))),
    ],
)
def test_leads_are_read(text: str, expected: Lead) -> None:
    """Every unit, both directions, and a time of day behind days."""
    assert expected == parse_lead(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "d",
        "-1d",
        "1.5d",
        "1 d",
        "1D",
        "1d @",
        "1d @ 24:00",
        "1d @ 08:60",
        "1d 08:30",
        "+0",
        "++1d",
        "٣d",
        "1s",
    ],
)
def test_what_is_no_lead_is_refused(text: str) -> None:
    """The message shows the text."""
    with pytest.raises(LeadError, match=r"lead|time of day"):
        parse_lead(text)


@pytest.mark.parametrize("text", ["2h @ 08:30", "30m@8:00"])
def test_elapsed_time_takes_no_time_of_day(text: str) -> None:
    """Minutes and hours are elapsed time."""
    with pytest.raises(LeadError, match="elapsed"):
        parse_lead(text)


def test_a_lead_may_be_of_any_length() -> None:
    """Digits without number are taken, and kept as written."""
    text = "9" * 5000 + "d"
    assert text == parse_lead(text).text


def test_a_long_wrong_text_is_shown_short() -> None:
    """An error does not repeat pages of rubbish."""
    with pytest.raises(LeadError) as caught:
        parse_lead("x" * 10_000)
    assert len(str(caught.value)) < 300


def test_zero_is_the_due_instant_in_any_unit() -> None:
    """`0`, `0d` and `0h` are the due instant; a time of day makes another."""
    expected = [True, True, True, False, False]
    assert expected == [parse_lead(text).is_zero for text in ("0", "0d", "0h", "0d @ 08:00", "1d")]


def test_days_and_longer_are_day_grained() -> None:
    """Minutes and hours are not."""
    expected = [False, False, True, True, True, True, True]
    assert expected == [parse_lead(f"1{unit}").is_day_grained for unit in Unit]


def test_an_offset_has_neither_sign_nor_time_of_day() -> None:
    """`after` and `before` say the direction."""
    assert parse_lead("20d") == parse_offset("20d")
    for text in ("+20d", "20d @ 08:00"):
        with pytest.raises(LeadError, match="no offset"):
            parse_offset(text)
