"""The types that keys of the configuration have, each with its check and a sentence for its errors.

A validator refuses with the code of a problem (`bad-value`, `missing-secret`) and never with the
value. Secrets are `SecretStr` from here on. Sources are read through the validation context:
`{"environ": mapping, "secrets": bool}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import Url

from alerter.config.addresses import is_refused_host
from alerter.config.sources import read_source, refusal

CLOCK_PATTERN = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
LONGEST = timedelta(days=36_500)
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([smhdw])")
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?/ ?([smhd])")
DURATION_PATTERN = f"^{_DURATION.pattern}$"
PERIOD_PATTERN, RATE_PATTERN = (f"^(?=.*[1-9]){form.pattern}$" for form in (_DURATION, _RATE))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_UNFIT_FOR_HEADER = re.compile(r"[^\t\x20-\x7e\xa0-\xff]")
_HTTP = re.compile(r"https?://[^/]", re.IGNORECASE)
_UNFIT_FOR_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_UNFIT_FOR_HOST = re.compile(r"[\x00-\x20\x7f-\x9f\\/@?#]")


class Model(BaseModel):
    """A table of the configuration: no unknown keys, no conversions, no values in errors."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


_REFERENCES = [
    {
        "type": "object",
        "properties": {kind: {"type": "string", "minLength": 1}},
        "required": [kind],
        "additionalProperties": False,
    }
    for kind in ("env", "file")
]
_Source = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, *_REFERENCES]})]


def check_url(text: str) -> str:
    """The text if it is an http(s) URL that may be connected to; else a refusal without the value."""
    try:
        url = Url(text)
    except ValidationError:
        raise refusal("bad-value", "is not a valid URL") from None
    if not _HTTP.match(text):
        raise refusal("bad-value", "should be a URL that starts with https:// or http://")
    if _UNFIT_FOR_URL.search(text):
        raise refusal("bad-value", "is not a valid URL")
    check_host(url.host or "")
    return text


def check_host(text: str) -> str:
    """The text if it is a host that may be connected to; else a refusal."""
    if not text or _UNFIT_FOR_HOST.search(text):
        raise refusal("bad-value", "is not a valid host name")
    if is_refused_host(text):
        raise refusal("bad-value", "names a link-local or metadata address, which is not connected to")
    return text


def _check_header_value(text: str) -> str:
    if _UNFIT_FOR_HEADER.search(text) or text != text.strip():
        raise refusal("bad-value", "holds characters that no header may (line breaks, control or non-Latin-1 ones)")
    return text


def check_header_name(text: str) -> str:
    """The text if it is a header's name; else a refusal."""
    if not _TOKEN.fullmatch(text):
        raise refusal("bad-value", "is not a valid header name")
    if text.lower() in _FRAMING:
        raise refusal("bad-value", "says where a body ends, which follows from the body")
    return text


def sourced(placeholder: str, check: Callable[[str], str] = lambda text: text) -> PlainValidator:
    """A validator for `str` fields that may come from the environment or a file.

    `placeholder` stands in where secrets are not read; it should pass `check`.
    """

    def validate(value: Any, info: ValidationInfo) -> str:
        return check(read_source(value, info.context, placeholder))

    return PlainValidator(validate, json_schema_input_type=_Source)


def secret(placeholder: str, check: Callable[[str], str] = lambda text: text) -> PlainValidator:
    """As `sourced`, for `SecretStr` fields."""

    def validate(value: Any, info: ValidationInfo) -> SecretStr:
        return SecretStr(check(read_source(value, info.context, placeholder)))

    return PlainValidator(validate, json_schema_input_type=_Source)


def parse_duration(text: Any) -> timedelta:
    """A duration such as `90s`, `15m`, `24h`, `2d` or `1w`; at most 100 years."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise refusal("bad-value", 'should be a number with s, m, h, d or w, such as "15m"')
    seconds = Decimal(match[1]) * _UNITS[match[2]]
    if seconds > LONGEST.total_seconds():
        raise refusal("bad-value", "is longer than 100 years")
    return timedelta(seconds=float(seconds))


def _positive(duration: timedelta) -> timedelta:
    if not duration:
        raise refusal("bad-value", "should be longer than nothing")
    return duration


def parse_rate(text: Any) -> float:
    """Messages per second from a rate such as `1/s`, `30/m` or `500/h`."""
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    if match is None or not Decimal(match[1]):
        raise refusal("bad-value", 'should be a number of messages per s, m, h or d, such as "30/m"')
    return float(match[1]) / _UNITS[match[2]]


def _read_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    raise refusal("bad-value", "should be a local time such as 09:00:00, without quotes")


def as_list(value: Any) -> Any:
    """A list or tuple as it is, anything else as the one item of a list."""
    return value if isinstance(value, (list, tuple)) else [value]


def _text_like(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Secret = Annotated[SecretStr, secret("placeholder")]
_SomeSecrets = Annotated[tuple[Secret, ...], Field(strict=False, min_length=1)]
Secrets = Annotated[_SomeSecrets, BeforeValidator(as_list, json_schema_input_type=Secret | _SomeSecrets)]
SecretUrl = Annotated[SecretStr, secret("https://placeholder.invalid/", check_url)]
Sourced = Annotated[str, sourced("placeholder")]
Host = Annotated[str, sourced("placeholder.invalid", check_host)]
HeaderName = Annotated[str, AfterValidator(check_header_name)]
HeaderValue = Annotated[SecretStr, secret("placeholder", _check_header_value)]
Headers = dict[HeaderName, HeaderValue]
Duration = Annotated[timedelta, PlainValidator(parse_duration), _text_like(DURATION_PATTERN)]
Period = Annotated[timedelta, PlainValidator(parse_duration), AfterValidator(_positive), _text_like(PERIOD_PATTERN)]
Clock = Annotated[time, PlainValidator(_read_time), _text_like(f"^{CLOCK_PATTERN}$")]
Rate = Annotated[float, PlainValidator(parse_rate), _text_like(RATE_PATTERN)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]
