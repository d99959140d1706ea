"""Mail addresses in the configuration: `ana@example.com` or `Ana <ana@example.com>`."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated

from pydantic import BeforeValidator, Field

from alerter.config.fields import as_list, sourced
from alerter.config.sources import refusal

_PART = r"[^\s\x00-\x20\x7f-\x9f<>()\[\]\\,;:\"@]+"
_ADDRESS = re.compile(f"{_PART}@{_PART}")
_LONGEST = 254
_REFUSAL = "is not an e-mail address"


def parse_address(text: str) -> Address:
    """The address, its domain in ASCII; raises ValueError with a sentence that does not hold it."""
    name, plain = parseaddr(text)
    if not text.isprintable() or not _ADDRESS.fullmatch(plain) or len(plain) > _LONGEST:
        raise ValueError(_REFUSAL)
    user, _, domain = plain.rpartition("@")
    try:
        return Address(display_name=name, username=user, domain=domain.encode("idna").decode())
    except (ValueError, IndexError):
        raise ValueError(_REFUSAL) from None


def _check(text: str) -> str:
    try:
        parse_address(text)
    except ValueError as error:
        raise refusal("bad-value", str(error)) from None
    return text


MailAddress = Annotated[str, sourced("someone@placeholder.invalid", _check)]
_List = Annotated[tuple[MailAddress, ...], Field(strict=False)]
_FilledList = Annotated[_List, Field(min_length=1)]
MailAddresses = Annotated[_List, BeforeValidator(as_list, json_schema_input_type=MailAddress | _List)]
Recipients = Annotated[_FilledList, BeforeValidator(as_list, json_schema_input_type=MailAddress | _FilledList)]
