"""The desk before there is anything to show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from alerter.config.settings import Service
from alerter.ledger.ledger import Ledger
from alerter.web.desk.desk import Desk, NotReady
from tests.messages import message

BASE = "https://deadlines.example.com"


def make(service: Service) -> Desk:
    return Desk(
        ledger=Ledger("sqlite://"),
        now=lambda: datetime(2025, 11, 1, tzinfo=UTC),
        service=lambda: service,
        find_watch_list=lambda: None,
        find_troubles=list,
        acted_on=lambda _: None,
    )


async def test_nothing_is_signed_before_there_is_a_key() -> None:
    """An empty key would make every link and login forgeable."""
    desk = make(Service(base_url=BASE))
    with pytest.raises(NotReady):
        _ = desk.linker
    assert desk.add_links(message()) == message()
    await desk.ledger.open()
    await desk.open()
    assert desk.add_links(message()).links.ack.startswith(f"{BASE}/a/")
    await desk.ledger.close()


def test_the_key_of_the_configuration_needs_no_ledger() -> None:
    """It is the same everywhere, and wins."""
    desk = make(Service(base_url=BASE, link_key=SecretStr("given")))
    assert (desk.key, desk.add_links(message()).links.page) == ("given", f"{BASE}/deadlines/tariff-truce")
