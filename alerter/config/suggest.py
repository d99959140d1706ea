"""What somebody probably meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> tuple[list[str], str]:
    """The closest known word, if any is close, and the end of a sentence that says so."""
    lowered: dict[str, str] = {}
    for each in known:
        lowered.setdefault(each.lower(), each)
    close = get_close_matches(word.lower()[:200], lowered, n=1, cutoff=0.6)
    if not close:
        return [], ""
    return [lowered[close[0]]], f'; did you mean "{lowered[close[0]]}"?'
