"""What every channel's table may hold; each file in `channels/` adds its own keys in a subclass.

A subclass narrows `type` to its own literal. The values say how to plan and pace, and where to
send; nothing here sends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from alerter.config.fields import Clock, Duration, Model, Name, Rate
from alerter.config.languages import Language
from alerter.config.sources import refusal
from alerter.domain.words.language import ENGLISH

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class QuietSettings(Model):
    """Quiet hours: every night from `from` until `until`, and the whole of `days`."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"from": ["until"], "until": ["from"]}})

    start: Clock | None = Field(default=None, alias="from", description="Local time at which quiet begins every day.")
    until: Clock | None = Field(default=None, description="Local time at which it ends; earlier than from: next day.")
    days: Annotated[tuple[Weekday, ...], Field(strict=False)] = Field(default=(), description="Days quiet throughout.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.start is None) != (self.until is None):
            raise refusal("missing-key", "needs both from and until, or neither")
        if self.start is not None and self.start == self.until:
            raise refusal("bad-value", "begins and ends at one time; name whole days in days")
        return self


class ChannelSettings(Model):
    """The keys that all channels share."""

    type: str = Field(description="What kind of channel this is.")
    timezone: Name | None = Field(default=None, description="The readers' own time zone; by default the config's.")
    quiet: QuietSettings | None = Field(default=None, description="When to hold messages back, in the channel's zone.")
    fallback: Name | None = Field(default=None, description="The channel that also tells what this one cannot.")
    fallback_after: Duration = Field(
        default=timedelta(minutes=15),
        description="How long a message may stay undelivered before the fallback tells it.",
    )
    give_up_after: Duration = Field(default=timedelta(hours=24), description="How long delivery is tried.")
    bundle_over: int | None = Field(
        default=None, ge=1, le=1000, description="More notices than this at once become one message."
    )
    rate: Rate | None = Field(
        default=None, description='The most messages per time, such as "30/m"; of several daemons each keeps to it.'
    )
    concurrency: int = Field(default=8, ge=1, le=100, description="How many messages are sent at a time.")
    language: Language = Field(default=ENGLISH, description="The language of messages.")
