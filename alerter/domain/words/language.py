"""The languages of messages: the catalogues below `locale/`, and what CLDR knows of dates and lengths of time.

A catalogue is read and compiled once, when its language is first spoken; nothing is read at import.
English is what the code itself says, so it has no catalogue.
"""

from __future__ import annotations

import gettext
import importlib.resources
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from babel import Locale

ENGLISH = "en"
_CATALOGUE = "LC_MESSAGES/alerter.po"


class UnknownLanguage(ValueError):
    """There is no catalogue for the language."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """One language: `say` and `count` give its words, `locale` its names of days, months and units."""

    code: str
    locale: Locale
    catalogue: gettext.NullTranslations

    def say(self, context: str, words: str, /, **values: object) -> str:
        """The words in this language, the places in braces filled; `context` tells equal words apart."""
        return self.catalogue.pgettext(context, words).format(**values)

    def count(self, context: str, one: str, many: str, number: int, /, **values: object) -> str:
        """The same in the plural form that fits `number`, which stands as `{n}`."""
        return self.catalogue.npgettext(context, one, many, number).format(n=number, **values)


def marked(context: str, words: str) -> tuple[str, str]:
    """Words for a table, marked for the catalogues: `say` takes the pair later."""
    return context, words


@lru_cache(maxsize=64)
def speak(code: str = ENGLISH) -> Speech:
    """The language of that code; raises UnknownLanguage."""
    from babel import Locale  # noqa: PLC0415 - takes long: only who puts something into words needs it

    if code not in known_languages():
        raise UnknownLanguage(f"no messages in language {code!r}; there are {', '.join(known_languages())}")
    return Speech(code, Locale.parse(code), _catalogue(code))


@lru_cache(maxsize=1)
def known_languages() -> tuple[str, ...]:
    """The codes of all languages there are, in order."""
    folders = _folder().iterdir() if _folder().is_dir() else []
    return tuple(sorted({ENGLISH, *(folder.name for folder in folders if folder.joinpath(_CATALOGUE).is_file())}))


def catalogue_file(code: str) -> Traversable:
    """Where the translator's catalogue of a language is."""
    return _folder().joinpath(code, _CATALOGUE)


def _folder() -> Traversable:
    return importlib.resources.files("alerter").joinpath("locale")


def _catalogue(code: str) -> gettext.NullTranslations:
    if code == ENGLISH:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - as above
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(catalogue_file(code).read_bytes()), locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
