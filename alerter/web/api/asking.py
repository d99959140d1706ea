"""What may be asked of the API: the parameters and bodies that are taken, and where a page of results ends."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import QueryParams

from alerter.config.fields import Period
from alerter.config.sources import refusal
from alerter.domain.decisions.acting import LONGEST_NAME, LONGEST_NOTE
from alerter.domain.notices.notice import State
from alerter.domain.planning.deadline import Severity, Status
from alerter.domain.words.names import as_it_is
from alerter.domain.words.statement import Statement, stated
from alerter.web.desk.lines import Filter, Key
from alerter.web.request.refusal import Refusal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

NO_NUL = r"^[^\x00]*$"  # no name has one, and PostgreSQL cannot be asked about it
Text = Annotated[str, Field(max_length=200, pattern=NO_NUL)]


def parse_instant(text: str) -> datetime:
    """The instant of `2025-09-10T13:00:00Z`, or of any other ISO form with an offset; raises a refusal."""
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    raise refusal("bad-value", "should be an instant with its offset, such as 2025-09-10T13:00:00Z")


def _check_instant(text: str) -> str:
    parse_instant(text)
    return text


class Asked(BaseModel):
    """What a request says; nothing that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WantedLines(Asked):
    """Which deadlines are wanted."""

    tag: tuple[Text, ...] = Field(default=(), description="Any of these tags.")
    owner: Text = Field(default="", description="This owner.")
    severity: Severity | None = Field(default=None, description="At least as severe.")
    text: Text = Field(default="", description="All of these words in id, title, owner, note or tags.")

    @property
    def filter(self) -> Filter:
        """The same for the catalogue."""
        return Filter(tags=frozenset(self.tag), owner=self.owner, severity=self.severity, text=self.text)


class Page(Asked):
    """How many are wanted, and from where on."""

    limit: int = Field(default=50, ge=1, le=500, description="At most so many.")
    after: Annotated[str, Field(max_length=500)] | None = Field(default=None, description="`next` of the page before.")


class DeadlinesAsked(WantedLines, Page):
    """One page of deadlines."""

    status: Status | None = Field(default=None, description="Only those of this status.")


class NoticesAsked(WantedLines, Page):
    """One page of notices."""

    deadline: Text | None = Field(default=None, description="Only about this deadline.")
    channel: Text | None = Field(default=None, description="Only to this channel.")
    state: State | None = Field(default=None, description="Only in this state.")
    since: Annotated[str, AfterValidator(_check_instant), Field(json_schema_extra={"format": "date-time"})] | None = (
        Field(default=None, description="Only what was planned or delivered since; with an offset.")
    )


class ActionsAsked(Page):
    """One page of what people did."""

    deadline: Text | None = Field(default=None, description="Only about this deadline.")


class Acknowledgement(Asked):
    """Who acknowledges, and why."""

    by: Annotated[str, Field(max_length=LONGEST_NAME)] = Field(default="API", description="Who says so.")
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = Field(default="", description="Why, for others to read.")


class Snooze(Acknowledgement):
    """Who wants to hear nothing, and for how long."""

    snooze_for: Period = Field(alias="for", description="How long, such as 4h or 2d; at most until it is due.")


class Closing(Acknowledgement):
    """Who closes, and as what."""

    closed_as: Literal["met", "lapsed", "void"] = Field(default="met", alias="as", description="What became of it.")

    @property
    def status(self) -> Status:
        """The status it is closed as."""
        return Status(self.closed_as)


A = TypeVar("A", bound=BaseModel)


def read_query(model: type[A], query: QueryParams) -> A:
    """The parameters of the query; raises Refusal 422 naming the first that is wrong."""
    values: dict[str, Any] = {}
    for name in dict.fromkeys(query.keys()):
        field = model.model_fields.get(name)
        is_many = field is not None and field.default == ()
        values[name] = tuple(query.getlist(name)) if is_many else query[name]
    return read_values(model, values)


def read_values(model: type[A], values: Mapping[str, Any]) -> A:
    """The values checked; raises Refusal 422 naming the first that is wrong, without its value."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"][:1]))
        raise Refusal(422, _why(place, first), f"{place or 'the request'}: {first['msg']}") from None


def _why(field: str, error: Mapping[str, Any]) -> Statement:
    """The same for who filled in a form."""
    name = _FIELDS.get(field) or as_it_is(field)
    if error["type"] == "string_too_long":
        return stated("refusal", "{field}: at most {n} characters.", field=name, n=error["ctx"]["max_length"])
    return stated("refusal", "{field}: this cannot be taken.", field=name)


_FIELDS = {
    "by": stated("field", "Your name"),
    "note": stated("field", "Why, for the others"),
    "for": stated("field", "For how long"),
    "as": stated("field", "As"),
}


def write_key(key: Key) -> str:
    """A place in a list of deadlines, for `after`."""
    at, name, due_key = key
    return f"{(at - EPOCH) // MICROSECOND}~{name}~{due_key}"


def read_key(text: str | None) -> Key | None:
    """The place that was written; raises Refusal 422."""
    if text is None:
        return None
    parts = text.split("~", 2)
    if len(parts) != 3:
        raise _no_place()
    return (_read_micros(parts[0]), parts[1], parts[2])


def write_place(at: datetime, name: str) -> str:
    """A place in a list of notices, for `after`."""
    return f"{(at - EPOCH) // MICROSECOND}~{name}"


def read_place(text: str | None) -> tuple[datetime, str] | None:
    """The place that was written; raises Refusal 422."""
    if text is None:
        return None
    micros, _, name = text.partition("~")
    if "\0" in name:
        raise _no_place()
    return _read_micros(micros), name


def read_number(text: str | None) -> int | None:
    """A place in a list of actions; raises Refusal 422."""
    try:
        return None if text is None else int(text)
    except ValueError:
        raise _no_place() from None


def _no_place() -> Refusal:
    why = stated("refusal", "This address leads nowhere. Begin again on the first page.")
    return Refusal(422, why, "after: take it from `next` of the page before")


def _read_micros(text: str) -> datetime:
    try:
        return EPOCH + int(text) * MICROSECOND
    except (ValueError, OverflowError):
        raise _no_place() from None
