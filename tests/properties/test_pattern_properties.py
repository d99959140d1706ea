"""What the schema says of a text in a pattern is what the loader takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from alerter.config.fields import DURATION_PATTERN, PERIOD_PATTERN, RATE_PATTERN, Duration, Period, Rate
from alerter.domain.planning.lead import LEAD_PATTERN, OFFSET_PATTERN, LeadError, parse_lead, parse_offset

GRAMMARS: dict[str, tuple[str, Callable[[str], object]]] = {
    "lead": (LEAD_PATTERN, parse_lead),
    "offset": (OFFSET_PATTERN, parse_offset),
    "duration": (DURATION_PATTERN, TypeAdapter[timedelta](Duration).validate_python),
    "period": (PERIOD_PATTERN, TypeAdapter[timedelta](Period).validate_python),
    "rate": (RATE_PATTERN, TypeAdapter[float](Rate).validate_python),
}
PIECES = st.sampled_from("0159smhdwy+-@:./ \n\tD٣") | st.sampled_from(("mo", "bd", "24", "60", "1d @ ", "08:30", "0.5"))
NEARLY = st.lists(PIECES, max_size=6).map("".join)


def _strictly(pattern: str) -> re.Pattern[str]:
    """As ECMAScript has it, where `$` is the end and nothing else."""
    return re.compile(pattern.replace("$", r"\Z"))


def _takes(read: Callable[[str], object], text: str) -> bool:
    """Whether the text has the right form; no pattern tells what is longer than a century or rounds to nothing."""
    try:
        read(text)
    except ValidationError as error:
        return "100 years" in str(error) or ("nothing" in str(error) and re.search("[1-9]", text) is not None)
    except LeadError:
        return False
    return True


@pytest.mark.parametrize("name", GRAMMARS)
@settings(max_examples=300)
@given(data=st.data())
def test_the_loader_takes_what_fits_the_pattern_and_nothing_else(name: str, data: st.DataObject) -> None:
    """Texts that fit, and those that nearly do."""
    pattern, read = GRAMMARS[name]
    text = data.draw(NEARLY | st.from_regex(_strictly(pattern)))
    assert _takes(read, text) is (_strictly(pattern).search(text) is not None)
