"""What one message tells of problems: where channels differ in language kept as facts, put into words by who tells it.

Whoever tells it in the end, perhaps a fallback, does so in its own language. What cannot be read as such a note is
text, as where all speak one language, and is told as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alerter.domain.words.language import Speech
from alerter.domain.words.plain_text import cut
from alerter.domain.words.statement import Statement, counted, read_statement, spoken, stated, write_statement
from alerter.engine.ops.problems import Problem

MOST_LISTED = 10
LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A title, and below it the text of one problem, or a line for each of several and how many more there are."""

    title: Statement
    lines: tuple[tuple[Statement, ...], ...]
    total: int = 1


def note_of(problems: Sequence[Problem], uncounted: int = 0) -> Note:
    """The note on these, of one kind, and so many more: each on a line, the first ten."""
    first, total = problems[0], len(problems) + uncounted
    if total == 1:
        return Note(title=first.title, lines=(first.text,))
    listed = tuple(problem.text for problem in problems[:MOST_LISTED])
    return Note(title=_title_of_many(first, total), lines=listed, total=total)


def title_words(note: Note, speech: Speech) -> str:
    """The title in this language."""
    return spoken(note.title, speech)


def text_words(note: Note, speech: Speech) -> str:
    """The text in this language."""
    lines = [" ".join(spoken(one, speech) for one in line) for line in note.lines]
    if note.total == 1:
        return "\n".join(lines)
    rest = note.total - len(lines)
    more = [spoken(counted("problem", "and {n} more", "and {n} more", rest), speech)] if rest else []
    return "\n".join([*(f"- {cut(line, LONGEST)}" for line in lines), *more])


def write_note(note: Note) -> str:
    """The note as the ledger keeps it; `read_note` reads it."""
    lines = [[write_statement(one) for one in line] for line in note.lines]
    return json.dumps({"title": write_statement(note.title), "lines": lines, "total": note.total})


def read_note(text: str) -> Note | None:
    """What was written; None where it is plain text."""
    try:
        document = json.loads(text)
        lines = tuple(tuple(read_statement(one) for one in line) for line in document["lines"])
        return Note(title=read_statement(document["title"]), lines=lines, total=int(document["total"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _title_of_many(first: Problem, total: int) -> Statement:
    if first.kind in _MANY:
        return _MANY[first.kind](total)
    return stated("problem", "{title} ({n} times)", title=first.title, n=total)


_MANY: Mapping[str, Callable[[int], Statement]] = {
    "dead": lambda n: counted("problem", "{n} notice could not be delivered", "{n} notices could not be delivered", n),
    "closed": lambda n: counted(
        "problem",
        "{n} channel is closed until its address changes",
        "{n} channels are closed until their addresses change",
        n,
    ),
    "channel": lambda n: counted("problem", "{n} channel needs attention", "{n} channels need attention", n),
    "deadline": lambda n: counted("problem", "{n} deadline cannot be planned", "{n} deadlines cannot be planned", n),
    "removed": lambda n: counted("problem", "{n} deadline was removed", "{n} deadlines were removed", n),
    "rendering": lambda n: counted(
        "problem", "{n} channel got a message as plain text", "{n} channels got a message as plain text", n
    ),
}
