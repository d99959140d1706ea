"""Something to be said before it is known to whom: words of the catalogues, and the facts for their places.

A statement is a value. It can be compared and kept in the ledger; whoever shows it puts it into the reader's language.
As text it is English, as are logs, answers to programs and commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from alerter.domain.dates.zone import load_zone
from alerter.domain.words.language import Speech, speak
from alerter.domain.words.spoken_time import lasting, moment

Fact: TypeAlias = "str | int | datetime | timedelta | Statement"
"""What can stand in a place: text as it is, a number, an instant (told in UTC), a length of time, a statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Words with their context, as `say` takes them; with `many` as `count` does, by the fact `n`."""

    context: str
    words: str
    facts: tuple[tuple[str, Fact], ...] = ()
    many: str = ""

    def __str__(self) -> str:
        return spoken(self, speak())


def stated(context: str, words: str, /, **facts: Fact) -> Statement:
    """The statement that these words make, marked for the catalogues; the facts fill the places in braces."""
    return Statement(context, words, tuple(sorted(facts.items())))


def counted(context: str, one: str, many: str, number: int, /, **facts: Fact) -> Statement:
    """The same in the plural form that fits `number`, which stands as `{n}`."""
    return Statement(context, one, tuple(sorted({**facts, "n": number}.items())), many)


def spoken(statement: Statement, speech: Speech) -> str:
    """The statement in this language; words that its catalogue does not know are said as they are."""
    facts = {name: _spoken_fact(fact, speech) for name, fact in statement.facts}
    if not statement.many:
        return speech.say(statement.context, statement.words, **facts)
    number = int(facts.pop("n"))
    return speech.count(statement.context, statement.words, statement.many, number, **facts)


def write_statement(statement: Statement) -> dict[str, Any]:
    """The statement as JSON that `read_statement` reads."""
    facts = {name: _written(fact) for name, fact in statement.facts}
    many = {"many": statement.many} if statement.many else {}
    return {"context": statement.context, "words": statement.words, **many, "facts": facts}


def read_statement(written: Mapping[str, Any]) -> Statement:
    """What was written; raises KeyError, TypeError, ValueError or AttributeError where it is something else."""
    facts = tuple(sorted((name, _read_fact(fact)) for name, fact in written["facts"].items()))
    return Statement(str(written["context"]), str(written["words"]), facts, str(written.get("many", "")))


def _spoken_fact(fact: Fact, speech: Speech) -> str | int:
    if isinstance(fact, Statement):
        return spoken(fact, speech)
    if isinstance(fact, datetime):
        return moment(fact.replace(second=0, microsecond=0), load_zone("UTC"), speech.code)
    return lasting(fact, speech.code) if isinstance(fact, timedelta) else fact


def _written(fact: Fact) -> object:
    if isinstance(fact, Statement):
        return write_statement(fact)
    if isinstance(fact, datetime):
        return {"at": fact.isoformat()}
    return {"seconds": fact.total_seconds()} if isinstance(fact, timedelta) else fact


def _read_fact(written: Any) -> Fact:
    if not isinstance(written, dict):
        return written if isinstance(written, int) else str(written)
    if "at" in written:
        return datetime.fromisoformat(written["at"])
    if "seconds" in written:
        return timedelta(seconds=written["seconds"])
    return read_statement(written)
