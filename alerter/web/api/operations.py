"""The operations of the API, each described once: what it takes, what it answers, what can go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from typing_extensions import TypedDict

from alerter.web.api import answers
from alerter.web.api.asking import (
    Acknowledgement,
    ActionsAsked,
    Asked,
    Closing,
    DeadlinesAsked,
    NoticesAsked,
    Snooze,
)
from alerter.web.api.line_documents import StoryDocument


class AcceptedDocument(TypedDict):
    """The request is noted."""

    status: str


class ReloadAsked(Asked):
    """Whether a load that drops many deadlines is meant."""

    accept_removals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One path and method. `answer` gets the desk, what was asked and the deadline's id where the path has one.

    Without `answer` it is served elsewhere and described here.
    """

    method: str
    path: str
    name: str
    asked: type[BaseModel]
    document: Any
    answer: Callable[..., Awaitable[Any]] | None
    status: int = 200
    errors: tuple[int, ...] = ()

    @property
    def has_body(self) -> bool:
        """Whether what is asked comes as JSON."""
        return self.method == "POST" and self.answer is not None


ONE = "/api/v1/deadlines/{id}"
ACTS = (400, 404, 409, 413, 415, 422, 503)

OPERATIONS = (
    Operation(
        method="GET",
        path="/api/v1/deadlines",
        name="listDeadlines",
        asked=DeadlinesAsked,
        document=answers.DeadlinesDocument,
        answer=answers.list_deadlines,
        errors=(422, 503),
    ),
    Operation(
        method="GET",
        path=ONE,
        name="getDeadline",
        asked=Asked,
        document=StoryDocument,
        answer=answers.tell_story,
        errors=(404, 422, 503),
    ),
    Operation(
        method="POST",
        path=f"{ONE}/ack",
        name="acknowledge",
        asked=Acknowledgement,
        document=answers.DoneDocument,
        answer=answers.acknowledge,
        errors=ACTS,
    ),
    Operation(
        method="POST",
        path=f"{ONE}/snooze",
        name="snooze",
        asked=Snooze,
        document=answers.DoneDocument,
        answer=answers.snooze,
        errors=ACTS,
    ),
    Operation(
        method="POST",
        path=f"{ONE}/close",
        name="close",
        asked=Closing,
        document=answers.DoneDocument,
        answer=answers.close,
        errors=ACTS,
    ),
    Operation(
        method="GET",
        path="/api/v1/notices",
        name="listNotices",
        asked=NoticesAsked,
        document=answers.NoticesDocument,
        answer=answers.list_notices,
        errors=(422, 503),
    ),
    Operation(
        method="GET",
        path="/api/v1/actions",
        name="listActions",
        asked=ActionsAsked,
        document=answers.ActionsDocument,
        answer=answers.list_actions,
        errors=(422, 503),
    ),
    Operation(
        method="GET",
        path="/api/v1/status",
        name="getStatus",
        asked=Asked,
        document=answers.StatusDocument,
        answer=answers.show_status,
        errors=(422, 503),
    ),
    Operation(
        method="POST",
        path="/api/v1/reload",
        name="reload",
        asked=ReloadAsked,
        document=AcceptedDocument,
        answer=None,
        status=202,
        errors=(400,),
    ),
)
