"""The languages that a channel may ask for: those that have a catalogue."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from alerter.config.sources import refusal
from alerter.config.suggest import did_you_mean
from alerter.domain.words.language import known_languages

_SEPARATOR = re.compile("[-_.]")  # es-MX and es_ES.UTF-8 mean es here


def check_language(code: str) -> str:
    """The code if messages can be put into that language; else a refusal that names those there are."""
    known = known_languages()
    if code in known:
        return code
    _, meant = did_you_mean(_SEPARATOR.split(code)[0], known)
    raise refusal("bad-value", f"is no language of messages; there are {', '.join(known)}{meant}")


class _KnownLanguages:
    """Asked for when a schema is made, so that nothing is read before."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": list(known_languages())}


Language = Annotated[str, AfterValidator(check_language), _KnownLanguages()]
